// requests.hpp - decodes the requests of a client, without I/O (draft-ietf-secsh-filexfer-02 §4 and §6, OpenSSH's PROTOCOL §4,
// draft-ietf-secsh-filexfer-extensions-00 §3).
#pragma once

#include "sftp/protocol/messages.hpp"

#include <array>

namespace sshoal::sftp_protocol {

enum class operation : std::uint8_t {
    open,
    close,
    read,
    write,
    lstat,
    fstat,
    setstat,
    fsetstat,
    opendir,
    readdir,
    remove,
    mkdir,
    rmdir,
    realpath,
    stat,
    rename,
    readlink,
    symlink,
    posix_rename,
    statvfs,
    fstatvfs,
    hardlink,
    fsync,
    lsetstat,
    limits,
    expand_path,
    copy_data,
    home_directory,
    users_groups_by_id,
    check_file_handle,
    check_file_name,
    init,
    unknown,
};
constexpr std::size_t operation_count = std::size_t(operation::init);

struct operation_traits {
    std::string_view name; ///< the name in serve_options and in log lines
    std::string_view extension; ///< the extension's name in VERSION, for extended requests
    std::string_view data; ///< the extension's data in VERSION
    bool changes; ///< refused in read-only sessions; for OPEN the flags decide
};
/// Descriptions of all operations but init and unknown.
const operation_traits& traits_of(operation o) noexcept;
std::string_view name_of(operation o) noexcept;

/// A request with its fields. The operation decides which of them have a meaning.
struct request {
    operation what = operation::unknown;
    type packet_type = type::extended;
    std::uint32_t id = 0;
    std::string path; ///< for an unknown extension, its name; for home_directory, the user's name
    std::string second_path; ///< for rename and links
    sftp::attributes attrs;
    byte_view handle, second_handle; ///< in the packet
    byte_view data; ///< write: in the packet
    std::uint64_t offset = 0, length = 0, second_offset = 0;
    std::uint32_t flags = 0; ///< open; init: the version
    std::uint32_t block_size = 0; ///< check_file
    std::vector<std::uint32_t> users, groups;
    std::vector<std::string> algorithms;
};

struct decoded {
    bool well_formed = false;
    bool has_id = false; ///< a request without an id cannot be answered
};
/// Decodes a packet from its type on. `to` is reused, so that its strings need no new memory.
decoded decode_request(byte_view packet, request& to);

/// Returns: the flags of OPEN that sshoal knows, as an open_mode (§6.3).
sftp::open_mode mode_from(std::uint32_t flags) noexcept;
/// Returns: whether a request would change files or names.
bool is_change(const request& r) noexcept;

} // namespace sshoal::sftp_protocol
