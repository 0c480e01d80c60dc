// What a log-in's decision allows: kept by the connection, applied to sessions and forwarding, narrowed by further steps.
#include "ends.hpp"

#include "session_bodies.hpp"
#include "wire/forwarding_requests.hpp"

using namespace rig;
namespace msg = sshoal::wire::msg;

namespace {

/// Accepts user_key() with these permissions.
server_options allowing(permissions p, std::any data = {})
{
    auto decide = [p, data](auth_request r) -> awaitable<auth_decision> {
        const bool fits = r.key == user_key().public_half();
        co_return fits ? auth_decision::accept(p, data) : auth_decision::reject();
    };
    return server_setup().authenticator(authenticate_if(decide, names("publickey")));
}

awaitable<void> tell_request(server_session s, session_request q)
{
    std::string text = q.what == session_request::kind::exec    ? "exec "
                       : q.what == session_request::kind::shell ? "shell "
                                                                : "subsystem ";
    text += q.command + (q.forced ? " for \"" + q.original_command + '"' : "");
    for (const auto& [name, value] : q.env)
        text += ' ' + name + '=' + value;
    co_await s.write(text);
    co_await s.exit(0);
}

template <class M>
std::vector<std::byte> body_of(const M& m)
{
    return wire::encoded(m);
}

std::vector<std::byte> tcp_open(std::string_view host, std::uint32_t port)
{
    msg::direct_tcpip m;
    m.host = host;
    m.port = port;
    m.originator = "127.0.0.1";
    return body_of(m);
}

std::vector<std::byte> tcp_listen(std::string_view host, std::uint32_t port)
{
    msg::tcpip_forward m;
    m.address = host;
    m.port = port;
    return body_of(m);
}

std::vector<std::byte> x11_body()
{
    msg::x11_req m;
    m.single_connection = true;
    m.protocol = "MIT-MAGIC-COOKIE-1";
    m.cookie = "00ff";
    m.screen = 2;
    return body_of(m);
}

std::vector<std::byte> terminal_body()
{
    msg::pty_req m;
    m.term = "vt100";
    m.modes = view_of(std::string_view("\0", 1));
    return body_of(m);
}

std::vector<std::byte> body_for(std::string_view request)
{
    if (request == "pty-req")
        return terminal_body();
    return request == "x11-req" ? x11_body() : std::vector<std::byte>();
}

} // namespace

TEST_CASE("a connection keeps the permissions and the application's data of its log-in")
{
    run_test([]() -> awaitable<void> {
        permissions p;
        p.permit_open = {"db:1"};
        pair one = co_await connected(allowing(p, std::string("row 17")));
        CHECK(one.server.permissions().permit_open == p.permit_open);
        const auto* const row = std::any_cast<std::string>(&one.server.application_data());
        REQUIRE(row);
        CHECK(*row == "row 17");
        pair other = co_await connected();
        CHECK(other.server.permissions().terminal);
        CHECK(!other.server.application_data().has_value());
        CHECK(server_connection().permissions().sessions);
        CHECK(!server_connection().application_data().has_value());
    });
}

TEST_CASE("a forced command runs in place of whatever the client asks for, with the log-in's variables")
{
    run_test([]() -> awaitable<void> {
        permissions p;
        p.command = "backup";
        p.environment.emplace_back("LANG", "C");
        p.environment.emplace_back("WHO", "alice");
        pair ends = co_await connected(allowing(p));
        serve(ends.server, tell_request);
        run_result r = co_await ends.client.run("rm -r /", run_options().env("LANG", "de_DE"));
        CHECK(r.out == "exec backup for \"rm -r /\" LANG=C WHO=alice");
        process shell = co_await ends.client.start_shell();
        std::string out = co_await read_all(shell.io());
        CHECK(out == "exec backup for \"\" LANG=C WHO=alice");
        process sub = co_await ends.client.start_subsystem("sftp");
        out = co_await read_all(sub.io());
        CHECK(out == "exec backup for \"sftp\" LANG=C WHO=alice");
    });
}

