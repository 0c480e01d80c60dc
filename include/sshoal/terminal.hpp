// terminal.hpp - the pseudo-terminal of a session (RFC 4254 §6.2, §8).
#pragma once

#include <sshoal/api.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

struct terminal_size {
    std::uint32_t columns = 80, rows = 24;
    std::uint32_t width_pixels = 0, height_pixels = 0;
};

/// The terminal that a client asks for with pty-req.
class terminal {
public:
    terminal() {}
    explicit terminal(std::string t, terminal_size s = {}) : type(std::move(t)), size(s) {}

    std::string type = "xterm"; ///< TERM
    terminal_size size;
    /// The terminal modes: an opcode of RFC 4254 §8, and its value. On a server, these are the modes that the client sent.
    std::vector<std::pair<std::uint8_t, std::uint32_t>> modes;

    /// Takes the modes and the size of the terminal that is open at this descriptor. If the descriptor is no terminal, nothing
    /// changes.
    void take_from(int fd);
};

} // namespace sshoal
