// operations.hpp - every request of version 3 and of OpenSSH's extensions as one coroutine that returns an outcome. On the
// strand. Paths are as the server is to see them: resolved already.
#pragma once

#include "sftp/client/client_core.hpp"

namespace sshoal::sftp {

using core_ptr = std::shared_ptr<client_core>;

/// What a member function of a handle does with an outcome.
template <class T>
awaitable<T> value_of(awaitable<outcome<T>> operation)
{
    outcome<T> r = co_await std::move(operation);
    if (!r)
        throw error(r.error());
    if constexpr (!std::is_void_v<T>)
        co_return std::move(*r);
}
/// The same on the session's strand, from wherever the caller is.
template <class T>
awaitable<T> there(const client_core& core, awaitable<outcome<T>> operation)
{
    return on_strand(core.strand(), value_of(std::move(operation)));
}

/// The server says that there is no such thing; any other failure of a look is no answer about the thing.
inline bool is_missing(const failure& f)
{
    return f.code() == make_error_code(status::no_such_file) || f.code() == make_error_code(status::no_such_path);
}
failure not_supported(std::string_view extension_name);

awaitable<outcome<std::string>> open_file_at(core_ptr core, std::string path, open_mode mode, attributes initial);
awaitable<outcome<std::string>> open_directory_at(core_ptr core, std::string path);
awaitable<outcome<void>> close_handle(core_ptr core, std::string handle, std::string path);
/// Returns the error of an answer that has arrived whole and makes no sense. The session goes on.
failure unreadable(const char* what);
/// The entries in the body of NAME, with the types that their long names show where their modes do not; none: the end.
outcome<std::vector<directory_entry>> entries_in(const bytes& reply);
/// Entries, as the server sent them; none at the end.
awaitable<outcome<std::vector<directory_entry>>> read_directory(core_ptr core, std::string handle, std::string path);

/// STAT or LSTAT of a path, FSTAT of a handle; `path` is for words.
awaitable<outcome<attributes>> attributes_of(core_ptr core, sftp_protocol::type request, std::string subject, std::string path);
/// SETSTAT of a path, FSETSTAT of a handle.
awaitable<outcome<void>> set_attributes_of(core_ptr core, sftp_protocol::type request, std::string subject, attributes a,
                                           std::string path);
awaitable<outcome<void>> set_link_attributes_at(core_ptr core, std::string path, attributes a);
awaitable<outcome<void>> make_directory_at(core_ptr core, std::string path, attributes initial);
/// REMOVE or RMDIR.
awaitable<outcome<void>> remove_at(core_ptr core, sftp_protocol::type request, std::string path);
awaitable<outcome<void>> rename_at(core_ptr core, std::string from, std::string to);
awaitable<outcome<void>> replace_at(core_ptr core, std::string from, std::string to);
awaitable<outcome<void>> make_symlink_at(core_ptr core, std::string target, std::string link);
awaitable<outcome<void>> make_hard_link_at(core_ptr core, std::string existing_path, std::string link);
/// READLINK or REALPATH.
awaitable<outcome<std::string>> name_at(core_ptr core, sftp_protocol::type request, std::string path);
/// Extensions that answer with one name: expand-path@openssh.com, home-directory.
awaitable<outcome<std::string>> name_by(core_ptr core, std::string_view extension_name, std::string argument);
/// statvfs@openssh.com of a path, fstatvfs@openssh.com of a handle.
awaitable<outcome<file_system_info>> statvfs_of(core_ptr core, std::string_view extension_name, std::string subject,
                                                std::string path);
awaitable<outcome<void>> sync_file(core_ptr core, std::string handle, std::string path);
awaitable<outcome<void>> copy_data_between(core_ptr core, std::string from, std::uint64_t offset, std::uint64_t length,
                                           std::string to, std::uint64_t to_offset);
awaitable<outcome<std::pair<std::string, bytes>>> check_file(core_ptr core, std::string handle, std::string path,
                                                             std::string algorithms, std::uint64_t offset, std::uint64_t length,
                                                             std::uint32_t block_size);
awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
names_by_id(core_ptr core, std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups);

/// Any other. Returns: the body of EXTENDED_REPLY, empty for STATUS ok.
awaitable<outcome<bytes>> extended_request(core_ptr core, std::string name, bytes body);

} // namespace sshoal::sftp
