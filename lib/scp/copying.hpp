// copying.hpp - what a source and a sink have in common, at a client as at a server.
#pragma once

#include "scp/link.hpp"
#include "scp/meter.hpp"
#include "sshoal/file_system.hpp"
#include "sshoal/scp.hpp"

namespace sshoal::scp {

inline constexpr std::size_t block_size = 256 * 1024;

/// Which end this is, as far as that makes a difference.
enum class side { client, server };

class copying {
public:
    copying(link l, std::shared_ptr<sftp::file_system> f, const options& how, side s);
    copying(const copying&) = delete;

    /// Something was left out or went wrong: kept for the client's caller; at a server, only counted.
    void skip(std::string path, failure f);
    /// The same, and the peer is told. `f` is of a file of ours.
    awaitable<void> report(std::string path, failure f);
    /// The same for what the peer reports. Errors: errc::protocol_error where it never ends doing so.
    void note_peer_error(std::string path, failure f);

    /// Before present and next are used.
    void make_blocks();

    /// Ends a copy that cannot go on, with a reason for the peer if it still takes one.
    void send_fatal(const failure& f);

    link peer;
    const std::shared_ptr<sftp::file_system> files;
    const options how;
    const side end;
    meter progress;
    transfer_result done;
    std::uint64_t errors = 0;
    failure first_error;  ///< as the caller is told where nothing else came of the copy
    bytes present, next; ///< blocks of files: one is on its way while the other is read or written

private:
    std::uint64_t peer_errors_ = 0;
};

/// Whatever becomes of a copy, its channel is closed.
class channel_closer {
public:
    explicit channel_closer(channel c) : channel_(std::move(c)) {}
    channel_closer(const channel_closer&) = delete;
    ~channel_closer() { channel_.close(); }

private:
    channel channel_;
};

/// The words of a failure that belong to the file, without those of its code where there are others.
std::string text_of(const failure& f);

/// An operation of a file system, whatever it throws: that becomes its failure, but for a cancellation.
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

/// Source: sends these files, and with how.is_recursive() directories. Errors: as link.
awaitable<void> send_all(copying& c, std::vector<std::string> paths);

/// The target of a sink, and what was asked for.
class receiving {
public:
    receiving() {}
    std::string target;
    bool must_be_directory = false;
    std::optional<std::string> asked; ///< a pattern
};

/// Sink: receives until the source ends. Errors: as link.
awaitable<void> receive_all(copying& c, receiving what);

/// The paths that a pattern stands for, in order; the pattern as it is where it stands for none.
/// Errors: errc::capture_limit where there are too many.
awaitable<outcome<std::vector<std::string>>> expand(sftp::file_system& files, std::string pattern);

/// The home directory is where relative paths begin; those of others are the file system's affair.
awaitable<std::string> without_tilde(sftp::file_system& files, std::string pattern);

/// Files of this machine.
std::shared_ptr<sftp::file_system> default_files();

} // namespace sshoal::scp
