// sftp_rig.hpp - an SFTP server over a stream in memory, a client that sends it packets as the test says, and file systems that
// are slow, fail and count.
#pragma once

#include "ends.hpp"
#include "sftp/protocol/messages.hpp"
#include "sshoal/memory_file_system.hpp"
#include "sshoal/sftp_server.hpp"

namespace rig {

using sftp_protocol::packet;
using sftp_protocol::type;

inline packet request(type t, std::uint32_t id) { return packet(t, id, std::size_t(64)); }
inline packet extended(std::string_view name, std::uint32_t id)
{
    packet p = request(type::extended, id);
    p.string(name);
    return p;
}

/// A reply, from its type on.
class sftp_reply {
public:
    sftp_reply() {}
    explicit sftp_reply(bytes b) : body(std::move(b)) {}
    bytes body;
    type what() const { return type(body.at(0)); }
    std::uint32_t id() const { return load_u32(&body.at(1)); }
    wire::reader fields() const { return wire::reader(byte_view(body).subspan(5)); }
    /// Of STATUS; another packet is no status.
    sftp::status status() const { return what() == type::status ? sftp::status(fields().u32()) : sftp::status(9999); }
    std::string text() const
    {
        wire::reader in = fields();
        if (what() == type::status)
            (void)in.u32();
        return std::string(in.text());
    }
    bool ok() const { return status() == sftp::status::ok; }
    bytes handle() const
    {
        REQUIRE(what() == type::handle);
        return copy_of(fields().string());
    }
    sftp::attributes attrs() const
    {
        REQUIRE(what() == type::attrs);
        wire::reader in = fields();
        return sftp::attributes(sftp_protocol::decode_attributes(in));
    }
    std::vector<sftp::directory_entry> names() const
    {
        REQUIRE(what() == type::name);
        wire::reader in = fields();
        return sftp_protocol::decode_names(in).value();
    }
};

/// How a server's session has ended.
struct served {
    bool done = false;
    failure why;
};

class sftp_client {
public:
    /// Starts a server on this strand.
    static awaitable<sftp_client> start(std::shared_ptr<sftp::file_system> files, sftp::serve_options options = {},
                                        std::size_t capacity = 256 * 1024);
    /// And says INIT.
    static awaitable<sftp_client> begin(std::shared_ptr<sftp::file_system> files, sftp::serve_options options = {},
                                        std::size_t capacity = 256 * 1024);

    awaitable<void> send(bytes all);
    awaitable<void> send(packet p) { return send(std::move(p).finish()); }
    /// What can be sent without waiting.
    std::size_t try_send(byte_view all);
    /// The next reply; an empty one at the end.
    awaitable<sftp_reply> receive();
    awaitable<sftp_reply> ask(packet p);
    /// The reply that is there; empty: none.
    bool nothing_there();

    awaitable<bytes> open(std::string path, sftp::open_mode mode);
    awaitable<sftp_reply> read(bytes handle, std::uint64_t offset, std::uint32_t length);
    awaitable<sftp_reply> write(bytes handle, std::uint64_t offset, std::string data);
    awaitable<sftp_reply> close(bytes handle);
    awaitable<sftp_reply> path_request(type t, std::string path);
    awaitable<void> put(std::string path, std::string text);
    awaitable<std::string> get(std::string path);

    void hang_up() { stream_->close(); }
    /// Waits for the server's end.
    awaitable<failure> end();
    const served& server() const { return *served_; }
    beside& serving() { return *serving_; }
    std::uint32_t next_id() { return ++id_; }

private:
    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<served> served_ = std::make_shared<served>();
    std::shared_ptr<beside> serving_;
    bytes in_;
    std::uint32_t id_ = 100;
};

/// What its files do is counted, waits as long as it is told to, and fails.
class test_files : public sftp::file_system {
public:
    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string path, sftp::open_mode mode,
                                                              sftp::attributes initial) override;
    awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> open_directory(std::string path) override;
    awaitable<outcome<sftp::attributes>> stat(std::string path) override;
    awaitable<outcome<void>> remove(std::string path) override;

    std::size_t files_open = 0, directories_open = 0, closes = 0;
    std::size_t running = 0, most_running = 0;
    std::vector<std::string> events; ///< "+read a", "-read a"
    std::chrono::milliseconds delay{0}; ///< of every operation of a file
    std::uint64_t size = 1 << 20;       ///< of every file
    std::size_t entries = 10;           ///< of every directory
    bool throws = false;

    awaitable<void> work(std::string what);
};

} // namespace rig
