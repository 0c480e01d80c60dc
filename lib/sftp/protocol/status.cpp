// Status codes as an error category, and the small functions of sftp_types.hpp.

#include "sshoal/sftp_types.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/generic_category.hpp>

#include <array>

#include <sys/stat.h>

namespace sshoal::sftp {
namespace {

namespace os = boost::system::errc;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor" // error_category's destructor is protected, on purpose
class category final : public error_category {
public:
    const char* name() const noexcept override { return "sshoal.sftp"; }
    std::string message(int code) const override
    {
        switch (status(code)) {
        case status::ok: return "success";
        case status::eof: return "end of file";
        case status::no_such_file: return "no such file";
        case status::permission_denied: return "permission denied";
        case status::failure: return "failure";
        case status::bad_message: return "bad message";
        case status::no_connection: return "no connection";
        case status::connection_lost: return "connection lost";
        case status::op_unsupported: return "operation unsupported";
        case status::invalid_handle: return "invalid handle";
        case status::no_such_path: return "no such path";
        case status::file_already_exists: return "file already exists";
        case status::write_protect: return "write protected";
        case status::no_media: return "no media";
        case status::no_space_on_filesystem: return "no space on the file system";
        case status::quota_exceeded: return "quota exceeded";
        case status::unknown_principal: return "unknown user or group";
        case status::lock_conflict: return "lock conflict";
        case status::dir_not_empty: return "directory not empty";
        case status::not_a_directory: return "not a directory";
        case status::invalid_filename: return "invalid file name";
        case status::link_loop: return "too many links";
        }
        return "status " + std::to_string(unsigned(code));
    }
    boost::system::error_condition default_error_condition(int code) const noexcept override
    {
        switch (status(code)) {
        case status::no_such_file:
        case status::no_such_path: return os::make_error_condition(os::no_such_file_or_directory);
        case status::permission_denied: return os::make_error_condition(os::permission_denied);
        case status::op_unsupported: return os::make_error_condition(os::operation_not_supported);
        case status::invalid_handle: return os::make_error_condition(os::bad_file_descriptor);
        case status::file_already_exists: return os::make_error_condition(os::file_exists);
        case status::write_protect: return os::make_error_condition(os::read_only_file_system);
        case status::no_space_on_filesystem: return os::make_error_condition(os::no_space_on_device);
        case status::dir_not_empty: return os::make_error_condition(os::directory_not_empty);
        case status::not_a_directory: return os::make_error_condition(os::not_a_directory);
        case status::invalid_filename: return os::make_error_condition(os::invalid_argument);
        case status::link_loop: return os::make_error_condition(os::too_many_symbolic_link_levels);
        default: return error_category::default_error_condition(code);
        }
    }
};
#pragma GCC diagnostic pop

/// Returns: a status code of version 3. Clients of that version expect no others.
status status_of(int number) noexcept
{
    switch (number) {
    case 0: return status::ok;
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP: return status::no_such_file;
    case EPERM:
    case EACCES:
    case EFAULT: return status::permission_denied;
    case ENAMETOOLONG:
    case EINVAL: return status::bad_message;
    case ENOSYS: return status::op_unsupported;
    default: return status::failure;
    }
}

} // namespace

const error_category& sftp_category() noexcept
{
    static const category one;
    return one;
}

error_code make_error_code(status s) noexcept { return {int(s), sftp_category()}; }

failure fail_errno(int number, std::string text)
{
    std::string words = error_code(number, boost::system::generic_category()).message();
    return fail(status_of(number), text.empty() ? std::move(words) : std::move(text) + ": " + words);
}

open_mode mode_of(std::string_view text)
{
    const bool plus = text.find('+') != std::string_view::npos;
    if (!text.empty() && text.size() <= 3 && text.find_first_not_of("+bt", 1) == std::string_view::npos)
        switch (text.front()) {
        case 'r': return plus ? open_mode::read_write : open_mode::read;
        case 'w': return plus ? open_mode::overwrite | open_mode::read : open_mode::overwrite;
        case 'a':
            return open_mode::write | open_mode::create | open_mode::append | (plus ? open_mode::read : open_mode::none);
        case 'x':
            return open_mode::write | open_mode::create | open_mode::exclusive | (plus ? open_mode::read : open_mode::none);
        default: break;
        }
    throw error(failure(errc::invalid_argument, "no such mode of opening a file: " + printable(text)));
}

file_type attributes::type() const noexcept
{
    switch (permissions.value_or(0) & S_IFMT) {
    case S_IFREG: return file_type::regular;
    case S_IFDIR: return file_type::directory;
    case S_IFLNK: return file_type::symlink;
    case S_IFSOCK: return file_type::socket;
    case S_IFBLK: return file_type::block_device;
    case S_IFCHR: return file_type::character_device;
    case S_IFIFO: return file_type::fifo;
    default: return file_type::unknown;
    }
}

bool is_plain_name(std::string_view name) noexcept
{
    return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

} // namespace sshoal::sftp
