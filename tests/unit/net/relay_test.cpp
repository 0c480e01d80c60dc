#include "catch.hpp"
#include "scripted_stream.hpp"

#include "sshoal/relay.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

namespace sshoal::net::test {
namespace {

std::vector<std::byte> bytes_of(std::string_view text)
{
    const auto* const p = reinterpret_cast<const std::byte*>(text.data());
    return {p, p + text.size()};
}

std::string text_of(const std::vector<std::byte>& b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

/// A relay between two scripted streams. An idle io_context with a relay under way is a relay that waits.
struct relay_scene {
    asio::io_context ctx;
    std::shared_ptr<stream_script> a = std::make_shared<stream_script>(), b = std::make_shared<stream_script>();
    std::shared_ptr<relay_result> progress = std::make_shared<relay_result>();
    std::optional<relay_result> result;
    error_code thrown;
    asio::cancellation_signal signal;

    void start()
    {
        auto going = relay(std::make_unique<scripted_stream>(a), std::make_unique<scripted_stream>(b), progress);
        asio::co_spawn(ctx, std::move(going),
                       asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e, relay_result r) {
                           result = r;
                           try {
                               if (e)
                                   std::rethrow_exception(e);
                           } catch (const boost::system::system_error& what) {
                               thrown = what.code();
                           }
                       }));
        run();
    }
    void run()
    {
        ctx.restart();
        ctx.poll();
    }
    bool both_closed() const { return a->closed && b->closed; }
};

} // namespace

TEST_CASE("relay: bytes and the end of each direction are carried")
{
    const std::size_t piece = GENERATE(std::size_t(1), std::size_t(3), without_limit);
    relay_scene s;
    s.a->piece = s.b->piece = piece;
    s.start();
    s.a->arrive(bytes_of("a question"));
    s.run();
    CHECK(text_of(s.b->sent) == "a question");
    CHECK(s.progress->from_a == 10);
    s.a->arrive_end();
    s.run();
    CHECK(s.b->send_ended);
    CHECK_FALSE(s.a->send_ended);
    CHECK_FALSE(s.result);
    s.b->arrive(bytes_of("its answer"));
    s.b->arrive_end();
    s.run();
    CHECK(text_of(s.a->sent) == "its answer");
    CHECK(s.a->send_ended);
    REQUIRE(s.result);
    CHECK(s.result->from_a == 10);
    CHECK(s.result->from_b == 10);
    CHECK_FALSE(s.result->why);
    CHECK(s.both_closed());
}

TEST_CASE("relay: a side is read only as fast as the other side takes bytes")
{
    relay_scene s;
    s.b->room = 0;
    s.start();
    s.a->piece = 100;
    s.a->arrive(std::vector<std::byte>(1000));
    s.run();
    CHECK(s.a->inbox.size() == 900); // one piece is held, and no more is read
    for (int i = 0; i < 20; ++i) {
        s.b->make_room(50);
        s.run();
        CHECK(s.a->inbox.size() + s.b->sent.size() <= 1000);
        CHECK(s.a->inbox.size() + s.b->sent.size() >= 900);
    }
    CHECK(s.b->sent.size() == 1000);
    CHECK(s.progress->from_a == 1000);
}

TEST_CASE("relay: an error of one side ends the other")
{
    const bool of_a = GENERATE(true, false);
    const bool blocked = GENERATE(true, false);
    relay_scene s;
    auto& broken = of_a ? *s.a : *s.b;
    auto& other = of_a ? *s.b : *s.a;
    if (blocked) {
        broken.room = 0;
        other.arrive(bytes_of("is not taken"));
    }
    s.start();
    broken.arrive_end(asio::error::connection_reset);
    s.run();
    REQUIRE(s.result);
    CHECK(s.result->why.code() == asio::error::connection_reset);
    CHECK(s.both_closed());
    CHECK(other.was_reset);
}

TEST_CASE("relay: only a broken connection resets the other side")
{
    for (const error_code why : {error_code(asio::error::timed_out), error_code(asio::error::broken_pipe), error_code()}) {
        relay_scene s;
        s.start();
        s.a->arrive_end(why);
        s.b->arrive_end();
        s.run();
        REQUIRE(s.result);
        CHECK(s.both_closed());
        CHECK(s.b->was_reset == (why == asio::error::broken_pipe));
    }
}

