#include "catch.hpp"

#include "connection/terminal_modes_host.hpp"
#include "sshoal/log.hpp"
#include "sshoal/terminal.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace sshoal;

namespace {

/// Both ends of a pseudo-terminal.
struct terminal_pair {
    terminal_pair()
    {
        master = ::posix_openpt(O_RDWR | O_NOCTTY);
        if (master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0)
            slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
    }
    terminal_pair(const terminal_pair&) = delete;
    terminal_pair& operator=(const terminal_pair&) = delete;
    ~terminal_pair()
    {
        ::close(slave);
        ::close(master);
    }
    struct ::termios settings() const
    {
        struct ::termios t = {};
        REQUIRE(::tcgetattr(slave, &t) == 0);
        return t;
    }
    void set(const struct ::termios& t) const { REQUIRE(::tcsetattr(slave, TCSANOW, &t) == 0); }

    int master = -1, slave = -1;
};

std::optional<std::uint32_t> value_of(const std::vector<conn::terminal_mode>& modes, unsigned opcode)
{
    const auto at = std::find_if(modes.begin(), modes.end(), [=](const auto& m) { return m.first == opcode; });
    return at != modes.end() ? std::optional(at->second) : std::nullopt;
}

bool same(const struct ::termios& a, const struct ::termios& b)
{
    return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag && a.c_lflag == b.c_lflag
        && std::equal(std::begin(a.c_cc), std::end(a.c_cc), std::begin(b.c_cc)) && ::cfgetispeed(&a) == ::cfgetispeed(&b)
        && ::cfgetospeed(&a) == ::cfgetospeed(&b);
}

} // namespace

TEST_CASE("What a terminal is set to comes out with the opcodes of the RFC")
{
    const terminal_pair pair;
    REQUIRE(pair.slave >= 0);
    struct ::termios t = pair.settings();
    t.c_cc[VINTR] = 5;
    t.c_cc[VSUSP] = _POSIX_VDISABLE;
    t.c_lflag &= ~::tcflag_t(ECHO | ICANON);
    t.c_lflag |= ISIG;
    t.c_iflag |= IUTF8;
    t.c_iflag &= ~::tcflag_t(IXON);
    ::cfsetispeed(&t, B19200);
    ::cfsetospeed(&t, B19200);
    pair.set(t);
    struct ::winsize window = {};
    window.ws_col = 132;
    window.ws_row = 43;
    window.ws_xpixel = 1056;
    window.ws_ypixel = 688;
    REQUIRE(::ioctl(pair.slave, TIOCSWINSZ, &window) == 0);

    terminal taken("vt220");
    taken.take_from(pair.slave);
    CHECK(taken.type == "vt220");
    CHECK(taken.size.columns == 132);
    CHECK(taken.size.rows == 43);
    CHECK(taken.size.width_pixels == 1056);
    CHECK(taken.size.height_pixels == 688);
    CHECK(value_of(taken.modes, 1) == 5u);     // VINTR
    CHECK(value_of(taken.modes, 10) == 255u);  // VSUSP: none
    CHECK(value_of(taken.modes, 38) == 0u);    // IXON
    CHECK(value_of(taken.modes, 42) == 1u);    // IUTF8
    CHECK(value_of(taken.modes, 50) == 1u);    // ISIG
    CHECK(value_of(taken.modes, 51) == 0u);    // ICANON
    CHECK(value_of(taken.modes, 53) == 0u);    // ECHO
    CHECK(value_of(taken.modes, 90) == 0u);    // CS7
    CHECK(value_of(taken.modes, 91) == 1u);    // CS8
    CHECK(value_of(taken.modes, 128) == 19200u);
    CHECK(value_of(taken.modes, 129) == 19200u);

    auto opcodes = taken.modes;
    std::sort(opcodes.begin(), opcodes.end());
    const auto same_opcode = [](const auto& a, const auto& b) { return a.first == b.first; };
    CHECK(std::adjacent_find(opcodes.begin(), opcodes.end(), same_opcode) == opcodes.end());
}

TEST_CASE("The modes of one terminal make another one the same")
{
    const terminal_pair from, to;
    REQUIRE((from.slave >= 0 && to.slave >= 0));
    struct ::termios raw = from.settings();
    SECTION("as it comes") {}
    SECTION("raw") { ::cfmakeraw(&raw); }
    SECTION("with everything turned round")
    {
        raw.c_iflag ^= IGNPAR | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF | IMAXBEL | IUTF8;
        raw.c_oflag ^= OPOST | ONLCR | OCRNL | ONOCR | ONLRET;
        raw.c_lflag ^= ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | NOFLSH | TOSTOP | IEXTEN | ECHOCTL | ECHOKE;
        raw.c_cc[VINTR] = 1;
        raw.c_cc[VQUIT] = _POSIX_VDISABLE;
        ::cfsetispeed(&raw, B9600);
        ::cfsetospeed(&raw, B9600);
    }
    from.set(raw);
    struct ::termios there = to.settings();
    there.c_lflag ^= ISIG | ECHO | IEXTEN;
    conn::apply_modes(there, conn::modes_of(from.settings()));
    to.set(there);
    struct ::termios expected = from.settings();
    // VMIN and VTIME are not part of the protocol.
    expected.c_cc[VMIN] = there.c_cc[VMIN];
    expected.c_cc[VTIME] = there.c_cc[VTIME];
    CHECK(same(to.settings(), expected));
}

