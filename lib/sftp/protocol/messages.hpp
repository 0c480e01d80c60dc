// messages.hpp - SFTP's packets without I/O: their types, and the encoding and decoding of attributes and requests
// (draft-ietf-secsh-filexfer-02 §3 to §8).
#pragma once

#include "base/bytes.hpp"
#include "sshoal/sftp_types.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace sshoal::sftp_protocol {

constexpr std::uint32_t protocol_version = 3;
/// The longest packet without its length field, as in OpenSSH.
constexpr std::size_t most_packet_bytes = 256 * 1024;
/// The most data in one READ or WRITE, so that its packet is not too long.
constexpr std::size_t most_data_bytes = most_packet_bytes - 1024;
constexpr std::size_t most_handle_bytes = 256;
constexpr std::size_t most_extended_attributes = 64;

enum class type : std::uint8_t {
    init = 1,
    version = 2,
    open = 3,
    close = 4,
    read = 5,
    write = 6,
    lstat = 7,
    fstat = 8,
    setstat = 9,
    fsetstat = 10,
    opendir = 11,
    readdir = 12,
    remove = 13,
    mkdir = 14,
    rmdir = 15,
    realpath = 16,
    stat = 17,
    rename = 18,
    readlink = 19,
    symlink = 20,
    status = 101,
    handle = 102,
    data = 103,
    name = 104,
    attrs = 105,
    extended = 200,
    extended_reply = 201,
};

/// Returns: "READ", "EXTENDED" or "type 77".
std::string name_of(type t);

/// A packet that is being written: length, type and, except in INIT and VERSION, the request's id; the caller adds the fields.
class packet {
public:
    explicit packet(type t) { begin(t, 64); } ///< INIT or VERSION
    packet(type t, std::uint32_t id, std::size_t expected = 64)
    {
        begin(t, expected);
        u32(id);
    }
    packet& u8(std::uint8_t v) { return out().u8(v), *this; }
    packet& u32(std::uint32_t v) { return out().u32(v), *this; }
    packet& u64(std::uint64_t v) { return out().u64(v), *this; }
    packet& string(byte_view v) { return out().string(v), *this; }
    packet& string(std::string_view v) { return out().string(v), *this; }
    packet& raw(byte_view v) { return out().raw(v), *this; }
    packet& attrs(const sftp::attributes& a);

    /// `more`: the number of bytes that are sent behind this part of the packet.
    bytes finish(std::size_t more = 0) &&
    {
        store_u32(bytes_.data(), std::uint32_t(bytes_.size() - 4 + more));
        return std::move(bytes_);
    }

private:
    void begin(type t, std::size_t expected)
    {
        bytes_.reserve(expected + 9);
        out().u32(0).u8(std::uint8_t(t));
    }
    wire::writer out() noexcept { return wire::writer(bytes_); }
    bytes bytes_;
};

void encode_attributes(bytes& to, const sftp::attributes& a);
/// The reader fails for malformed attributes, and for more than most_extended_attributes extended ones.
sftp::attributes decode_attributes(wire::reader& in);

/// Returns: whether attributes begin with flags that version 3 does not have.
bool has_later_flags(byte_view attrs) noexcept;

/// The sizes of the head of a DATA packet, with length field and id, and of a WRITE request up to its data.
constexpr std::size_t data_head_bytes = 4 + 1 + 4 + 4;
void store_data_head(std::byte* at, std::uint32_t id, std::size_t data);

/// The name and data of an extension, which follow the version in INIT and VERSION.
struct extension_pair {
    std::string name, data;
};
/// Errors: malformed_message.
result<std::vector<extension_pair>> decode_extensions(wire::reader& in);

struct status_reply {
    sftp::status code = sftp::status::failure;
    std::string text; ///< printable
};
/// Early versions and some servers leave out text and language, so both may be missing or unreadable.
status_reply decode_status(wire::reader& in);
/// Returns: the failure that a status stands for; its text begins with `what` and is never empty.
failure failure_of(const status_reply& s, std::string_view what);

/// Errors: malformed_message if count and contents do not agree.
result<std::vector<sftp::directory_entry>> decode_names(wire::reader& in);

/// Takes the file type from the long name ("drwxr-xr-x ...") if the mode does not have it.
void add_type_by_long_name(sftp::directory_entry& e);

sftp::file_system_info decode_statvfs(wire::reader& in);
void encode_statvfs(bytes& to, const sftp::file_system_info& f);

} // namespace sshoal::sftp_protocol
