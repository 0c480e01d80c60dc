// scp.hpp - the old copy protocol, which runs `scp -t` and `scp -f` at the server. SFTP is the better choice if the server has
// it.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/file_system.hpp>
#include <sshoal/server_connection.hpp>
#include <sshoal/sftp_transfer.hpp>
#include <sshoal/transfer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {
namespace scp {

/// Options of send(), receive() and serve(). Setters return the object.
class options {
public:
    options() {}
    options& recursive(bool on = true) { recursive_ = on; return *this; }
    /// Keeps times and all mode bits. Otherwise files get the current time, and set-user-id, set-group-id and sticky bits are
    /// dropped.
    options& preserve(bool on = true) { preserve_ = on; return *this; }
    options& rate(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; return *this; } ///< 0: no limit
    options& progress(progress_function f) { progress_ = std::move(f); return *this; }
    /// The local files. Default: the files of this machine, with relative paths from the current directory.
    options& files(std::shared_ptr<sftp::file_system> f) { files_ = std::move(f); return *this; }
    /// The program at the server. Default "scp".
    options& program(std::string command) { program_ = std::move(command); return *this; }
    options& max_depth(unsigned n) { depth_ = n; return *this; } ///< the deepest level of received directories; default 64

    bool is_recursive() const noexcept { return recursive_; }
    bool preserves() const noexcept { return preserve_; }
    std::uint64_t rate() const noexcept { return rate_; }
    const progress_function& progress() const noexcept { return progress_; }
    const std::shared_ptr<sftp::file_system>& files() const noexcept { return files_; }
    const std::string& program() const noexcept { return program_; }
    unsigned max_depth() const noexcept { return depth_; }

private:
    bool recursive_ = false, preserve_ = false;
    std::uint64_t rate_ = 0;
    unsigned depth_ = 64;
    std::string program_ = "scp";
    progress_function progress_;
    std::shared_ptr<sftp::file_system> files_;
};

/// Copies local files, and with recursive() directories, to a path at the server. The server's shell expands a ~ or ~user at the
/// head of the path; everything else is quoted. Links are followed; several paths need a directory as target.
/// Returns: what was copied; the failures of single files are in `skipped`, and the other files have been copied all the same. A
/// failure in the middle of a file leaves zeros there. Errors: if no file was copied, the first of those failures -
/// errc::file_error for local files, sftp::status::failure with the server's text; the same if the server gives up or has no
/// scp; errc::invalid_argument, errc::protocol_error, the failure that ended the channel, and the exceptions of the progress
/// function. Cancellation: terminal - the channel is closed; the bytes that have been sent stay at the server. Executor: any;
/// files and the progress function are used on the connection's strand. Lifetime: the connection is kept.
awaitable<transfer_result> send(connection to, std::vector<std::string> paths, std::string remote_path, options how = options());

/// Copies files from the server. In `remote_path`, * ? and [...] stand for names, and a backslash makes the character after it an
/// ordinary one; ~ or ~user at the head is a home directory. Only requested names are accepted (without a wildcard: the last part
/// of the path, once), and only inside of the target; if the path ends in "." or "..", the target becomes that directory. Several
/// files need a target that is a directory, and directories deeper than max_depth() are skipped. Directories get their modes and
/// times when they are complete.
/// Returns, errors, cancellation: as for send(); the bytes that have arrived of a file stay.
awaitable<transfer_result> receive(connection from, std::string remote_path, std::string local_path, options how = options());

/// Called with what scp says of a file before its first byte: the size, the permissions and, with preserve(), the times.
using announced_function = std::function<void(const sftp::attributes& file)>;

/// Receives one file into a function. `announced` may be empty; what it throws ends the transfer and comes out of it.
/// Returns, errors, cancellation: as for receive(); errc::invalid_argument with recursive(); errc::file_error for a second file,
/// which a wildcard may bring: the first one has been received then.
awaitable<transfer_result> receive_to(connection from, std::string remote_path, announced_function announced,
                                      sftp::transfer_sink to, options how = options());
/// Sends one file whose bytes come from a function. scp says the size before the first byte, so `of.size` is needed; permissions
/// are 0644 if `of` has none, and times are sent with preserve(). A source that ends early fails the file, which has zeros in place
/// of the rest then. If the path is a directory, the file gets the path's last part as its name there.
/// Returns, errors, cancellation: as for send(); errc::invalid_argument without a size, and for a path that ends in "/".
awaitable<transfer_result> send_from(connection to, sftp::transfer_source from, sftp::attributes of, std::string remote_path,
                                     options how = options());

/// The same over a stream to `scp -t PATH` (with -d for several paths) or `scp -f PATH`, such as a pair of pipes to ssh(1). The
/// caller starts that program with the flags that go with the options, and waits for its end. `remote_path` is the path that was
/// given to the program. Errors: also errc::invalid_argument for a limit of the rate. Executor: any; runs on the stream's home(),
/// or else on the strand of the calling coroutine.
awaitable<transfer_result> send(std::unique_ptr<byte_stream> to, std::vector<std::string> paths, options how = options());
awaitable<transfer_result> receive(std::unique_ptr<byte_stream> from, std::string remote_path, std::string local_path,
                                   options how = options());

/// Returns: whether scp(1) runs such a command line at a server: `scp [-v] [-r] [-p] [-d] -t path` or `-f path`.
bool is_scp(std::string_view command);

/// Serves such a command without a shell or another program, on a session that was accepted, and sends the exit status. Quotes,
/// backslashes, * ? [...] and ~ in the command have their usual meaning; characters of variables, substitutions and operators are
/// parts of names. The client decides about recursive() and preserve(); program() and files() are ignored. Files that must not be
/// changed belong in a read-only file system: local_options::read_only(), file_system::read_only().
/// Returns: when the command is done, also if the copy failed and the client has been told. Errors: the failure that ended the
/// connection; the exceptions of the progress function. Cancellation: terminal - the channel is closed. Executor: any; `files` is
/// used on the connection's strand.
awaitable<void> serve(server_session session, std::string command, std::shared_ptr<sftp::file_system> files,
                      options how = options());

/// The same over a stream, such as standard input and output of a program that a server started. Returns: whether all went well,
/// for the program's exit status. Errors: errc::invalid_argument for another command, and for a limit of the rate.
awaitable<bool> serve(std::unique_ptr<byte_stream> over, std::string command, std::shared_ptr<sftp::file_system> files,
                      options how = options());

} // namespace scp
} // namespace sshoal
