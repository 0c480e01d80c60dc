// sftp_types.hpp - attributes, modes and status codes of SFTP, for its client and server (draft-ietf-secsh-filexfer-02).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {
namespace sftp {

/// Status codes; the numbers are those on the wire. Version 3 defines the codes up to op_unsupported (§7). Some servers send the
/// codes of later versions in version 3 too.
enum class status : std::uint32_t {
    ok = 0,
    eof = 1,
    no_such_file = 2,
    permission_denied = 3,
    failure = 4,
    bad_message = 5,
    no_connection = 6,
    connection_lost = 7,
    op_unsupported = 8,
    invalid_handle = 9,
    no_such_path = 10,
    file_already_exists = 11,
    write_protect = 12,
    no_media = 13,
    no_space_on_filesystem = 14,
    quota_exceeded = 15,
    unknown_principal = 16,
    lock_conflict = 17,
    dir_not_empty = 18,
    not_a_directory = 19,
    invalid_filename = 20,
    link_loop = 21,
};

/// Codes of this category equal the corresponding generic conditions: e.code() == std::errc::no_such_file_or_directory holds for
/// status::no_such_file.
const error_category& sftp_category() noexcept;
error_code make_error_code(status) noexcept;

/// Makes a failure that a file system can return: co_return fail(status::no_such_file);
inline failure fail(status s, std::string text = {}) { return failure(make_error_code(s), std::move(text)); }
/// The same for an error number of the operating system (errno). The text is that of strerror().
failure fail_errno(int number, std::string text = {});

/// The ways to open a file (§6.3).
enum class open_mode : std::uint32_t {
    none = 0,
    read = 1,
    write = 2,
    append = 4,     ///< every write goes to the end
    create = 8,
    truncate = 16,  ///< with create: an existing file is emptied
    exclusive = 32, ///< with create: an existing file, even a dangling link, is an error
    read_write = read | write,
    overwrite = write | create | truncate, ///< as std::ofstream
};
constexpr open_mode operator|(open_mode a, open_mode b) noexcept { return open_mode(std::uint32_t(a) | std::uint32_t(b)); }
constexpr bool has(open_mode all, open_mode one) noexcept { return (std::uint32_t(all) & std::uint32_t(one)) != 0; }
/// Parses "r", "r+", "w", "w+", "a", "a+", "x" and "x+", with or without "b" and "t". Errors (thrown): errc::invalid_argument.
open_mode mode_of(std::string_view text);

enum class file_type : std::uint8_t { unknown, regular, directory, symlink, socket, block_device, character_device, fifo };

/// Seconds since 1970. On the wire they are 32 bits without a sign (§5); a time outside of that range is sent as the nearest time
/// inside.
using file_time = std::chrono::sys_seconds;

/// The attributes of a file, or those that are to be set (§5). An empty member is not known, or is not to be changed.
class attributes {
public:
    attributes() {}
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid, gid;    ///< on the wire both or none
    std::optional<std::uint32_t> permissions; ///< st_mode: file type and permission bits
    std::optional<file_time> atime, mtime;    ///< on the wire both or none
    std::vector<std::pair<std::string, std::string>> extended;

    attributes& with_size(std::uint64_t n) { size = n; return *this; }
    attributes& with_owner(std::uint32_t user, std::uint32_t group) { uid = user; gid = group; return *this; }
    attributes& with_permissions(std::uint32_t mode) { permissions = mode; return *this; }
    attributes& with_times(file_time access, file_time modification) { atime = access; mtime = modification; return *this; }

    file_type type() const noexcept;
    bool is_directory() const noexcept { return type() == file_type::directory; }
    bool is_regular() const noexcept { return type() == file_type::regular; }
    bool is_symlink() const noexcept { return type() == file_type::symlink; }
    bool operator==(const attributes&) const = default;
};

/// One entry of a directory (§7).
class directory_entry {
public:
    directory_entry() {}
    directory_entry(std::string n, attributes a) : name(std::move(n)), attrs(std::move(a)) {}
    std::string name;      ///< as the server sent it; check with is_plain_name() before using it in a local path
    std::string long_name; ///< a line like that of "ls -l", if the server sent one; use printable() before showing it
    attributes attrs;
};

/// Returns: whether this is a name inside a directory: not empty, not "." or "..", without '/' and NUL.
bool is_plain_name(std::string_view name) noexcept;

/// Returns: a line like that of "ls -l", for servers. `now` decides whether the year or the time of day is shown.
std::string long_name(const directory_entry& e, file_time now, std::string_view user = {}, std::string_view group = {},
                      std::uint64_t links = 1);

/// The space and the limits of a file system (statvfs@openssh.com, as in statvfs(3)).
class file_system_info {
public:
    file_system_info() {}
    std::uint64_t block_size = 0, fragment_size = 0;            ///< bytes
    std::uint64_t blocks = 0, blocks_free = 0, blocks_available = 0; ///< of fragment_size
    std::uint64_t files = 0, files_free = 0, files_available = 0;
    std::uint64_t id = 0;
    bool read_only = false, no_setuid = false;
    std::uint64_t name_max = 255;

    std::uint64_t bytes_available() const noexcept { return blocks_available * fragment_size; }
};

/// The limits that a server reports (limits@openssh.com). 0: not reported.
class server_limits {
public:
    server_limits() {}
    std::uint64_t packet_length = 0, read_length = 0, write_length = 0, open_handles = 0;
};

/// The names of extensions that sshoal knows.
namespace extension {
inline constexpr std::string_view posix_rename = "posix-rename@openssh.com";
inline constexpr std::string_view statvfs = "statvfs@openssh.com";
inline constexpr std::string_view fstatvfs = "fstatvfs@openssh.com";
inline constexpr std::string_view hardlink = "hardlink@openssh.com";
inline constexpr std::string_view fsync = "fsync@openssh.com";
inline constexpr std::string_view lsetstat = "lsetstat@openssh.com";
inline constexpr std::string_view limits = "limits@openssh.com";
inline constexpr std::string_view expand_path = "expand-path@openssh.com";
inline constexpr std::string_view copy_data = "copy-data";
inline constexpr std::string_view home_directory = "home-directory";
inline constexpr std::string_view users_groups_by_id = "users-groups-by-id@openssh.com";
inline constexpr std::string_view check_file = "check-file";
} // namespace extension

} // namespace sftp
} // namespace sshoal

namespace boost::system {
template <> struct is_error_code_enum<sshoal::sftp::status> : std::true_type {};
} // namespace boost::system