TEST_CASE("sessions, terminals, X11 and the agent are refused where the log-in does not allow them")
{
    run_test([]() -> awaitable<void> {
        std::string asked;
        setup_function grant = [&](const session_setup& s) -> std::string {
            asked += s.what == session_setup::kind::x11 ? "x11 " + s.x11_cookie + ' ' : "other ";
            return s.allowed && s.application_data->has_value() ? "" : "no data";
        };
        const std::vector<session_setup::kind> about{session_setup::kind::session, session_setup::kind::terminal,
                                                     session_setup::kind::x11, session_setup::kind::agent};
        server_options all = allowing(permissions(), 1);
        all.permit_setup(grant, about);
        pair free = co_await connected(all);
        channel c = co_await free.client.open_channel("session");
        bool granted = co_await c.request("pty-req", terminal_body());
        CHECK(granted);
        granted = co_await c.request("x11-req", x11_body());
        CHECK(granted);
        granted = co_await c.request("auth-agent-req@openssh.com");
        CHECK(granted);
        CHECK(asked == "other other x11 00ff other ");

        server_options tied = allowing(permissions::restricted(), 1);
        tied.permit_setup(grant, about);
        pair bound = co_await connected(tied);
        c = co_await bound.client.open_channel("session");
        for (const char* name : {"pty-req", "x11-req", "auth-agent-req@openssh.com"}) {
            INFO(name);
            auto asking = c.request(name, body_for(name));
            granted = co_await std::move(asking);
            CHECK(!granted);
        }
        CHECK(asked == "other other x11 00ff other other "); // about the second session, and nothing else

        permissions none;
        none.sessions = false;
        pair closed = co_await connected(allowing(none));
        const failure f = co_await failure_of(closed.client.open_channel("session"));
        CHECK(f.code() == errc::channel_open_refused);
        CHECK(f.context().starts_with(make_error_code(open_failure::administratively_prohibited).message()));
    });
}

TEST_CASE("the application can refuse a session channel itself, and nothing serves X11 and the agent unasked")
{
    run_test([]() -> awaitable<void> {
        setup_function never = [](const session_setup& s) -> std::string {
            return s.what == session_setup::kind::session ? "one is enough" : "";
        };
        server_options o = server_setup();
        o.permit_setup(never, std::vector<session_setup::kind>(1, session_setup::kind::session));
        pair p = co_await connected(o);
        const failure f = co_await failure_of(p.client.open_channel("session"));
        CHECK(f.code() == errc::channel_open_refused);
        pair q = co_await connected(server_setup().permit_setup(never));
        channel c = co_await q.client.open_channel("session");
        bool granted = co_await c.request("x11-req", x11_body());
        CHECK(!granted);
        granted = co_await c.request("auth-agent-req@openssh.com");
        CHECK(!granted);
    });
}

TEST_CASE("forwarding that the log-in does not allow is refused before the application sees it")
{
    run_test([]() -> awaitable<void> {
        permissions p;
        p.permit_open = {"db:5432"};
        p.permit_listen = {"8080"};
        pair ends = co_await connected(allowing(p));
        channel_acceptor tcp = co_await listen_for(ends.server, "direct-tcpip");
        request_acceptor listens = co_await listen_for_requests(ends.server, "tcpip-forward");
        const failure f = co_await failure_of(ends.client.open_channel("direct-tcpip", tcp_open("db", 22)));
        CHECK(f.code() == errc::channel_open_refused);
        CHECK(f.context().starts_with(make_error_code(open_failure::administratively_prohibited).message()));
        auto no = co_await ends.client.request("tcpip-forward", tcp_listen("", 22));
        CHECK(!no);
        const executor at = ends.client.get_executor();
        beside opening = beside::start(at, ends.client.open_channel("direct-tcpip", tcp_open("db", 5432)));
        incoming_channel in = co_await tcp.accept();
        in.refuse(open_failure::connect_failed);
        beside asking = beside::start(at, ends.client.request("tcpip-forward", tcp_listen("", 8080)));
        incoming_request r = co_await listens.accept();
        r.answer(true);
        co_await settle();
        CHECK(opening.done());
        CHECK(asking.done());

        p.port_forwarding = false;
        pair shut = co_await connected(allowing(p));
        channel_acceptor unix_sockets = co_await listen_for(shut.server, "direct-streamlocal@openssh.com");
        msg::direct_streamlocal socket;
        socket.path = "/run/x";
        const failure g = co_await failure_of(shut.client.open_channel("direct-streamlocal@openssh.com", body_of(socket)));
        CHECK(g.code() == errc::channel_open_refused);
        CHECK(!unix_sockets.try_accept());
    });
}

