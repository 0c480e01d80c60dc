// identification.hpp - the lines that come before the first packet (RFC 4253 §4.2).
#pragma once

#include "base/io_buffer.hpp"
#include "base/role.hpp"
#include "sshoal/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshoal::transport {

inline constexpr std::size_t max_own_version_line = 255;   ///< bytes with the line end; the limit of RFC 4253
inline constexpr std::string_view own_version = "SSH-2.0-";
/// The bytes that are left for the software version and its comment.
inline constexpr std::size_t max_own_software = max_own_version_line - own_version.size() - 2;
inline constexpr std::size_t max_version_line = 8192;      ///< for a peer's line; some hold a legal notice
inline constexpr std::size_t max_pre_lines = 1024;         ///< lines that a server may send before its version line
inline constexpr std::size_t max_pre_line = 8192;          ///< bytes of one such line, without the line end
inline constexpr std::size_t max_kept_pre_text = 8 * 1024; ///< bytes of these lines that are kept for the user

/// Returns "SSH-2.0-" and `software`, without CR LF: the software version, and a comment behind a space if there is one.
/// Characters that are not allowed become underscores.
std::string make_identification(std::string_view software);

/// Reads the peer's identification string, and the lines that a server sends before it. The bytes behind the version line stay in
/// the input.
class identification_reader {
public:
    explicit identification_reader(role self) noexcept : self_(self) {}

    enum class progress { need_more, done };
    /// Consumes complete lines. Errors: bad_identification, with the reason as text.
    outcome<progress> read(io_buffer& in);

    const std::string& line() const noexcept { return line_; } ///< without the line end; as received
    std::vector<std::string>& pre_lines() noexcept { return pre_lines_; } ///< made printable

private:
    failure accept_version(std::string_view line);
    failure accept_pre_line(std::string_view line);

    role self_;
    std::string line_;
    std::vector<std::string> pre_lines_;
    std::size_t pre_line_count_ = 0;
    std::size_t kept_ = 0;
    std::size_t scanned_ = 0; ///< bytes at the front of the input that hold no line end
};

} // namespace sshoal::transport
