// target.hpp - where to log in, as people write it on a command line: "user@host:port".
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

/// A user, a host and a port. connect() takes a target in place of a host name.
class login_target {
public:
    login_target() {}
    std::string user;        ///< empty: the text has none
    std::string host;        ///< a name or an address, without brackets
    std::uint16_t port = 0;  ///< 0: the text has none

    /// Returns: the form that parse_target() reads: "alice@[2001:db8::1]:2222".
    std::string to_string() const;
    friend bool operator==(const login_target&, const login_target&) noexcept = default;

    /// Writes to_string().
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& to, const login_target& t)
    {
        return to << t.to_string().c_str();
    }
};

/// Reads "host", "user@host", "host:port", "[2001:db8::1]:2222", "2001:db8::1", and the same behind "ssh://", where "%40" and its
/// like are taken for the characters that they stand for in the user's name. The last "@" ends the user's name.
/// Returns: the target. Errors: errc::invalid_argument, with a text that says what to write instead.
outcome<login_target> parse_target(std::string_view text);

} // namespace sshoal
