// Options of a server made of settings, and what a decision says of its user.
#include "ends.hpp"

#include "sshoal/sshd_config.hpp"

using namespace rig;

namespace {

sshd_settings server_settings_from(std::string_view text)
{
    auto config = sshd_config::parse(text, "file");
    REQUIRE(bool(config));
    return config->settings().value();
}

/// Options as a text says, with the host key and the log-in of the other tests.
server_options server_from(std::string_view text)
{
    sshd_settings s = server_settings_from(text);
    s.host_keys.clear();
    return server_options::from(s).host_key(host_key()).authenticator(authenticate_keys({user_key().public_half()}));
}

} // namespace

TEST_CASE("configuration: a server as sshd_config says")
{
    run_test([]() -> awaitable<void> {
        server_options o = server_from("VersionAddendum of the tests\nCiphers aes128-ctr\nMaxSessions 1");
        pair p = co_await connected(std::move(o));
        const connection_info i = p.client.info();
        CHECK(i.peer_identification == "SSH-2.0-sshoal of the tests");
        CHECK(p.server.info().peer_identification.starts_with("SSH-2.0-sshoal"));
        serve(p.server, wait_for_end);
        process a = co_await p.client.start("a");
        const failure f = co_await failure_of(p.client.start("b"));
        CHECK(f.code() == errc::channel_open_refused);
    });
}

TEST_CASE("configuration: host keys of a server that do not exist")
{
    run_test([]() -> awaitable<void> {
        sshd_settings s = server_settings_from("HostKey /nonexistent/key");
        failures f = co_await failed_to_connect(server_options::from(s), client_setup());
        CHECK(f.server.code() == errc::file_error);
        s = server_settings_from("");
        s.host_keys = {"/nonexistent/key"};
        f = co_await failed_to_connect(server_options::from(s), client_setup());
        CHECK(f.server.code() == errc::invalid_argument);
    });
}

TEST_CASE("configuration: a decision shows its user's banner, and its permissions limit sessions and variables")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            permissions allowed;
            allowed.max_sessions = 1;
            allowed.accept_env = names("MINE");
            auth_decision d = auth_decision::accept(std::move(allowed));
            d.banner = "for " + r.user + " only";
            co_return d;
        };
        std::string shown;
        server_options o = server_setup().banner("for everyone").authenticator(authenticate_if(decide, names("publickey")));
        pair p = co_await connected(std::move(o), client_setup().on_banner([&](std::string_view t) { shown = t; }));
        CHECK(shown.starts_with("for "));
        CHECK(shown.find("only") != std::string::npos);
        serve(p.server, wait_for_end);
        process a = co_await p.client.start("a");
        const failure f = co_await failure_of(p.client.start("b"));
        CHECK(f.code() == errc::channel_open_refused);
    });
}
