#include "connection/terminal_modes_host.hpp"

#include "wire/terminal_modes.hpp"

#include <algorithm>
#include <iterator>

#include <termios.h>
#include <unistd.h>

namespace sshoal::conn {
namespace {

struct character {
    std::uint8_t opcode;
    std::size_t index; ///< into c_cc
};
constexpr character characters[] = {
    {1, VINTR}, {2, VQUIT}, {3, VERASE}, {4, VKILL}, {5, VEOF}, {6, VEOL},
#ifdef VEOL2
    {7, VEOL2},
#endif
    {8, VSTART}, {9, VSTOP}, {10, VSUSP},
#ifdef VDSUSP
    {11, VDSUSP},
#endif
#ifdef VREPRINT
    {12, VREPRINT},
#endif
#ifdef VWERASE
    {13, VWERASE},
#endif
#ifdef VLNEXT
    {14, VLNEXT},
#endif
#ifdef VFLUSH
    {15, VFLUSH},
#endif
#ifdef VSWTCH
    {16, VSWTCH},
#elif defined(VSWTC)
    {16, VSWTC},
#endif
#ifdef VSTATUS
    {17, VSTATUS},
#endif
#ifdef VDISCARD
    {18, VDISCARD},
#endif
};

struct flag {
    std::uint8_t opcode;
    ::tcflag_t termios::*word;
    ::tcflag_t mask;
};
constexpr flag flags[] = {
    {30, &::termios::c_iflag, IGNPAR}, {31, &::termios::c_iflag, PARMRK}, {32, &::termios::c_iflag, INPCK},
    {33, &::termios::c_iflag, ISTRIP}, {34, &::termios::c_iflag, INLCR}, {35, &::termios::c_iflag, IGNCR},
    {36, &::termios::c_iflag, ICRNL},
#ifdef IUCLC
    {37, &::termios::c_iflag, IUCLC},
#endif
    {38, &::termios::c_iflag, IXON}, {39, &::termios::c_iflag, IXANY}, {40, &::termios::c_iflag, IXOFF},
#ifdef IMAXBEL
    {41, &::termios::c_iflag, IMAXBEL},
#endif
#ifdef IUTF8
    {42, &::termios::c_iflag, IUTF8}, // RFC 8160
#endif
    {50, &::termios::c_lflag, ISIG}, {51, &::termios::c_lflag, ICANON},
#ifdef XCASE
    {52, &::termios::c_lflag, XCASE},
#endif
    {53, &::termios::c_lflag, ECHO}, {54, &::termios::c_lflag, ECHOE}, {55, &::termios::c_lflag, ECHOK},
    {56, &::termios::c_lflag, ECHONL}, {57, &::termios::c_lflag, NOFLSH}, {58, &::termios::c_lflag, TOSTOP},
    {59, &::termios::c_lflag, IEXTEN},
#ifdef ECHOCTL
    {60, &::termios::c_lflag, ECHOCTL},
#endif
#ifdef ECHOKE
    {61, &::termios::c_lflag, ECHOKE},
#endif
#ifdef PENDIN
    {62, &::termios::c_lflag, PENDIN},
#endif
    {70, &::termios::c_oflag, OPOST},
#ifdef OLCUC
    {71, &::termios::c_oflag, OLCUC},
#endif
    {72, &::termios::c_oflag, ONLCR}, {73, &::termios::c_oflag, OCRNL}, {74, &::termios::c_oflag, ONOCR},
    {75, &::termios::c_oflag, ONLRET},
    {92, &::termios::c_cflag, PARENB}, {93, &::termios::c_cflag, PARODD},
};

// Character sizes are one field of several bits and not two flags.
constexpr std::uint8_t op_cs7 = 90, op_cs8 = 91;
constexpr std::uint32_t no_character = 255; // RFC 4254 §8

struct speed {
    std::uint32_t baud;
    ::speed_t code;
};
constexpr speed speeds[] = {
    {50, B50}, {75, B75}, {110, B110}, {134, B134}, {150, B150}, {200, B200}, {300, B300}, {600, B600}, {1200, B1200},
    {1800, B1800}, {2400, B2400}, {4800, B4800}, {9600, B9600}, {19200, B19200}, {38400, B38400},
#ifdef B57600
    {57600, B57600}, {115200, B115200}, {230400, B230400},
#endif
#ifdef B460800
    {460800, B460800},
#endif
#ifdef B500000
    {500000, B500000}, {576000, B576000},
#endif
#ifdef B921600
    {921600, B921600},
#endif
#ifdef B1000000
    {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000},
    {3500000, B3500000}, {4000000, B4000000},
#endif
};

/// Returns: the entry; nullptr if the table does not have it.
template <class Entry, std::size_t n>
const Entry* find(const Entry (&table)[n], std::uint8_t opcode) noexcept
{
    const auto* const at = std::find_if(std::begin(table), std::end(table), [=](const Entry& e) { return e.opcode == opcode; });
    return at != std::end(table) ? at : nullptr;
}

const speed* find_speed(std::uint32_t baud) noexcept
{
    const auto* const at = std::find_if(std::begin(speeds), std::end(speeds), [=](const speed& s) { return s.baud == baud; });
    return at != std::end(speeds) ? at : nullptr;
}

std::uint32_t baud_of(::speed_t code) noexcept
{
    const auto* const s = std::find_if(std::begin(speeds), std::end(speeds), [=](const speed& x) { return x.code == code; });
    return s != std::end(speeds) ? s->baud : 0;
}

} // namespace

std::vector<terminal_mode> modes_of(const struct ::termios& settings)
{
    std::vector<terminal_mode> modes;
    modes.emplace_back(wire::terminal_modes::op_ospeed, baud_of(::cfgetospeed(&settings)));
    modes.emplace_back(wire::terminal_modes::op_ispeed, baud_of(::cfgetispeed(&settings)));
    for (const character& c : characters) {
        const ::cc_t value = settings.c_cc[c.index];
        modes.emplace_back(c.opcode, value == ::cc_t(_POSIX_VDISABLE) ? no_character : std::uint32_t(value));
    }
    for (const flag& f : flags)
        modes.emplace_back(f.opcode, (settings.*f.word & f.mask) != 0 ? 1u : 0u);
    modes.emplace_back(op_cs7, (settings.c_cflag & CSIZE) == CS7 ? 1u : 0u);
    modes.emplace_back(op_cs8, (settings.c_cflag & CSIZE) == CS8 ? 1u : 0u);
    return modes;
}

void apply_modes(struct ::termios& settings, std::span<const terminal_mode> modes)
{
    // OpenSSH sends CS7 for eight bits too, since the bit patterns overlap. So CS8 wins, and if neither is set, the size stays.
    bool seven = false, eight = false;
    for (const auto& [opcode, value] : modes) {
        if (const character* c = find(characters, opcode)) {
            if (value <= no_character)
                settings.c_cc[c->index] = value == no_character ? ::cc_t(_POSIX_VDISABLE) : ::cc_t(value);
        } else if (const flag* f = find(flags, opcode)) {
            if (value != 0)
                settings.*f->word |= f->mask;
            else
                settings.*f->word &= ~f->mask;
        } else if (opcode == op_cs7) {
            seven = value != 0;
        } else if (opcode == op_cs8) {
            eight = value != 0;
        } else if (const speed* s = find_speed(value)) { // the table has no 0, which would hang up
            if (opcode == wire::terminal_modes::op_ispeed)
                ::cfsetispeed(&settings, s->code);
            else if (opcode == wire::terminal_modes::op_ospeed)
                ::cfsetospeed(&settings, s->code);
        }
    }
    if (seven || eight)
        settings.c_cflag = (settings.c_cflag & ~::tcflag_t(CSIZE)) | ::tcflag_t(eight ? CS8 : CS7);
}

} // namespace sshoal::conn
