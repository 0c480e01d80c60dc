// control.hpp - the lines of the old copy protocol of rcp(1) and scp(1): "C0644 12 name", "D0755 0 name", "E", "T1 0 2 0", and
// the answers, a zero byte or a line that begins with byte 1 or 2.
#pragma once

#include "sshoal/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sshoal::scp_protocol {

/// The longest line without its end: room for names of 1024 bytes, which some systems have, and the text of errors about them.
inline constexpr std::size_t most_line = 4096;
/// The largest size, which must be a valid offset in a file.
inline constexpr std::uint64_t most_size = 0x7fff'ffff'ffff'ffff;
/// The largest time in seconds after 1970: more than any file system keeps, and safe for arithmetic.
inline constexpr std::uint64_t most_seconds = std::uint64_t(1) << 40;

inline constexpr std::uint32_t permission_bits = 0777, mode_bits = 07777;

enum class record : std::uint8_t { file, directory, end, times, warning, fatal };

/// A line of a source.
class control {
public:
    control() {}
    record what = record::end;
    std::uint32_t mode = 0;       ///< file, directory: the bits of 07777
    std::uint64_t size = 0;       ///< file
    std::string name;             ///< file, directory: a single name, never "." or ".." unless `allow_dots`
    std::int64_t mtime = 0, atime = 0;
    std::string text;             ///< warning, fatal: printable
};

/// Returns: the failure for a peer that breaks the copy protocol.
failure copy_protocol_error(std::string text);

/// Reads a line without its end. Errors: errc::protocol_error.
outcome<control> parse_control(std::string_view line, bool allow_dots = false);

std::string file_line(std::uint32_t mode, std::uint64_t size, std::string_view name);
std::string directory_line(std::uint32_t mode, std::string_view name);
/// A time before 1970 cannot be sent, and becomes 0.
std::string times_line(std::int64_t mtime, std::int64_t atime);
inline constexpr std::string_view end_line = "E\n";
/// Returns: an answer or error as a line, printable and with one line end.
std::string warning_line(std::string_view text);
std::string fatal_line(std::string_view text);

/// Returns: whether this is a plain name that a line can contain.
bool can_be_sent(std::string_view name) noexcept;

/// Returns: a printable text that quotes unexpected bytes of the peer, and says where such bytes most often come from.
std::string quoted_noise(std::string_view text);

} // namespace sshoal::scp_protocol
