// terminal.hpp - the pseudo-terminal of a session (RFC 4254 §6.2, §8).
#pragma once

#include <sshoal/api.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

struct terminal_size {
    std::uint32_t columns = 80, rows = 24;
    std::uint32_t width_pixels = 0, height_pixels = 0;
};

/// The terminal modes of RFC 4254 §8 and RFC 8160, by their names there. A character has the value that a key sends, or 255 for
/// none; a flag is 0 or 1; a speed is in bits per second.
enum class tty_mode : std::uint8_t {
    // characters
    vintr = 1, vquit, verase, vkill, veof, veol, veol2, vstart, vstop, vsusp, vdsusp, vreprint, vwerase, vlnext, vflush, vswtch,
    vstatus, vdiscard,
    // input
    ignpar = 30, parmrk, inpck, istrip, inlcr, igncr, icrnl, iuclc, ixon, ixany, ixoff, imaxbel, iutf8,
    // the line discipline
    isig = 50, icanon, xcase, echo, echoe, echok, echonl, noflsh, tostop, iexten, echoctl, echoke, pendin,
    // output
    opost = 70, olcuc, onlcr, ocrnl, onocr, onlret,
    // the line
    cs7 = 90, cs8, parenb, parodd,
    ispeed = 128, ospeed,
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

    /// Sets a mode, in place of its former value.
    terminal& mode(tty_mode m, std::uint32_t value);
    /// Returns: the last value of a mode; nothing if the modes do not have it.
    std::optional<std::uint32_t> mode(tty_mode m) const noexcept;
    /// Switches the echo of typed characters off, as for a password.
    terminal& without_echo();
    /// Passes every byte on as it is, in both directions, and at once: no echo, no lines, no signals from keys, as cfmakeraw(3)
    /// does.
    terminal& raw();

    /// Takes the modes and the size of the terminal that is open at this descriptor. If the descriptor is no terminal, nothing
    /// changes.
    void take_from(int fd);
};

} // namespace sshoal