TEST_CASE("relay: a side to which nothing can be written any more ends the other")
{
    relay_scene s;
    s.b->room = 0;
    s.start();
    s.a->arrive(bytes_of("x"));
    s.run();
    CHECK_FALSE(s.result);
    s.b->break_outlet(asio::error::broken_pipe);
    s.run();
    REQUIRE(s.result);
    CHECK(s.result->why.code() == asio::error::broken_pipe);
    CHECK(s.both_closed());
}

TEST_CASE("relay: where a side cannot end one direction alone, the end of that direction ends both sides")
{
    relay_scene s;
    s.b->can_half_close = false;
    s.start();
    s.a->arrive(bytes_of("all"));
    s.a->arrive_end();
    s.run();
    REQUIRE(s.result);
    CHECK(text_of(s.b->sent) == "all");
    CHECK_FALSE(s.result->why);
    CHECK(s.both_closed());
}

TEST_CASE("relay: a cancellation closes both sides")
{
    relay_scene s;
    s.b->room = GENERATE(std::size_t(0), without_limit);
    s.start();
    s.a->arrive(bytes_of("x"));
    s.run();
    CHECK_FALSE(s.result);
    s.signal.emit(asio::cancellation_type::terminal);
    s.run();
    CHECK(s.result);
    CHECK(s.thrown == asio::error::operation_aborted);
    CHECK(s.both_closed());
}

TEST_CASE("relay: a stream that fails at any call ends both sides, and what was counted was written")
{
    const bool fails_a = GENERATE(true, false);
    std::size_t calls = 0;
    for (std::size_t k = 0;; ++k) {
        INFO((fails_a ? "a" : "b") << " fails at call " << k);
        relay_scene s;
        (fails_a ? s.a : s.b)->fail_at = k;
        s.a->piece = s.b->piece = 4;
        s.b->room = 6;
        s.start();
        s.a->arrive(bytes_of("0123456789"));
        s.b->arrive(bytes_of("abcdef"));
        s.run();
        s.b->make_room(100);
        s.run();
        s.a->arrive_end();
        s.b->arrive_end();
        s.run();
        REQUIRE(s.result);
        CHECK(s.both_closed());
        CHECK(s.result->from_a == s.b->sent.size());
        CHECK(s.result->from_b == s.a->sent.size());
        if ((fails_a ? s.a : s.b)->calls <= k) {
            calls = k;
            CHECK_FALSE(s.result->why);
            CHECK(text_of(s.b->sent) == "0123456789");
            CHECK(text_of(s.a->sent) == "abcdef");
            break;
        }
    }
    CHECK(calls > 6);
}

TEST_CASE("relay: two streams in memory, a lot of data both ways")
{
    asio::io_context ctx;
    const executor ex(asio::make_strand(ctx));
    auto left = make_memory_streams(ex, ex, 1000), right = make_memory_streams(ex, ex, 777);
    std::optional<relay_result> result;
    asio::co_spawn(ex, relay(std::move(left.second), std::move(right.first)),
                   [&](std::exception_ptr, relay_result r) { result = r; });
    constexpr std::size_t total = 1'000'000;
    std::size_t taken[2] = {}, given[2] = {};
    byte_stream* const ends[2] = {left.first.get(), right.second.get()};
    std::vector<std::byte> some(5000);
    while (!result) {
        for (int i = 0; i < 2; ++i) {
            error_code ec;
            if (given[i] < total) {
                given[i] += ends[i]->try_write(std::span<const std::byte>(some).first(std::min(some.size(), total - given[i])), ec);
                if (given[i] == total)
                    CHECK_FALSE(ends[i]->shutdown_send());
            }
            taken[i] += ends[i]->try_read(some, ec);
        }
        ctx.restart();
        ctx.poll();
    }
    for (std::byte* const p = some.data(); p != nullptr;) {
        error_code ec;
        const std::size_t n = ends[0]->try_read(some, ec), m = ends[1]->try_read(some, ec);
        taken[0] += n;
        taken[1] += m;
        if (n + m == 0)
            break;
    }
    CHECK(taken[0] == total);
    CHECK(taken[1] == total);
    CHECK(result->from_a == total);
    CHECK(result->from_b == total);
}

TEST_CASE("relay: the end of the io_context destroys a relay under way")
{
    std::weak_ptr<relay_result> watched;
    {
        relay_scene s;
        s.start();
        watched = s.progress;
    }
    CHECK(watched.expired());
}

} // namespace sshoal::net::test
