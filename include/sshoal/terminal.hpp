// terminal.hpp - pseudo-terminals as sessions ask for them (RFC 4254 §6.2, §8).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sshoal {

struct terminal_size {
    std::uint32_t columns = 80, rows = 24;
    std::uint32_t width_pixels = 0, height_pixels = 0;
};

/// What a client asks for with pty-req, and a server is asked for.
class terminal {
public:
    terminal() {}
    explicit terminal(std::string t, terminal_size s = {}) : type(std::move(t)), size(s) {}

    std::string type = "xterm"; ///< TERM
    terminal_size size;
    /// Terminal modes: opcode of RFC 4254 §8 and value. A server gets those it was sent.
    std::vector<std::pair<std::uint8_t, std::uint32_t>> modes;

    /// The modes, and the size, of the terminal open at this descriptor; nothing is changed where it is none.
    void take_from(int fd);
};

} // namespace sshoal
