// A storm of log-ins whose computing is handed over, and a live session on the same thread, which is to notice nothing (L07,
// L28).
#include "ends.hpp"
#include "sshoal/run_on.hpp"
#include "workshop.hpp"

#include <boost/asio/thread_pool.hpp>

#include <deque>
#include <mutex>

using namespace rig;

namespace {

/// Keys that take long.
const private_key& slow_key()
{
    static const private_key k = private_key::generate(key_type::rsa, 4096).value();
    return k;
}

struct storm {
    std::deque<pair> links;

    void begin(scene& s, int n, const server_options& server, const client_options& client)
    {
        for (int i = 0; i < n; ++i) {
            links.emplace_back();
            s.start(meet_into(links.back(), server, client));
        }
    }
    int logged_in() const
    {
        int n = 0;
        for (const pair& p : links)
            n += p.server && p.client;
        return n;
    }
};

/// A session that is there before the storm, and works while the jobs of that lie about.
void stands_in_a_storm(scene& s, int clients, const server_options& server, const client_options& client,
                       int before_the_storm_stands)
{
    pair live;
    s.start(meet_into(live, handing_server(s), handing_client(s)));
    s.work_until([&] { return s.running == 0; });
    REQUIRE(live.client);
    serve(live.server, echo);

    storm all;
    all.begin(s, clients, server, client);
    for (int i = 0; i < before_the_storm_stands; ++i) { // each is a job further
        s.rest();
        s.shop->do_all();
    }
    s.rest();
    CHECK(s.running == clients);
    int echoed = 0;
    s.start(echo_messages(live.client, 1000, echoed));
    s.wait_until([&] { return s.running == clients; });
    CHECK(echoed == 1000);
    CHECK(all.logged_in() == 0);

    s.work_until([&] { return s.running == 0; });
    CHECK(all.logged_in() == clients);
    CHECK(s.errors.empty());
    for (const auto& e : s.errors)
        WARN(e);
}

awaitable<auth_decision> slow_password(auth_request r, std::shared_ptr<int> asked)
{
    if (r.what != auth_request::kind::password)
        co_return auth_decision::reject();
    std::function<bool()> check = [asked, password = std::move(r.password)] {
        ++*asked;
        return password == "right";
    };
    auto checking = run_on(r.work, std::move(check));
    const bool right = co_await std::move(checking);
    co_return right ? auth_decision::accept() : auth_decision::reject();
}

} // namespace

TEST_CASE("L28 fifty clients stand in their key exchange, wherever in it, while a live session echoes")
{
    for (const int depth : {0, 1, 3, 4}) {
        INFO("after " << depth << " rounds of jobs");
        scene s;
        stands_in_a_storm(s, 50, handing_server(s), handing_client(s), depth);
    }
}

TEST_CASE("L28 the same with RSA keys of 4096 bits for hosts and users")
{
    scene s;
    const auto server = server_options()
                            .host_key(slow_key())
                            .authenticator(authenticate_keys({slow_key().public_half()}, "tester"))
                            .auth_failure_delay(std::chrono::milliseconds(0));
    const auto client = client_options().user("tester").host_key(slow_key().public_half()).key(slow_key());
    stands_in_a_storm(s, 10, handing_server(s, server), handing_client(s, client), 2);
}

TEST_CASE("L28 the same with identity files that bcrypt protects, and an authorized_keys file")
{
    const temporary_folder folder;
    const std::string file = folder.path / "id_encrypted", list = folder.path / "authorized_keys";
    std::filesystem::remove(file);
    REQUIRE(user_key().save(file, "open sesame").has_value());
    std::FILE* f = std::fopen(list.c_str(), "w");
    REQUIRE(f);
    std::fprintf(f, "%s\n", user_key().public_half().line().c_str());
    std::fclose(f);

    scene s;
    const auto server = server_setup().authenticator(authenticate_authorized_keys(list, false));
    const auto client = keyless_setup().identity_file(file).passphrase("open sesame");
    stands_in_a_storm(s, 8, handing_server(s, server), handing_client(s, client), 5);

    scene wrong;
    storm refused;
    refused.begin(wrong, 1, handing_server(wrong, server),
                  handing_client(wrong, keyless_setup().identity_file(file).passphrase("sesame")));
    wrong.work_until([&] { return wrong.running == 0; });
    REQUIRE(wrong.errors.size() == 1);
    CHECK(wrong.errors[0].find("passphrase") != std::string::npos);
}

TEST_CASE("L07 fifty clients with wrong passwords stand in the hash of an authenticator, while a live session echoes")
{
    scene s;
    pair live;
    s.start(meet_into(live, handing_server(s), handing_client(s)));
    s.work_until([&] { return s.running == 0; });
    serve(live.server, echo);

    auto asked = std::make_shared<int>(0);
    auth_function decide = [asked](auth_request r) { return slow_password(std::move(r), asked); };
    auto server = server_setup().authenticator(decide).work_executor(s.shop->get()).max_auth_tries(3);
    password_function wrong = [](std::string, unsigned) -> awaitable<std::optional<std::string>> { co_return "wrong"; };
    storm all;
    all.begin(s, 50, server, keyless_setup().password(wrong).methods(names("password")));
    // Until all of them wait for the hash: then a round of jobs has been fifty of the authenticator's.
    for (int i = 0; i < 100 && *asked < 50; ++i) {
        s.rest();
        s.shop->do_all();
    }
    s.rest();
    REQUIRE(*asked >= 50);
    int echoed = 0;
    s.start(echo_messages(live.client, 1000, echoed));
    s.wait_until([&] { return echoed == 1000; });
    s.work_until([&] { return s.running == 0; });
    CHECK(*asked == 150);
    CHECK(s.errors.size() == 50);
    CHECK(all.logged_in() == 0);
}

TEST_CASE("fifty clients log in and change keys every few packets, on two threads with a pool of two beside them")
{
    asio::thread_pool pool(2);
    run_test(
        [&pool]() -> awaitable<void> {
            const executor here = co_await asio::this_coro::executor;
            limits often;
            often.rekey_packets = 12;
            const auto server = server_setup().limits(often).work_executor(pool.get_executor());
            const auto client = client_setup().limits(often).work_executor(pool.get_executor());
            std::vector<beside> all;
            for (int i = 0; i < 50; ++i) {
                auto one = [](server_options so, client_options co) -> awaitable<void> {
                    pair p = co_await connected(std::move(so), std::move(co));
                    serve(p.server, echo);
                    int echoed = 0;
                    co_await echo_messages(p.client, 30, echoed);
                    if (p.client.stats().key_exchanges < 3)
                        throw std::runtime_error("too few key exchanges");
                };
                auto work = one(server, client);
                all.push_back(beside::start(another_strand(here), std::move(work)));
            }
            for (const beside& b : all)
                while (!b.done())
                    co_await pause_for(std::chrono::milliseconds(2));
            for (const beside& b : all) {
                CHECK_FALSE(b.result());
                if (b.result())
                    WARN(b.result().message());
            }
        },
        2);
    pool.join();
}
