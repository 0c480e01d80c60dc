// sftp_peers.hpp - what our SFTP client talks to: a server of ours, one that says what the test tells it to, and files that fail
// where the test wants it.
#pragma once

#include "sftp_rig.hpp"
#include "sshoal/sftp.hpp"

namespace rig {

/// The whole content of files on our disk.
void put_on_disk(const std::filesystem::path& path, const std::string& text);
std::string on_disk(const std::filesystem::path& path);

/// A client of ours at a server of ours, joined in memory on this strand.
awaitable<sftp::client> client_of(std::shared_ptr<sftp::file_system> files, sftp::serve_options options = {},
                                  sftp::client_options ours = sftp::client_options(), std::size_t capacity = 256 * 1024);

/// A request as a scripted server gets it.
class asked {
public:
    asked() {}
    sftp_protocol::type what = sftp_protocol::type::init;
    std::uint32_t id = 0; ///< of INIT: the version
    bytes rest;
    wire::reader fields() const { return wire::reader(rest); }
    std::string path() const { return std::string(fields().text()); } ///< or handle, or name of an extension
    std::uint64_t offset() const;                                      ///< of READ and WRITE
    std::uint32_t length() const;                                      ///< of READ, and of the data of WRITE
};

/// What a scripted server sends for a request.
class answers {
public:
    answers() {}
    bytes out;
    bool hang_up = false;
    void add(packet p) { append(out, std::move(p).finish()); }
    void status(std::uint32_t id, sftp::status s, std::string_view text = "no");
    void handle(std::uint32_t id, std::string_view handle = "h");
    void data(std::uint32_t id, std::string_view data);
    void attrs(std::uint32_t id, const sftp::attributes& a);
    void names(std::uint32_t id, const std::vector<sftp::directory_entry>& entries);
};

/// Called for every request, INIT first. What it does not answer is not answered.
using script = std::function<void(const asked&, answers&)>;

/// What became of a scripted server.
struct performance {
    std::size_t requests = 0, bytes_received = 0;
    bool client_gone = false;
};

/// Starts a scripted server. It answers INIT with VERSION 3 and these extensions, unless `greets` is off.
class scripted {
public:
    explicit scripted(script s) : script_(std::move(s)) {}
    scripted& extensions(std::vector<std::string> names) { extensions_ = std::move(names); return *this; }
    scripted& greets(bool on) { greets_ = on; return *this; }
    scripted& ours(sftp::client_options o) { ours_ = std::move(o); return *this; }
    /// Returns: a client that has agreed on a version with it.
    awaitable<sftp::client> open();
    const performance& seen() const noexcept { return *seen_; }
    /// Waits until the client has gone.
    awaitable<bool> left();

private:
    script script_;
    std::vector<std::string> extensions_;
    bool greets_ = true;
    sftp::client_options ours_;
    std::shared_ptr<performance> seen_ = std::make_shared<performance>();
};

/// Files of another file system, and troubles that can be switched on.
class troubled_files : public sftp::file_system {
public:
    explicit troubled_files(std::shared_ptr<sftp::file_system> files) : files_(std::move(files)) {}

    std::size_t most_read = SIZE_MAX;          ///< bytes in one answer
    std::size_t writes = 0, reads = 0;         ///< so far, of all files
    std::size_t bad_write = 0, bad_read = 0;   ///< the n-th fails; 0: none
    int number = 28;                           ///< ENOSPC: what it fails with
    int bad_close = 0, bad_sync = 0, bad_open = 0; ///< errno of every close() and so on
    std::chrono::milliseconds delay{0};        ///< of reads, writes and stat
    bool holds_opens = false;                  ///< open() does not return while this is set
    std::size_t opens = 0;                     ///< calls so far
    std::size_t files_open = 0, most_open = 0;

    awaitable<void> wait() const;

    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string path, sftp::open_mode mode,
                                                              sftp::attributes initial) override;
    awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> open_directory(std::string path) override
    {
        return files_->open_directory(std::move(path));
    }
    awaitable<outcome<sftp::attributes>> stat(std::string path) override;
    awaitable<outcome<sftp::attributes>> lstat(std::string path) override { return files_->lstat(std::move(path)); }
    awaitable<outcome<void>> set_attributes(std::string path, sftp::attributes a) override
    {
        return files_->set_attributes(std::move(path), std::move(a));
    }
    awaitable<outcome<void>> remove(std::string path) override { return files_->remove(std::move(path)); }
    awaitable<outcome<void>> make_directory(std::string path, sftp::attributes initial) override
    {
        return files_->make_directory(std::move(path), std::move(initial));
    }
    awaitable<outcome<void>> remove_directory(std::string path) override { return files_->remove_directory(std::move(path)); }
    awaitable<outcome<void>> rename(std::string from, std::string to) override
    {
        return files_->rename(std::move(from), std::move(to));
    }
    awaitable<outcome<void>> replace(std::string from, std::string to) override
    {
        return files_->replace(std::move(from), std::move(to));
    }
    awaitable<outcome<std::string>> real_path(std::string path) override { return files_->real_path(std::move(path)); }
    std::vector<std::string_view> extensions() const override { return files_->extensions(); }

private:
    std::shared_ptr<sftp::file_system> files_;
};

} // namespace rig
