// libssh2-client - a client on libssh2.
#include "helper_options.hpp"

#include <libssh2.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

namespace {

std::string password; // its callback for questions has no argument of ours

void must(bool good, LIBSSH2_SESSION* s, const char* what)
{
    char* text = nullptr;
    if (!good) {
        const int code = libssh2_session_last_error(s, &text, nullptr, 0);
        throw std::runtime_error(std::string(what) + ": " + (text != nullptr ? text : "") + " (" + std::to_string(code) + ')');
    }
}

void answer(const char*, int, const char*, int, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT*,
            LIBSSH2_USERAUTH_KBDINT_RESPONSE* to, void**)
{
    for (int i = 0; i < count; ++i) {
        to[i].text = ::strdup(password.c_str());
        to[i].length = static_cast<unsigned>(password.size());
    }
}

int by_password(LIBSSH2_SESSION* s, const std::string& user)
{
    return libssh2_userauth_password(s, user.c_str(), password.c_str());
}

int log_in(LIBSSH2_SESSION* s, const helper_options& o)
{
    const std::string user = o.text("user"), method = o.text("method");
    password = o.text("password");
    if (method == "password")
        return by_password(s, user);
    if (method == "keyboard-interactive")
        return libssh2_userauth_keyboard_interactive(s, user.c_str(), answer);
    const int rc = libssh2_userauth_publickey_fromfile(s, user.c_str(), nullptr, o.text("key").c_str(), nullptr);
    return rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && method == "publickey and password" ? by_password(s, user) : rc;
}

/// Moves what can be moved, without waiting. Returns: whether something was.
bool turn(LIBSSH2_SESSION* s, LIBSSH2_CHANNEL* c, input& in)
{
    bool moved = false;
    static char block[65536];
    for (const int stream : {0, SSH_EXTENDED_DATA_STDERR}) {
        const ::ssize_t n = libssh2_channel_read_ex(c, stream, block, sizeof block);
        must(n >= 0 || n == LIBSSH2_ERROR_EAGAIN, s, "read");
        if (n > 0) {
            write_all(stream == 0 ? 1 : 2, block, static_cast<std::size_t>(n));
            moved = true;
        }
    }
    ::pollfd p{0, POLLIN, 0};
    if (in.wants_more() && ::poll(&p, 1, 0) > 0)
        in.take();
    if (in.at < in.size) {
        const ::ssize_t n = libssh2_channel_write(c, in.block + in.at, in.size - in.at);
        must(n >= 0 || n == LIBSSH2_ERROR_EAGAIN || n == LIBSSH2_ERROR_CHANNEL_CLOSED || libssh2_channel_eof(c) == 1, s, "write");
        in.at += n > 0 ? static_cast<std::size_t>(n) : 0;
        moved = moved || n > 0;
    } else if (in.ended && !in.told) {
        in.told = libssh2_channel_send_eof(c) == 0;
        moved = moved || in.told;
    }
    return moved;
}

int dial(unsigned port)
{
    ::sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<::sockaddr*>(&to), sizeof to) != 0)
        throw std::runtime_error("cannot connect");
    return fd;
}

int run(const helper_options& o)
{
    libssh2_init(0);
    const int fd = dial(o.port());
    LIBSSH2_SESSION* s = libssh2_session_init();
    libssh2_session_set_timeout(s, 100'000);
    must(libssh2_session_handshake(s, fd) == 0, s, "handshake");
    must(log_in(s, o) == 0, s, "log in");
    LIBSSH2_CHANNEL* c = libssh2_channel_open_session(s);
    must(c != nullptr, s, "open");
    if (o.has("terminal"))
        must(libssh2_channel_request_pty_ex(c, "vt100", 5, nullptr, 0, 91, 33, 0, 0) == 0, s, "terminal");
    must(libssh2_channel_exec(c, o.text("command").c_str()) == 0, s, "exec");
    libssh2_session_set_blocking(s, 0);
    input in;
    while (libssh2_channel_eof(c) == 0) {
        if (turn(s, c, in) || libssh2_channel_eof(c) != 0)
            continue;
        const int ways = libssh2_session_block_directions(s);
        const bool out = (ways & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
        ::pollfd both[2] = {{fd, static_cast<short>(POLLIN | (out ? POLLOUT : 0)), 0}, {in.wants_more() ? 0 : -1, POLLIN, 0}};
        ::poll(both, 2, 100);
    }
    while (turn(s, c, in)) {
    }
    libssh2_session_set_blocking(s, 1);
    must(libssh2_channel_close(c) == 0, s, "close");
    must(libssh2_channel_wait_closed(c) == 0, s, "wait");
    char* signal = nullptr;
    libssh2_channel_get_exit_signal(c, &signal, nullptr, nullptr, nullptr, nullptr, nullptr);
    if (signal != nullptr)
        o.report(signal);
    const int status = signal != nullptr ? 255 : libssh2_channel_get_exit_status(c);
    libssh2_channel_free(c);
    libssh2_session_disconnect(s, "done");
    libssh2_session_free(s);
    ::close(fd);
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(helper_options(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "libssh2-client: %s\n", e.what());
        return 255;
    }
}
