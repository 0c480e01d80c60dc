#include "sftp/protocol/messages.hpp"

#include <algorithm>
#include <limits>

namespace sshoal::sftp_protocol {
namespace {

namespace flag {
constexpr std::uint32_t size = 1, owner = 2, permissions = 4, times = 8, extended = 0x80000000u;
}

/// statvfs@openssh.com's flags.
constexpr std::uint64_t flag_read_only = 1, flag_no_setuid = 2;

constexpr std::size_t least_name_bytes = 4 + 4 + 4;

std::uint32_t wire_time(sftp::file_time t) noexcept
{
    const auto seconds = std::clamp<std::int64_t>(t.time_since_epoch().count(), 0, std::numeric_limits<std::uint32_t>::max());
    return std::uint32_t(seconds);
}
sftp::file_time file_time_of(std::uint32_t seconds) noexcept { return sftp::file_time(std::chrono::seconds(seconds)); }

} // namespace

std::string name_of(type t)
{
    switch (t) {
    case type::init: return "INIT";
    case type::version: return "VERSION";
    case type::open: return "OPEN";
    case type::close: return "CLOSE";
    case type::read: return "READ";
    case type::write: return "WRITE";
    case type::lstat: return "LSTAT";
    case type::fstat: return "FSTAT";
    case type::setstat: return "SETSTAT";
    case type::fsetstat: return "FSETSTAT";
    case type::opendir: return "OPENDIR";
    case type::readdir: return "READDIR";
    case type::remove: return "REMOVE";
    case type::mkdir: return "MKDIR";
    case type::rmdir: return "RMDIR";
    case type::realpath: return "REALPATH";
    case type::stat: return "STAT";
    case type::rename: return "RENAME";
    case type::readlink: return "READLINK";
    case type::symlink: return "SYMLINK";
    case type::status: return "STATUS";
    case type::handle: return "HANDLE";
    case type::data: return "DATA";
    case type::name: return "NAME";
    case type::attrs: return "ATTRS";
    case type::extended: return "EXTENDED";
    case type::extended_reply: return "EXTENDED_REPLY";
    }
    return "type " + std::to_string(unsigned(t));
}

packet& packet::attrs(const sftp::attributes& a)
{
    encode_attributes(bytes_, a);
    return *this;
}

void encode_attributes(bytes& to, const sftp::attributes& a)
{
    wire::writer out(to);
    const bool owner = a.uid || a.gid, times = a.atime || a.mtime;
    out.u32((a.size ? flag::size : 0) | (owner ? flag::owner : 0) | (a.permissions ? flag::permissions : 0)
            | (times ? flag::times : 0) | (a.extended.empty() ? 0 : flag::extended));
    if (a.size)
        out.u64(*a.size);
    if (owner)
        out.u32(a.uid.value_or(a.gid.value_or(0))).u32(a.gid.value_or(a.uid.value_or(0)));
    if (a.permissions)
        out.u32(*a.permissions);
    if (times) {
        const sftp::file_time modified = a.mtime ? *a.mtime : *a.atime;
        out.u32(wire_time(a.atime.value_or(modified))).u32(wire_time(modified));
    }
    if (!a.extended.empty()) {
        out.u32(std::uint32_t(a.extended.size()));
        for (const auto& [name, data] : a.extended)
            out.string(name).string(data);
    }
}

sftp::attributes decode_attributes(wire::reader& in)
{
    sftp::attributes a;
    const std::uint32_t flags = in.u32();
    if ((flags & flag::size) != 0)
        a.size = in.u64();
    if ((flags & flag::owner) != 0) {
        a.uid = in.u32();
        a.gid = in.u32();
    }
    if ((flags & flag::permissions) != 0)
        a.permissions = in.u32();
    if ((flags & flag::times) != 0) {
        a.atime = file_time_of(in.u32());
        a.mtime = file_time_of(in.u32());
    }
    if ((flags & flag::extended) != 0) {
        const std::uint32_t count = in.u32();
        if (count > most_extended_attributes)
            in.fail();
        for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
            const std::string_view name = in.text();
            const std::string_view data = in.text();
            a.extended.emplace_back(name, data);
        }
    }
    return in.ok() ? a : sftp::attributes();
}

bool has_later_flags(byte_view attrs) noexcept
{
    constexpr std::uint32_t known = flag::size | flag::owner | flag::permissions | flag::times | flag::extended;
    return attrs.size() >= 4 && (load_u32(attrs.data()) & ~known) != 0;
}

void store_data_head(std::byte* at, std::uint32_t id, std::size_t data)
{
    store_u32(at, std::uint32_t(data_head_bytes - 4 + data));
    at[4] = std::byte(type::data);
    store_u32(at + 5, id);
    store_u32(at + 9, std::uint32_t(data));
}

result<std::vector<extension_pair>> decode_extensions(wire::reader& in)
{
    std::vector<extension_pair> pairs;
    while (in.ok() && in.left() > 0) {
        const std::string_view name = in.text();
        const std::string_view data = in.text();
        pairs.push_back({std::string(name), std::string(data)});
    }
    if (!in.ok())
        return errc::malformed_message;
    return pairs;
}

status_reply decode_status(wire::reader& in)
{
    status_reply s;
    s.code = sftp::status(in.u32());
    wire::reader words = in;
    const std::string_view text = words.text();
    if (words.ok())
        s.text = printable(text);
    return s;
}

failure failure_of(const status_reply& s, std::string_view what)
{
    std::string context(what);
    const std::string plain = make_error_code(s.code).message();
    // The text of most servers says no more than the number.
    if (!s.text.empty() && s.text.size() != plain.size())
        context += (context.empty() ? "the server says: " : ": the server says: ") + s.text;
    return failure(make_error_code(s.code), std::move(context));
}

result<std::vector<sftp::directory_entry>> decode_names(wire::reader& in)
{
    const std::uint32_t count = in.u32();
    // The count is compared with the packet's size before memory is reserved.
    if (!in.ok() || count > in.left() / least_name_bytes)
        return errc::malformed_message;
    std::vector<sftp::directory_entry> names;
    names.reserve(count);
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
        sftp::directory_entry& e = names.emplace_back();
        e.name = in.text();
        e.long_name = in.text();
        e.attrs = decode_attributes(in);
    }
    // More bytes may follow: version 6 has a flag for the end of the list here, and some servers send it in version 3.
    if (!in.ok())
        return errc::malformed_message;
    return names;
}

sftp::file_system_info decode_statvfs(wire::reader& in)
{
    sftp::file_system_info f;
    for (std::uint64_t* v : {&f.block_size, &f.fragment_size, &f.blocks, &f.blocks_free, &f.blocks_available, &f.files,
                             &f.files_free, &f.files_available, &f.id})
        *v = in.u64();
    const std::uint64_t flags = in.u64();
    f.read_only = (flags & flag_read_only) != 0;
    f.no_setuid = (flags & flag_no_setuid) != 0;
    f.name_max = in.u64();
    return f;
}

void encode_statvfs(bytes& to, const sftp::file_system_info& f)
{
    wire::writer out(to);
    for (const std::uint64_t v : {f.block_size, f.fragment_size, f.blocks, f.blocks_free, f.blocks_available, f.files,
                                  f.files_free, f.files_available, f.id})
        out.u64(v);
    out.u64((f.read_only ? flag_read_only : 0) | (f.no_setuid ? flag_no_setuid : 0)).u64(f.name_max);
}

} // namespace sshoal::sftp_protocol
