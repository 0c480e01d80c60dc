// operations.hpp - every request of version 3 and of OpenSSH's extensions, as a function that makes the packet. One coroutine
// sends the packet, waits for the answer and decodes it. On the strand. Paths have been resolved already.
#pragma once

#include "sftp/client/client_request.hpp"

namespace sshoal::sftp {

/// Members of the public handles await their operation with this function. The operation runs on the session's strand, and its
/// failure is thrown.
template <class T>
awaitable<T> value_on_strand(executor strand, awaitable<outcome<T>> operation)
{
    const executor here = co_await asio::this_coro::executor;
    std::optional<outcome<T>> result;
    if (here == strand) {
        outcome<T> r = co_await std::move(operation);
        result.emplace(std::move(r));
    } else {
        auto crossing = detail::cross_to(std::move(strand), detail::keep_result(std::move(operation), result));
        co_await std::move(crossing);
    }
    if (!*result)
        throw error(result->error());
    if constexpr (!std::is_void_v<T>)
        co_return std::move(**result);
}
template <class T>
awaitable<T> on_session(const client_core& core, awaitable<outcome<T>> operation)
{
    return value_on_strand(core.strand(), std::move(operation));
}

/// Returns: whether the server says that no such file exists. Other failures of STAT say nothing about the file.
inline bool is_missing(const failure& f)
{
    return f.code() == make_error_code(status::no_such_file) || f.code() == make_error_code(status::no_such_path);
}
failure not_supported(std::string_view extension_name);

awaitable<outcome<std::string>> open_file_at(core_ptr core, std::string path, open_mode mode, attributes initial);
awaitable<outcome<std::string>> open_directory_at(core_ptr core, std::string path);
awaitable<outcome<void>> close_handle(core_ptr core, std::string handle, std::string path);
/// Returns: the failure of a request whose answer has arrived whole and cannot be decoded. The session goes on.
failure unreadable(const char* what);
/// Returns: the entries in the body of NAME; none at the end. If a mode has no file type, the type comes from the long name.
outcome<std::vector<directory_entry>> entries_in(const bytes& reply);
/// Sends READDIR. Returns: the entries; none at the end.
awaitable<outcome<std::vector<directory_entry>>> read_directory(core_ptr core, std::string handle, std::string path);

// Operations of a remote_handle that is closed fail without being sent.

/// Sends STAT or LSTAT of a path, or FSTAT of a handle; `path` is for the text of a failure.
awaitable<outcome<attributes>> attributes_of(core_ptr core, sftp_protocol::type request, std::string subject, std::string path);
awaitable<outcome<attributes>> attributes_of(std::shared_ptr<remote_handle> h);
/// Sends SETSTAT of a path, or FSETSTAT of a handle.
awaitable<outcome<void>> set_attributes_of(std::shared_ptr<remote_handle> h, attributes a);
awaitable<outcome<void>> set_attributes_of(core_ptr core, sftp_protocol::type request, std::string subject, attributes a,
                                           std::string path);
awaitable<outcome<void>> set_link_attributes_at(core_ptr core, std::string path, attributes a);
awaitable<outcome<void>> make_directory_at(core_ptr core, std::string path, attributes initial);
/// Sends REMOVE or RMDIR.
awaitable<outcome<void>> remove_at(core_ptr core, sftp_protocol::type request, std::string path);
awaitable<outcome<void>> rename_at(core_ptr core, std::string from, std::string to);
awaitable<outcome<void>> replace_at(core_ptr core, std::string from, std::string to);
awaitable<outcome<void>> make_symlink_at(core_ptr core, std::string target, std::string link);
awaitable<outcome<void>> make_hard_link_at(core_ptr core, std::string existing_path, std::string link);
/// Sends READLINK or REALPATH.
awaitable<outcome<std::string>> name_at(core_ptr core, sftp_protocol::type request, std::string path);
/// Sends an extended request whose answer is one name: expand-path@openssh.com, home-directory.
awaitable<outcome<std::string>> name_by_extension(core_ptr core, std::string_view extension_name, std::string argument);
/// Sends statvfs@openssh.com of a path, or fstatvfs@openssh.com of a handle; `path` is for the text of a failure.
awaitable<outcome<file_system_info>> statvfs_at(core_ptr core, std::string resolved, std::string path);
awaitable<outcome<file_system_info>> statvfs_of(std::shared_ptr<remote_handle> h);
awaitable<outcome<void>> sync_file(std::shared_ptr<remote_handle> h);
awaitable<outcome<void>> copy_data_between(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::uint64_t length,
                                           std::shared_ptr<remote_handle> to, std::uint64_t to_offset);
awaitable<outcome<std::pair<std::string, bytes>>> check_file(std::shared_ptr<remote_handle> h, std::string algorithms,
                                                             std::uint64_t offset, std::uint64_t length,
                                                             std::uint32_t block_size);
using user_and_group_names = std::pair<std::vector<std::string>, std::vector<std::string>>;
awaitable<outcome<user_and_group_names>> names_by_id(core_ptr core, std::vector<std::uint32_t> users,
                                                     std::vector<std::uint32_t> groups);

/// Sends any other extended request. Returns: the body of EXTENDED_REPLY; empty for STATUS ok.
awaitable<outcome<bytes>> extended_request(core_ptr core, std::string name, bytes body);

} // namespace sshoal::sftp