TEST_CASE("a decision whose permissions do not hold for this client now is a rejection")
{
    run_test([]() -> awaitable<void> {
        permissions late;
        late.expiry = std::chrono::system_clock::now() - std::chrono::seconds(1);
        failures f = co_await failed_to_connect(allowing(late), client_setup());
        CHECK(f.client.code() == errc::authentication_failed);
        permissions early;
        early.expiry = std::chrono::system_clock::now() + std::chrono::hours(1);
        pair p = co_await connected(allowing(early));
        CHECK(p.server.permissions().expiry == early.expiry);

        permissions local;
        local.source_addresses = {"127.0.0.0/8"};
        f = co_await failed_to_connect(allowing(local), client_setup()); // memory has no address
        CHECK(f.client.code() == errc::authentication_failed);
        const executor here = co_await asio::this_coro::executor;
        listener near(here, listen_address("127.0.0.1", 0), allowing(local));
        beside accepting = beside::start(here, near.accept());
        auto options = client_setup();
        options.port(near.port());
        connection c = co_await connect("127.0.0.1", options);
        CHECK(c.is_open());
        permissions elsewhere;
        elsewhere.source_addresses = {"192.0.2.0/24"};
        listener far(here, listen_address("127.0.0.1", 0), allowing(elsewhere));
        beside waiting = beside::start(here, far.accept());
        options.port(far.port());
        const failure refused = co_await failure_of(connect("127.0.0.1", options));
        CHECK(refused.code() == errc::authentication_failed);
        far.close();
        co_await settle();
        CHECK(accepting.done());
        CHECK(waiting.done());
    });
}

TEST_CASE("what each step of a log-in allows holds for the whole")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            auth_decision d;
            permissions p;
            if (r.what == auth_request::kind::key_query) {
                p.command = "of a query, so never";
                d = auth_decision::accept(p);
            } else if (r.what == auth_request::kind::key) {
                p.command = "the key's";
                d = auth_decision::more(names("password"), p, 1);
            } else if (r.what == auth_request::kind::password && r.password == "secret") {
                p.terminal = false;
                d = auth_decision::accept(p);
            }
            co_return d;
        };
        const server_options s = server_setup().authenticator(authenticate_if(decide, names("publickey")));
        pair p = co_await connected(s, client_setup().password("secret"));
        CHECK(p.server.permissions().command == "the key's");
        CHECK(!p.server.permissions().terminal);
        CHECK(p.server.permissions().x11);
        CHECK(std::any_cast<int>(p.server.application_data()) == 1);
        CHECK(p.server.user_key().bare() == user_key().public_half());
    });
}

namespace {

/// Shows a certificate of a type that no server knows, and has it signed as the key.
class certificate_holder final : public signer {
public:
    const public_key& key() const override { return user_key().public_half(); }
    presented_key presented() const override
    {
        return presented_key(key(), bytes_of("not a certificate"), names("ssh-ed25519-cert-v01@openssh.com"));
    }
    awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) override
    {
        co_return user_key().sign(algorithm, data);
    }
};

} // namespace

TEST_CASE("a signer offers the key as it presents it, with the algorithms it names")
{
    run_test([]() -> awaitable<void> {
        std::string seen;
        auto keep = [&](log_level, std::string_view line) { seen += std::string(line) + '\n'; };
        auto options = keyless_setup();
        options.identity(std::make_shared<certificate_holder>()).identity(make_signer(user_key())).log(keep, log_level::debug);
        pair p = co_await connected(server_setup(), options);
        // The server does not know the first; the second is the same key by another blob, and is offered too.
        CHECK(p.server.user_key() == user_key().public_half());
        CHECK(seen.find("Offering public key") != seen.rfind("Offering public key"));
    });
}
