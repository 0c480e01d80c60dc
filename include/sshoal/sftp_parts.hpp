// sftp_parts.hpp - ready parts for file systems of a program's own: virtual SFTP servers, and servers that add something to the
// files of another file system.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/file_system.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {
namespace sftp {

/// Returns: the path that a client's path means in a tree without links, from the root: "/a/c" for "a/./b/../c/". Nothing leads
/// above the root.
std::string clean_path(std::string_view path);

/// Returns: a file that can be read only, for file_system::open(). Its attributes are `a`, with the text's size; without
/// permissions they are those of a regular file that everybody may read.
std::shared_ptr<open_file> make_text_file(std::string text, attributes a = attributes());

/// Returns: a directory of these entries, in this order, for file_system::open_directory().
std::shared_ptr<directory_reader> make_listing(std::vector<directory_entry> entries);

/// An open file whose members call those of another file; a derived class overrides some of them. Everything is as for open_file.
class forwarding_file : public open_file {
public:
    explicit forwarding_file(std::shared_ptr<open_file> base) : base_(std::move(base)) {}

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override;
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override;
    awaitable<outcome<std::size_t>> read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n) override;
    awaitable<outcome<void>> write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n) override;
    std::uint64_t next_data(std::uint64_t offset) noexcept override;
    bool in_order() const noexcept override;
    awaitable<outcome<attributes>> stat() override;
    awaitable<outcome<void>> set_attributes(attributes a) override;
    awaitable<outcome<void>> sync() override;
    awaitable<outcome<file_system_info>> statvfs() override;
    awaitable<outcome<void>> close() override;
    bool abandon(std::uint64_t good) noexcept override;

protected:
    open_file& base() const noexcept { return *base_; }

private:
    std::shared_ptr<open_file> base_;
};

/// A file system whose members call those of another one; a derived class overrides some of them:
///
///     class without_removal : public sftp::forwarding_file_system {
///     public:
///         using forwarding_file_system::forwarding_file_system;
///         awaitable<outcome<void>> remove(std::string) override { co_return fail(status::permission_denied); }
///     };
///
/// A file whose read() or write() is overridden must override read_shared() or write_shared() too.
/// Everything is as for file_system.
class forwarding_file_system : public file_system {
public:
    explicit forwarding_file_system(std::shared_ptr<file_system> base) : base_(std::move(base)) {}

    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial) override;
    awaitable<outcome<std::shared_ptr<open_file>>> open_no_follow(std::string path, open_mode mode, attributes initial) override;
    awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path) override;
    awaitable<outcome<attributes>> stat(std::string path) override;
    awaitable<outcome<attributes>> lstat(std::string path) override;
    awaitable<outcome<void>> set_attributes(std::string path, attributes a) override;
    awaitable<outcome<void>> set_link_attributes(std::string path, attributes a) override;
    awaitable<outcome<void>> remove(std::string path) override;
    awaitable<outcome<void>> make_directory(std::string path, attributes initial) override;
    awaitable<outcome<void>> remove_directory(std::string path) override;
    awaitable<outcome<void>> rename(std::string from, std::string to) override;
    awaitable<outcome<void>> replace(std::string from, std::string to) override;
    awaitable<outcome<void>> make_symlink(std::string target, std::string link) override;
    awaitable<outcome<void>> make_hard_link(std::string existing, std::string link) override;
    awaitable<outcome<std::string>> read_link(std::string path) override;
    awaitable<outcome<std::string>> real_path(std::string path) override;
    awaitable<outcome<file_system_info>> statvfs(std::string path) override;
    awaitable<outcome<std::string>> expand_path(std::string path) override;
    awaitable<outcome<std::string>> home_directory(std::string user) override;
    awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
    names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups) override;
    std::vector<std::string_view> extensions() const override;
    bool read_only() const noexcept override;

protected:
    file_system& base() const noexcept { return *base_; }

private:
    std::shared_ptr<file_system> base_;
};

/// This function is told that a client has closed a file that it had opened for writing, under the path of that open. An
/// exception becomes the answer to the client's CLOSE.
using upload_function = std::function<awaitable<void>(std::string path)>;
/// Returns: a file system with the files of `base`, which tells of every upload that is complete. A file whose client goes
/// without CLOSE is not complete, and is not told. Clients that write under a temporary name rename the file after CLOSE.
/// Executor: the function is called on the strand of the session, as the members of file_system are.
std::shared_ptr<file_system> tell_uploads(std::shared_ptr<file_system> base, upload_function told);

} // namespace sftp
} // namespace sshoal
