// local_files.hpp - calls of the file_system at the local end of get() and put(): their exceptions, and the text of their failures.
#pragma once

#include "sftp/client/block.hpp"
#include "sftp/client/client_core.hpp"
#include "sshoal/file_system.hpp"

#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {

using files_ptr = std::shared_ptr<file_system>;

/// The files of this machine; relative paths begin in the current directory of the process.
files_ptr files_of_this_machine(executor work);

/// Returns what the exception says, as a failure.
failure failure_thrown(const std::exception_ptr& thrown);

/// An operation of a file system, whose exceptions become failures.
template <class T>
awaitable<outcome<T>> guarded(awaitable<outcome<T>> operation)
{
    std::exception_ptr thrown;
    try {
        outcome<T> r = co_await std::move(operation);
        co_return r;
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure_thrown(thrown);
}

bool is_missing_file(const failure& f) noexcept;
bool is_unsupported(const failure& f) noexcept;
/// Returns errc::file_error with a text such as "open NAME: No such file or directory". A cancellation stays one.
failure local_failure(const failure& why, const char* what, const std::string& path);

/// Awaits an operation to its end, although the coroutine is cancelled meanwhile.
/// Returns: its outcome, or operation_aborted where it succeeded and the coroutine has been cancelled.
awaitable<outcome<void>> to_its_end(awaitable<outcome<void>> operation);

/// A file that put() sends.
class local_source {
public:
    local_source() {}
    std::shared_ptr<open_file> file;
    std::string path;
    attributes attrs; ///< as far as the file system tells them

    /// `known`: what is known of the file already. Errors: errc::file_error, also for a directory.
    static awaitable<outcome<local_source>> open(files_ptr files, std::string path, std::optional<attributes> known);
    /// Reads until the block has `n` bytes or the file ends.
    static awaitable<outcome<void>> read(const local_source& from, std::uint64_t offset, std::shared_ptr<block> into,
                                         std::size_t n);
    static awaitable<std::optional<std::uint64_t>> size_now(const local_source& of);
};

/// The entries of a directory but "." and "..", by name, with attributes of links themselves.
awaitable<outcome<std::vector<directory_entry>>> list_local(files_ptr files, std::string path);

} // namespace sshoal::sftp
