// Jobs that are out while the world changes: the log-in is cancelled, handles are dropped, the io_context is destroyed, the
// executor is stopped or destroyed. The sanitizers say whether it went well.
#include "ends.hpp"
#include "workshop.hpp"

using namespace rig;

namespace {

awaitable<void> log_in_and_change_keys(pair& p, server_options s, client_options c)
{
    p = co_await connected(std::move(s), std::move(c));
    co_await p.client.rekey();
}

/// n events, then `what`.
template <class F>
bool after_steps(unsigned n, F what)
{
    scene s;
    pair p;
    s.start(log_in_and_change_keys(p, handing_server(s), handing_client(s)));
    for (unsigned i = 0; i < n && s.running > 0; ++i)
        if (!s.step())
            break;
    const bool over = s.running == 0;
    what(s, p);
    return over;
}

} // namespace

TEST_CASE("the io_context is destroyed after every number of events, and the jobs that were out are done then")
{
    unsigned n = 0;
    for (bool over = false; !over; ++n) {
        auto shop = std::make_unique<workshop>();
        {
            scene s;
            pair p;
            std::swap(s.shop, shop);
            s.start(log_in_and_change_keys(p, handing_server(s), handing_client(s)));
            for (unsigned i = 0; i < n && s.running > 0; ++i)
                s.step();
            over = s.running == 0;
            std::swap(s.shop, shop);
        }
        shop->do_all();
    }
    CHECK(n > 40);
}

TEST_CASE("the io_context is destroyed while handles survive, and the jobs are done then")
{
    for (unsigned n = 0; n < 400; n += 7) {
        pair survivor;
        auto shop = std::make_unique<workshop>();
        {
            scene s;
            std::swap(s.shop, shop);
            s.start(log_in_and_change_keys(survivor, handing_server(s), handing_client(s)));
            for (unsigned i = 0; i < n && s.running > 0; ++i)
                s.step();
            std::swap(s.shop, shop);
        }
        shop->do_all();
        CHECK_NOTHROW(survivor = pair());
    }
}

TEST_CASE("handles are dropped after every number of events")
{
    unsigned n = 0;
    bool over = false;
    for (; !over; n += 3)
        over = after_steps(n, [](scene& s, pair& p) {
            p = pair();
            for (int i = 0; i < 5000 && s.step(); ++i) {
            }
        });
    CHECK(n > 50);
}

TEST_CASE("a log-in is cancelled after every number of events, and its jobs come back late")
{
    unsigned n = 0, too_late = 0;
    for (bool over = false; !over; n += 3) {
        scene s;
        asio::cancellation_signal stop;
        bool done = false;
        failure f;
        const server_options server = handing_server(s);
        const client_options client = handing_client(s);
        auto connecting = [&]() -> awaitable<void> {
            auto waiting = failure_of(connected(server, client));
            f = co_await std::move(waiting);
        };
        asio::co_spawn(s.strand(), connecting(),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { done = true; }));
        for (unsigned i = 0; i < n && !done; ++i)
            s.step();
        over = done;
        if (!done)
            stop.emit(asio::cancellation_type::terminal);
        s.rest(); // the jobs that are out stay out
        s.work_until([&] { return done; });
        INFO("after " << n << " events");
        CHECK((over || f || n > 25));
        too_late += !over && !f;
    }
    CHECK(n > 30);
    CHECK(too_late <= 2); // both are logged in, and only the news of it is on its way
}

TEST_CASE("an executor that is stopped: the log-in times out, at whichever end it is")
{
    for (const bool at_client : {true, false}) {
        scene s;
        limits l;
        l.kex_timeout = std::chrono::milliseconds(60);
        auto server = at_client ? server_setup() : handing_server(s, server_setup().limits(l));
        auto client = at_client ? handing_client(s, client_setup().limits(l)) : client_setup();
        failures f;
        auto meeting = [&]() -> awaitable<void> { f = co_await failed_to_connect(server, client); };
        s.start(meeting());
        s.wait_until([&] { return s.running == 0; });
        CHECK((at_client ? f.client : f.server).code() == errc::timed_out);
    }
}

TEST_CASE("an executor that is destroyed gives its jobs up, and the connection ends")
{
    for (const bool at_client : {true, false})
        for (unsigned rounds = 0; rounds < (at_client ? 2u : 1u); ++rounds) {
            scene s;
            auto server = at_client ? server_setup() : handing_server(s);
            auto client = at_client ? handing_client(s) : client_setup();
            failures f;
            auto meeting = [&]() -> awaitable<void> { f = co_await failed_to_connect(server, client); };
            s.start(meeting());
            s.rest();
            for (unsigned i = 0; i < rounds; ++i) {
                CHECK(s.shop->do_all() == 1);
                s.rest();
            }
            s.shop.reset();
            s.wait_until([&] { return s.running == 0; });
            const failure& worker = at_client ? f.client : f.server;
            CHECK(worker.code() == boost::system::errc::operation_canceled);
            CHECK(worker.context().find("shut down") != std::string::npos);
        }
}

TEST_CASE("a signature with the host key that comes back when the connection has ended is dropped")
{
    scene s;
    limits l;
    l.kex_timeout = std::chrono::milliseconds(60);
    failures f;
    const auto server = handing_server(s, server_setup().limits(l));
    auto meeting = [&]() -> awaitable<void> { f = co_await failed_to_connect(server, client_setup()); };
    s.start(meeting());
    s.rest();
    CHECK(s.shop->do_all() == 1); // the answer to the client's value; the signature is out now
    s.wait_until([&] { return s.running == 0; });
    CHECK(f.server.code() == errc::timed_out);
    CHECK(f.client.code() == errc::disconnected);
    CHECK(s.shop->do_all() == 1);
    s.rest();
}
