// local_files.hpp - calls of the file_system at the local end of get() and put(), and the failures that are made of theirs.
#pragma once

#include "sftp/client/block.hpp"
#include "sftp/client/client_core.hpp"
#include "sshoal/file_system.hpp"

#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {

using files_ptr = std::shared_ptr<file_system>;

/// Returns: the files of this machine. Relative paths begin in the current directory of the process.
files_ptr files_of_this_machine(executor work);

/// Returns: the failure that an exception stands for.
failure failure_thrown(const std::exception_ptr& thrown);

/// Awaits an operation of a file system. Returns: its outcome; an exception becomes a failure.
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
/// Returns: errc::file_error with a text such as "open NAME: No such file or directory"; operation_aborted as it is.
failure local_failure(const failure& why, const char* what, const std::string& path);

/// Awaits an operation to its end, even if the coroutine is cancelled meanwhile.
/// Returns: the outcome; operation_aborted if the operation succeeded and the coroutine has been cancelled.
awaitable<outcome<void>> to_its_end(awaitable<outcome<void>> operation);

/// A file that put() sends.
class local_source {
public:
    local_source() {}
    std::shared_ptr<open_file> file;
    std::string path;
    attributes attrs; ///< the attributes that the file system reports

    /// `known`: attributes for the case that the file system has no open_file::stat(). Errors: errc::file_error, also for a
    /// directory.
    static awaitable<outcome<local_source>> open(files_ptr files, std::string path, std::optional<attributes> known);
    /// Reads until the block has `n` bytes or the file ends.
    static awaitable<outcome<void>> read(const local_source& from, std::uint64_t offset, std::shared_ptr<block> into,
                                         std::size_t n);
    static awaitable<std::optional<std::uint64_t>> size_now(const local_source& of);
};

/// Returns: the entries of a directory except "." and "..", sorted by name. A link has its own attributes.
awaitable<outcome<std::vector<directory_entry>>> list_local(files_ptr files, std::string path);

} // namespace sshoal::sftp
