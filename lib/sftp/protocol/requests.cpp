#include "sftp/protocol/requests.hpp"

namespace sshoal::sftp_protocol {
namespace {

/// The most ids in one users-groups-by-id request, and the most algorithms in one check-file request.
constexpr std::size_t most_ids = 4096, most_algorithms = 16;

namespace names = sftp::extension;

constexpr std::array<operation_traits, operation_count> table{{
    {"open", {}, {}, false},
    {"close", {}, {}, false},
    {"read", {}, {}, false},
    {"write", {}, {}, true},
    {"lstat", {}, {}, false},
    {"fstat", {}, {}, false},
    {"setstat", {}, {}, true},
    {"fsetstat", {}, {}, true},
    {"opendir", {}, {}, false},
    {"readdir", {}, {}, false},
    {"remove", {}, {}, true},
    {"mkdir", {}, {}, true},
    {"rmdir", {}, {}, true},
    {"realpath", {}, {}, false},
    {"stat", {}, {}, false},
    {"rename", {}, {}, true},
    {"readlink", {}, {}, false},
    {"symlink", {}, {}, true},
    {"posix-rename", names::posix_rename, "1", true},
    {"statvfs", names::statvfs, "2", false},
    {"fstatvfs", names::fstatvfs, "2", false},
    {"hardlink", names::hardlink, "1", true},
    {"fsync", names::fsync, "1", true},
    {"lsetstat", names::lsetstat, "1", true},
    {"limits", names::limits, "1", false},
    {"expand-path", names::expand_path, "1", false},
    {"copy-data", names::copy_data, "1", true},
    {"home-directory", names::home_directory, "1", false},
    {"users-groups-by-id", names::users_groups_by_id, "1", false},
    {"check-file-handle", names::check_file, "1", false},
    {"check-file-name", names::check_file, "1", false},
}};

operation extended_operation(std::string_view name) noexcept
{
    // paramiko requests digests of an open file by the name of the extension itself.
    if (name == "check-file-handle" || name == names::check_file)
        return operation::check_file_handle;
    if (name == "check-file-name")
        return operation::check_file_name;
    for (std::size_t i = std::size_t(operation::posix_rename); i < operation_count; ++i)
        if (table[i].extension == name)
            return operation(i);
    return operation::unknown;
}

operation operation_of(type t) noexcept
{
    switch (t) {
    case type::init:
        return operation::init;
    case type::open:
        return operation::open;
    case type::close:
        return operation::close;
    case type::read:
        return operation::read;
    case type::write:
        return operation::write;
    case type::lstat:
        return operation::lstat;
    case type::fstat:
        return operation::fstat;
    case type::setstat:
        return operation::setstat;
    case type::fsetstat:
        return operation::fsetstat;
    case type::opendir:
        return operation::opendir;
    case type::readdir:
        return operation::readdir;
    case type::remove:
        return operation::remove;
    case type::mkdir:
        return operation::mkdir;
    case type::rmdir:
        return operation::rmdir;
    case type::realpath:
        return operation::realpath;
    case type::stat:
        return operation::stat;
    case type::rename:
        return operation::rename;
    case type::readlink:
        return operation::readlink;
    case type::symlink:
        return operation::symlink;
    default:
        return operation::unknown;
    }
}

std::vector<std::uint32_t> decode_ids(wire::reader& in)
{
    const byte_view all = in.string();
    std::vector<std::uint32_t> ids;
    if (all.size() % 4 != 0 || all.size() / 4 > most_ids) {
        in.fail();
        return ids;
    }
    ids.reserve(all.size() / 4);
    for (wire::reader each(all); each.left() > 0;)
        ids.push_back(each.u32());
    return ids;
}

std::vector<std::string> decode_list(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty() && parts.size() < most_algorithms) {
        const std::size_t end = std::min(list.find(','), list.size());
        parts.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

void decode_check_file(wire::reader& in, request& r)
{
    r.algorithms = decode_list(in.text());
    r.offset = in.u64();
    r.length = in.u64();
    r.block_size = in.u32();
}

void decode_fields(wire::reader& in, request& r)
{
    switch (r.what) {
    case operation::open:
        r.path = in.text();
        r.flags = in.u32();
        r.attrs = decode_attributes(in);
        break;
    case operation::read:
        r.handle = in.string();
        r.offset = in.u64();
        r.length = in.u32();
        break;
    case operation::write:
        r.handle = in.string();
        r.offset = in.u64();
        r.data = in.string();
        break;
    case operation::close:
    case operation::fstat:
    case operation::readdir:
    case operation::fstatvfs:
    case operation::fsync:
        r.handle = in.string();
        break;
    case operation::fsetstat:
        r.handle = in.string();
        r.attrs = decode_attributes(in);
        break;
    case operation::setstat:
    case operation::lsetstat:
    case operation::mkdir:
        r.path = in.text();
        r.attrs = decode_attributes(in);
        break;
    case operation::lstat:
    case operation::stat:
    case operation::opendir:
    case operation::remove:
    case operation::rmdir:
    case operation::realpath:
    case operation::readlink:
    case operation::statvfs:
    case operation::expand_path:
    case operation::home_directory:
        r.path = in.text();
        break;
    case operation::rename:
    case operation::symlink:
    case operation::posix_rename:
    case operation::hardlink:
        r.path = in.text();
        r.second_path = in.text();
        break;
    case operation::copy_data:
        r.handle = in.string();
        r.offset = in.u64();
        r.length = in.u64();
        r.second_handle = in.string();
        r.second_offset = in.u64();
        break;
    case operation::users_groups_by_id:
        r.users = decode_ids(in);
        r.groups = decode_ids(in);
        break;
    case operation::check_file_handle:
        r.handle = in.string();
        decode_check_file(in, r);
        break;
    case operation::check_file_name:
        r.path = in.text();
        decode_check_file(in, r);
        break;
    case operation::limits:
    case operation::init:
    case operation::unknown:
        break;
    }
}

} // namespace

const operation_traits& traits_of(operation o) noexcept { return table[std::size_t(o)]; }

std::string_view name_of(operation o) noexcept
{
    return o == operation::init ? "init" : o == operation::unknown ? "unknown" : traits_of(o).name;
}

decoded decode_request(byte_view packet, request& to)
{
    to.path.clear();
    to.second_path.clear();
    if (to.attrs.size || to.attrs.uid || to.attrs.permissions || to.attrs.atime || !to.attrs.extended.empty())
        to.attrs = sftp::attributes();
    to.handle = to.second_handle = to.data = {};
    decoded d;
    wire::reader in(packet);
    to.packet_type = type(in.u8());
    to.what = operation_of(to.packet_type);
    if (to.what == operation::init) {
        to.flags = in.u32();
        d.well_formed = in.ok() && decode_extensions(in).has_value();
        return d;
    }
    to.id = in.u32();
    d.has_id = in.ok();
    if (to.packet_type == type::extended) {
        const std::string_view name = in.text();
        to.what = extended_operation(name);
        if (to.what == operation::unknown)
            to.path = name;
    }
    decode_fields(in, to);
    d.well_formed = in.ok();
    return d;
}

sftp::open_mode mode_from(std::uint32_t flags) noexcept { return sftp::open_mode(flags & 0x3f); }

bool is_change(const request& r) noexcept
{
    if (r.what == operation::open) {
        using enum sftp::open_mode;
        return has(mode_from(r.flags), write | append | create | truncate);
    }
    return std::size_t(r.what) < operation_count && traits_of(r.what).changes;
}

} // namespace sshoal::sftp_protocol
