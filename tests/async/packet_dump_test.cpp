// The dump of packets that options ask for: all that a peer needs to be understood, and no secret.
#include "ends.hpp"
#include "sshoal/events.hpp"

using namespace rig;

namespace {

/// Joins what is shown of all packets.
class dump final : public event_sink {
public:
    void on_event(const event_origin&, const event& e) override
    {
        const auto* const p = e.as<events::packet>();
        if (!p)
            return;
        CHECK(p->bytes.size() <= p->size);
        ++packets;
        shown += p->bytes.size();
        text.append(reinterpret_cast<const char*>(p->bytes.data()), p->bytes.size());
    }
    bool wants_packets() const noexcept override { return true; }
    bool has(std::string_view part) const { return text.find(part) != std::string::npos; }

    std::string text;
    std::size_t packets = 0, shown = 0;
};

awaitable<auth_decision> decided(auth_decision d) { co_return d; }

awaitable<auth_decision> demanding(auth_request r)
{
    using kind = auth_request::kind;
    if (r.what == kind::password && r.password == "OLD-SECRET")
        return decided(auth_decision::change_password("choose another"));
    if (r.what == kind::new_password && r.new_password == "NEW-SECRET")
        return decided(auth_decision::more(names("keyboard-interactive")));
    if (r.what == kind::interactive)
        return decided(auth_decision::ask({{"Animal? ", true}, {"Colour? ", false}}));
    if (r.what == kind::answers && r.answers == names("CAT-SECRET", "BLUE-SECRET"))
        return decided(auth_decision::accept());
    return decided(auth_decision::reject());
}

awaitable<std::optional<std::string>> fresh(std::string, unsigned) { co_return std::optional<std::string>("NEW-SECRET"); }

awaitable<std::optional<std::vector<std::string>>> answers(interactive_prompts)
{
    co_return std::optional<std::vector<std::string>>(names("CAT-SECRET", "BLUE-SECRET"));
}

client_options secretive()
{
    return keyless_setup().password("OLD-SECRET").new_password(fresh).interactive(answers).methods(
        names("password", "keyboard-interactive"));
}

server_options asking()
{
    return server_setup().authenticator(authenticate_if(demanding, names("password"))).accept_env(names("*"));
}

awaitable<void> use(pair p)
{
    serve(p.server, echo);
    const run_options how = run_options().env("TOKEN", "ENV-SECRET").input("DATA-SECRET");
    run_result echoed = co_await p.client.run("login --password COMMAND-SECRET", how);
    CHECK(echoed.out == "DATA-SECRET");
    co_await p.client.rekey();
    co_await p.client.request("own@example.org", bytes_of("REQUEST-SECRET"));
    p.client.send_ignore(std::as_bytes(std::span(std::string_view("IGNORED-SECRET"))));
    co_await p.client.ping();
}

} // namespace

TEST_CASE("a dump of packets has the messages of both ends, and no secret in them")
{
    run_test([]() -> awaitable<void> {
        const auto at_server = std::make_shared<dump>(), at_client = std::make_shared<dump>();
        pair p = co_await connected(asking().events(at_server).dump_packets(), secretive().events(at_client).dump_packets());
        co_await use(p);
        for (const auto& d : {at_server, at_client}) {
            CHECK(d->packets > 20);
            CHECK_FALSE(d->has("SECRET"));
            for (const char* const part :
                 {"curve25519-sha256", "ssh-userauth", "tester", "password", "choose another", "Animal? ", "keyboard-interactive",
                  "session", "exec", "own@example.org", "exit-status"}) {
                INFO(part);
                CHECK(d->has(part));
            }
        }
    });
}

TEST_CASE("a dump of packets shows as much data as it is told to, and never passwords or answers")
{
    run_test([]() -> awaitable<void> {
        const auto all = std::make_shared<dump>();
        pair p = co_await connected(asking().events(all).dump_packets(1000), secretive());
        co_await use(p);
        for (const char* const part : {"ENV-SECRET", "DATA-SECRET", "COMMAND-SECRET", "REQUEST-SECRET", "IGNORED-SECRET"})
            CHECK(all->has(part));
        for (const char* const part : {"OLD-SECRET", "NEW-SECRET", "CAT-SECRET", "BLUE-SECRET"})
            CHECK_FALSE(all->has(part));
    });
}

TEST_CASE("without the option no bytes of packets are shown")
{
    run_test([]() -> awaitable<void> {
        const auto sizes = std::make_shared<dump>();
        pair p = co_await connected(asking(), secretive().events(sizes));
        co_await use(p);
        CHECK(sizes->packets > 20);
        CHECK(sizes->shown == 0);
    });
}

TEST_CASE("the log has the dump in rows behind each packet's line, at trace")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> lines;
        auto keep = [&lines](log_level l, std::string_view line) {
            if (l == log_level::trace)
                lines.emplace_back(line.substr(line.find("] ") + 2));
        };
        {
            pair p = co_await connected(server_setup(), client_setup().log(keep, log_level::trace).dump_packets(20));
            p.client.send_ignore(std::as_bytes(std::span(std::string_view("0123456789abcdefghijklm"))));
            co_await p.client.ping();
        }
        const auto at = std::find(lines.begin(), lines.end(), "> SSH_MSG_IGNORE 28");
        REQUIRE(lines.end() - at > 3);
        CHECK(at[1] == "> 0000  02 00 00 00 17 30 31 32  33 34 35 36 37 38 39 61  .....0123456789a");
        CHECK(at[2] == "> 0010  62 63 64 65 66 67 68 69  6a" + std::string(23, ' ') + "bcdefghij");
        CHECK(at[3] == "> 0019  (3 more not shown)");
        const std::string newkeys = "> 0000  15" + std::string(48, ' ') + ".";
        CHECK(std::find(lines.begin(), lines.end(), newkeys) != lines.end());
    });
}
