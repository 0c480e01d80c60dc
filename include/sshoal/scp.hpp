// scp.hpp - the old copy protocol, which runs `scp -t` and `scp -f` at the server. SFTP is the better choice where there is one.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/file_system.hpp>
#include <sshoal/server_connection.hpp>
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
    /// Times and all mode bits; without it times are those of now, and set-user-id, set-group-id and sticky bits are dropped.
    options& preserve(bool on = true) { preserve_ = on; return *this; }
    options& rate(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; return *this; } ///< 0: no limit
    options& progress(progress_function f) { progress_ = std::move(f); return *this; }
    /// The local files. Default: those of the machine, relative paths from the current directory.
    options& files(std::shared_ptr<sftp::file_system> f) { files_ = std::move(f); return *this; }
    /// The program at the server. Default "scp".
    options& program(std::string words) { program_ = std::move(words); return *this; }
    options& max_depth(unsigned n) { depth_ = n; return *this; } ///< of directories that are received; default 64

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

/// Copies local files, and with recursive() directories, to a path at the server. What the path holds is the server's shell's
/// affair only as far as a ~ or ~user at its head: everything else is quoted. Links are followed; several paths need a directory.
/// Returns: what was copied; what single files failed with is in `skipped`, and the others have been copied all the same. A
/// failure in a file's middle leaves zeros there. Errors: where nothing at all was copied, the first of those failures -
/// errc::file_error for local files, sftp::status::failure with the server's words; the same where the server gives up or has no
/// scp; errc::invalid_argument, errc::protocol_error, and what ended the channel. What the progress function throws.
/// Cancellation: terminal - the channel is closed; what has been sent is at the server. Executor: any; files are used and
/// progress is told on the connection's strand. Lifetime: the connection is kept.
awaitable<transfer_result> send(connection to, std::vector<std::string> paths, std::string remote_path, options how = options());

/// Copies files from the server. In `remote_path`, * ? and [...] stand for names, and a backslash makes the character after it an
/// ordinary one; ~ or ~user at its head is a home directory. Only names that were asked for are accepted (without a wildcard: its
/// last part, once), and only inside of the target; where the path ends in "." or "..", the target becomes that directory. Several
/// files need a target that is a directory, and directories deeper than max_depth() are skipped. Directories get their modes and
/// times when they are complete.
/// Returns, errors, cancellation: as above; a file that was begun stays as far as it came.
awaitable<transfer_result> receive(connection from, std::string remote_path, std::string local_path, options how = options());

/// The same over a stream to `scp -t PATH` (with -d for several paths) or `scp -f PATH`, which the caller has started with the
/// flags that go with the options, and whose end it waits for: a pair of pipes to ssh(1), say. `remote_path` is the one that
/// was given to that program. Errors: errc::invalid_argument for a limit of the rate, besides. Executor: any; runs on the
/// stream's home(), else on the strand of the calling coroutine.
awaitable<transfer_result> send(std::unique_ptr<byte_stream> to, std::vector<std::string> paths, options how = options());
awaitable<transfer_result> receive(std::unique_ptr<byte_stream> from, std::string remote_path, std::string local_path,
                                   options how = options());

/// Whether a command line is what scp(1) runs at a server: `scp [-v] [-r] [-p] [-d] -t path` or `-f path`.
bool is_scp(std::string_view command);

/// Serves such a command without a shell or another program, on a session that was accepted, and tells its exit status. Quotes and
/// backslashes in the command are understood, * ? [...] and ~; no variable, no substitution, no operator: they are parts of names.
/// Of the options, recursive() and preserve() are the client's to say, and program() and files() mean nothing. What must not be
/// changed is to be read-only in the file system: local_options::read_only(), file_system::read_only().
/// Returns: when it is done, also where the copy failed and the client knows. Errors: what ended the connection; what the progress
/// function throws. Cancellation: terminal - the channel is closed. Executor: any; `files` is used on the connection's strand.
awaitable<void> serve(server_session session, std::string command, std::shared_ptr<sftp::file_system> files,
                      options how = options());

/// The same over a stream: standard input and output of a program that a server started. Returns: whether all went well, which is
/// what that program's exit status says. Errors: errc::invalid_argument for another command, and a limit of the rate.
awaitable<bool> serve(std::unique_ptr<byte_stream> over, std::string command, std::shared_ptr<sftp::file_system> files,
                      options how = options());

} // namespace scp
} // namespace sshoal
