// copying.hpp - the state of a copy that a source and a sink share, at a client and at a server.
#pragma once

#include "scp/link.hpp"
#include "scp/meter.hpp"
#include "sshoal/file_system.hpp"
#include "sshoal/scp.hpp"

namespace sshoal::scp {

inline constexpr std::size_t block_size = 256 * 1024;

/// The side at which the copy runs.
enum class side { client, server };

class copying {
public:
    copying(link l, std::shared_ptr<sftp::file_system> f, const options& how, side s);
    copying(const copying&) = delete;

    /// Notes a file that failed or was left out. A client keeps the failure for its caller; a server only counts it.
    void skip(std::string path, failure f);
    /// The same for a local file, and tells the peer.
    awaitable<void> report(std::string path, failure f);
    /// The same for a failure that the peer reports. Errors: errc::protocol_error if the peer reports too many.
    void note_peer_error(std::string path, failure f);

    /// To be called before present and next are used.
    void make_blocks();

    /// Ends a copy that cannot go on, and tells the peer the reason if the peer still reads.
    void send_fatal(const failure& f);

    link peer;
    const std::shared_ptr<sftp::file_system> files;
    const options how;
    const side end;
    announced_function announced; ///< may be empty
    meter progress;
    transfer_result done;
    std::uint64_t errors = 0;
    failure first_error;  ///< the failure of the whole copy if no file was copied
    bytes present, next; ///< blocks of a file: the channel has one while the other is read or written

private:
    std::uint64_t peer_errors_ = 0;
};

/// Closes the channel of a copy, however the copy ends.
class channel_closer {
public:
    explicit channel_closer(channel c) : channel_(std::move(c)) {}
    channel_closer(const channel_closer&) = delete;
    ~channel_closer() { channel_.close(); }

private:
    channel channel_;
};

/// Returns: the context of a failure, or the text of its code if there is no context.
std::string text_of(const failure& f);

/// Awaits an operation of a file system. Returns: its outcome; an exception becomes a failure. Throws if the coroutine has been
/// cancelled.
template <class T>
awaitable<outcome<T>> guarded(awaitable<outcome<T>> operation)
{
    failure f;
    try {
        outcome<T> r = co_await std::move(operation);
        co_await stop_if_cancelled();
        co_return r;
    } catch (const error& e) {
        f = e.why();
    } catch (const boost::system::system_error& e) {
        f = failure(e.code());
    } catch (const std::exception& e) {
        f = sftp::fail(sftp::status::failure, e.what());
    }
    co_await stop_if_cancelled();
    co_return f;
}

std::string joined(const std::string& folder, std::string_view name);

/// The source: sends these files, and with how.is_recursive() directories. Errors: as link.
awaitable<void> send_all(copying& c, std::vector<std::string> paths);

/// The target of a sink, and the requested names.
class receiving {
public:
    receiving() {}
    std::string target;
    bool must_be_directory = false;
    std::optional<std::string> asked; ///< the pattern that was requested
};

/// The sink: receives until the source ends. Errors: as link.
awaitable<void> receive_all(copying& c, receiving what);

/// Returns: the paths that match a pattern, in order; the pattern itself if none matches.
/// Errors: errc::capture_limit if there are too many.
awaitable<outcome<std::vector<std::string>>> expand(sftp::file_system& files, std::string pattern);

/// Returns: the pattern without ~ and ~user at its head. The session's own home directory is where relative paths begin; the file
/// system knows the home directories of other users.
awaitable<std::string> without_tilde(sftp::file_system& files, std::string pattern);

/// Returns: the files of this machine.
std::shared_ptr<sftp::file_system> default_files();

} // namespace sshoal::scp