TEST_CASE("Modes that mean nothing here change nothing")
{
    const terminal_pair pair;
    REQUIRE(pair.slave >= 0);
    const struct ::termios before = pair.settings();
    struct ::termios after = before;
    conn::apply_modes(after, {});
    CHECK(same(before, after));
    const std::vector<conn::terminal_mode> odd{
        {0, 1}, {1, 256}, {3, 0xffffffff}, {19, 1}, {43, 1}, {63, 1}, {76, 1}, {89, 1}, {94, 1}, {127, 1},
        {128, 0}, {129, 12345}, {130, 1}, {159, 1}, {160, 1}, {255, 255}};
    conn::apply_modes(after, odd);
    CHECK(same(before, after));
}

TEST_CASE("Eight bits win over seven as OpenSSH sends both, and the last value for an opcode counts")
{
    struct ::termios t = {};
    t.c_cflag = CS8;
    conn::apply_modes(t, std::vector<conn::terminal_mode>{{90, 1}, {91, 0}});
    CHECK((t.c_cflag & CSIZE) == CS7);
    conn::apply_modes(t, std::vector<conn::terminal_mode>{{90, 1}, {91, 1}});
    CHECK((t.c_cflag & CSIZE) == CS8);
    conn::apply_modes(t, std::vector<conn::terminal_mode>{{91, 0}, {90, 0}});
    CHECK((t.c_cflag & CSIZE) == CS8);
    conn::apply_modes(t, std::vector<conn::terminal_mode>{{53, 1}, {53, 0}, {1, 7}, {1, 9}});
    CHECK((t.c_lflag & ECHO) == 0);
    CHECK(t.c_cc[VINTR] == 9);
}

TEST_CASE("Something that is no terminal leaves everything as it was")
{
    int pipes[2];
    REQUIRE(::pipe(pipes) == 0);
    terminal t("dumb", {40, 12, 0, 0});
    t.modes.emplace_back(std::uint8_t(53), 1u);
    t.take_from(pipes[0]);
    t.take_from(-1);
    CHECK(t.size.columns == 40);
    CHECK(t.modes.size() == 1);
    ::close(pipes[0]);
    ::close(pipes[1]);

    const terminal_pair pair; // a size that nobody set is 0 by 0
    REQUIRE(pair.slave >= 0);
    t.take_from(pair.slave);
    CHECK(t.size.columns == 40);
    CHECK(t.modes.size() > 40);
}

TEST_CASE("Log levels have names")
{
    CHECK(name_of(log_level::error) == "error");
    CHECK(name_of(log_level::warning) == "warning");
    CHECK(name_of(log_level::info) == "info");
    CHECK(name_of(log_level::debug) == "debug");
    CHECK(name_of(log_level::trace) == "trace");
}

TEST_CASE("terminal modes have names, and a mode that is set again replaces its former value")
{
    terminal t;
    t.mode(tty_mode::vintr, 3).mode(tty_mode::echo, 1).mode(tty_mode::echo, 0);
    CHECK(t.modes.size() == 2);
    CHECK(t.mode(tty_mode::vintr) == 3u);
    CHECK(t.mode(tty_mode::echo) == 0u);
    CHECK_FALSE(t.mode(tty_mode::icanon));
    // The numbers of RFC 4254 §8 at the beginnings and ends of its groups.
    CHECK(unsigned(tty_mode::vdiscard) == 18);
    CHECK(unsigned(tty_mode::iutf8) == 42);
    CHECK(unsigned(tty_mode::pendin) == 62);
    CHECK(unsigned(tty_mode::onlret) == 75);
    CHECK(unsigned(tty_mode::parodd) == 93);
    CHECK(unsigned(tty_mode::ospeed) == 129);
}

TEST_CASE("raw() and without_echo() do what termios(3) calls so")
{
    const terminal_pair ends;
    REQUIRE(ends.slave >= 0);
    struct ::termios wanted = ends.settings();
    ::cfmakeraw(&wanted);
    struct ::termios got = ends.settings();
    conn::apply_modes(got, terminal().raw().modes);
    CHECK(same(got, wanted));

    wanted = ends.settings();
    wanted.c_lflag &= ~::tcflag_t(ECHO | ECHOE | ECHOK | ECHONL);
    got = ends.settings();
    conn::apply_modes(got, terminal().without_echo().modes);
    CHECK(same(got, wanted));
}
