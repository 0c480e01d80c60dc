// libssh-client - a client on libssh.
#include "helper_options.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <cstdlib>

namespace {

void must(bool good, ssh_session s, const char* what)
{
    if (!good)
        throw std::runtime_error(std::string(what) + ": " + ssh_get_error(s));
}

int answer(ssh_session s, const std::string& password)
{
    int rc = ssh_userauth_kbdint(s, nullptr, nullptr);
    while (rc == SSH_AUTH_INFO) {
        const int prompts = ssh_userauth_kbdint_getnprompts(s);
        for (int i = 0; i < prompts; ++i)
            ssh_userauth_kbdint_setanswer(s, static_cast<unsigned>(i), password.c_str());
        rc = ssh_userauth_kbdint(s, nullptr, nullptr);
    }
    return rc;
}

int log_in(ssh_session s, const helper_options& o)
{
    const std::string method = o.text("method"), password = o.text("password");
    if (method == "password")
        return ssh_userauth_password(s, nullptr, password.c_str());
    if (method == "keyboard-interactive")
        return answer(s, password);
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_file(o.text("key").c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
        throw std::runtime_error("cannot read the key");
    int rc = ssh_userauth_publickey(s, nullptr, key);
    ssh_key_free(key);
    if (rc == SSH_AUTH_PARTIAL && method == "publickey and password")
        rc = ssh_userauth_password(s, nullptr, password.c_str());
    return rc;
}

struct work {
    const helper_options& o;
    ssh_channel channel;
    input in;
    bool signalled = false;
};

void on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*, const char*, void* user)
{
    static_cast<work*>(user)->o.report(signal);
}

/// Moves what can be moved. Returns: whether something was.
bool turn(ssh_session s, work& w)
{
    bool moved = false;
    static char block[65536];
    for (const bool error_stream : {false, true}) {
        const int n = ssh_channel_read_nonblocking(w.channel, block, sizeof block, error_stream);
        must(n >= 0 || n == SSH_EOF, s, "read");
        if (n <= 0)
            continue;
        write_all(error_stream ? 2 : 1, block, static_cast<std::size_t>(n));
        moved = true;
        if (w.o.has("signal") && !w.signalled) {
            must(ssh_channel_request_send_signal(w.channel, w.o.text("signal").c_str()) == SSH_OK, s, "signal");
            w.signalled = true;
        }
    }
    ::pollfd p{0, POLLIN, 0};
    if (w.in.wants_more() && ::poll(&p, 1, 0) > 0)
        w.in.take();
    if (w.in.at < w.in.size && ssh_channel_window_size(w.channel) > 0) {
        const int n = ssh_channel_write(w.channel, w.in.block + w.in.at, static_cast<std::uint32_t>(w.in.size - w.in.at));
        must(n >= 0, s, "write");
        w.in.at += static_cast<std::size_t>(n);
        moved = moved || n > 0;
    } else if (w.in.ended && !w.in.told) {
        w.in.told = true;
        ssh_channel_send_eof(w.channel);
    }
    return moved;
}

int run(const helper_options& o)
{
    ssh_session s = ssh_new();
    const unsigned port = o.port();
    const long seconds = 100;
    const bool no = false;
    ssh_options_set(s, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(s, SSH_OPTIONS_PORT, &port);
    ssh_options_set(s, SSH_OPTIONS_USER, o.text("user").c_str());
    ssh_options_set(s, SSH_OPTIONS_TIMEOUT, &seconds);
    ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    if (o.has("rekey")) {
        const std::uint64_t bytes = std::stoull(o.text("rekey"));
        ssh_options_set(s, SSH_OPTIONS_REKEY_DATA, &bytes);
    }
    must(ssh_connect(s) == SSH_OK, s, "connect");
    must(log_in(s, o) == SSH_AUTH_SUCCESS, s, "log in");
    work w{o, ssh_channel_new(s), {}};
    must(ssh_channel_open_session(w.channel) == SSH_OK, s, "open");
    ssh_channel_callbacks_struct callbacks = {};
    callbacks.userdata = &w;
    callbacks.channel_exit_signal_function = on_exit_signal;
    ssh_callbacks_init(&callbacks);
    ssh_set_channel_callbacks(w.channel, &callbacks);
    if (o.has("terminal"))
        must(ssh_channel_request_pty_size(w.channel, "vt100", 91, 33) == SSH_OK, s, "terminal");
    must(ssh_channel_request_exec(w.channel, o.text("command").c_str()) == SSH_OK, s, "exec");
    while (!ssh_channel_is_eof(w.channel) || !ssh_channel_is_closed(w.channel)) {
        if (turn(s, w) || ssh_channel_is_closed(w.channel))
            continue;
        ::pollfd both[2] = {{ssh_get_fd(s), POLLIN, 0}, {w.in.wants_more() ? 0 : -1, POLLIN, 0}};
        ::poll(both, 2, 20);
        must(ssh_is_connected(s), s, "connection");
    }
    while (turn(s, w)) {
    }
    const int status = ssh_channel_get_exit_status(w.channel);
    ssh_channel_free(w.channel);
    ssh_disconnect(s);
    ssh_free(s);
    return status >= 0 ? status : 255;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(helper_options(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "libssh-client: %s\n", e.what());
        return 255;
    }
}
