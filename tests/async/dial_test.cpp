// Addresses of one name: their order, attempts that overlap, limits, and what is left of the losers.
#include "ends.hpp"
#include "net/dialling.hpp"
#include "sshoal/dial.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <arpa/inet.h>
#include <dirent.h>
#include <unistd.h>

using namespace sshoal;
using namespace rig;
using asio::ip::tcp;
using std::chrono::milliseconds;

namespace {

net::tcp_endpoint at(const char* address, std::uint16_t port) { return tcp::endpoint(asio::ip::make_address(address), port); }

/// A listening socket: one with a full queue answers nothing on Linux, so that an attempt lasts.
class ear {
public:
    explicit ear(const char* address, bool silent)
    {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in a{};
        a.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &a.sin_addr);
        socklen_t size = sizeof a;
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&a), size) == 0);
        REQUIRE(::listen(fd_, silent ? 0 : 16) == 0);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &size);
        port_ = ntohs(a.sin_port);
        for (int i = 0; silent && i < 4; ++i) {
            fill_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            (void)::connect(fill_.back(), reinterpret_cast<sockaddr*>(&a), size);
        }
        where_ = at(address, port_);
    }
    ear(const ear&) = delete;
    ~ear()
    {
        for (const int fd : fill_)
            ::close(fd);
        ::close(fd_);
    }
    const net::tcp_endpoint& where() const { return where_; }
    endpoint place() const { return net::endpoint_of(where_); }
    std::string name() const { return place().describe(); }

private:
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::vector<int> fill_;
    net::tcp_endpoint where_;
};

/// An address where nobody listens.
net::tcp_endpoint closed_address(const char* address)
{
    const ear gone(address, false);
    return gone.where();
}

std::size_t open_descriptors()
{
    std::size_t n = 0;
    DIR* const d = ::opendir("/proc/self/fd");
    while (d != nullptr && ::readdir(d) != nullptr)
        ++n;
    if (d != nullptr)
        ::closedir(d);
    return n;
}

struct tries {
    std::vector<endpoint> begun, failed;
    dial_options watched(dial_options o)
    {
        o.on_attempt([this](const endpoint& a) { begun.push_back(a); });
        o.on_failure([this](const endpoint& a, const failure&) { failed.push_back(a); });
        return o;
    }
};

} // namespace

TEST_CASE("addresses of one name are tried with their families alternating, each once, and not too many")
{
    const auto a = at("192.0.2.1", 22), b = at("192.0.2.2", 22), c = at("192.0.2.3", 22);
    const auto x = at("2001:db8::1", 22), y = at("2001:db8::2", 22);
    using list = std::vector<net::tcp_endpoint>;
    CHECK(net::dialling_order({x, y, a, b, c}, dial_options()) == list{x, a, y, b, c});
    CHECK(net::dialling_order({a, b, c, x}, dial_options()) == list{a, x, b, c});
    CHECK(net::dialling_order({a, a, x, a, x}, dial_options()) == list{a, x});
    CHECK(net::dialling_order({x, a, y}, dial_options().family(address_family::ipv6)) == list{x, y});
    CHECK(net::dialling_order({x, a, y}, dial_options().family(address_family::ipv4)) == list{a});
    CHECK(net::dialling_order({x, y}, dial_options().family(address_family::ipv4)).empty());
    CHECK(net::dialling_order({a, b, c}, dial_options().max_addresses(2)) == list{a, b});
    CHECK(net::dialling_order({a, b, c}, dial_options().max_addresses(3)) == list{a, b, c});
    CHECK(net::dialling_order({a, b, c}, dial_options().max_addresses(4)) == list{a, b, c});
    CHECK(net::dialling_order({a, b}, dial_options().max_addresses(0)) == list{a});
    CHECK(net::dialling_order({}, dial_options()).empty());
}

TEST_CASE("a first address that is silent does not keep the second from being tried, and its socket is closed")
{
    const ear silent("127.0.0.2", true), good("127.0.0.1", false);
    run_test([&]() -> awaitable<void> {
        tries seen;
        const dial_options o = seen.watched(dial_options().attempt_delay(milliseconds(40)));
        const std::size_t before = open_descriptors();
        const auto begun = std::chrono::steady_clock::now();
        std::vector<net::tcp_endpoint> both{silent.where(), good.where()};
        auto dialling = net::dial("two", std::move(both), o);
        auto stream = co_await std::move(dialling);
        const auto took = std::chrono::steady_clock::now() - begun;
        REQUIRE(stream);
        CHECK((*stream)->remote() == good.place());
        CHECK(took >= milliseconds(40)); // the first one had the network to itself for so long
        CHECK(took < std::chrono::seconds(10));
        CHECK(seen.begun == std::vector<endpoint>{silent.place(), good.place()});
        CHECK(seen.failed.empty());
        CHECK(open_descriptors() == before + 1);
    });
}

TEST_CASE("the name * is nobody's, though the system's look-up takes it for this machine")
{
    run_test([]() -> awaitable<void> {
        auto dialling = net::dial_tcp("*", "22", dial_options());
        const net::stream_outcome reached = co_await std::move(dialling);
        REQUIRE_FALSE(reached);
        CHECK(reached.error().code() == asio::error::host_not_found);
    });
}

TEST_CASE("an address that refuses is followed by the next at once, whatever the delay")
{
    const auto closed = closed_address("127.0.0.2");
    const ear good("127.0.0.1", false);
    run_test([&]() -> awaitable<void> {
        tries seen;
        const dial_options o = seen.watched(dial_options().attempt_delay(std::chrono::hours(1)));
        std::vector<net::tcp_endpoint> both{closed, good.where()};
        auto dialling = net::dial("two", std::move(both), o);
        auto stream = co_await std::move(dialling);
        REQUIRE(stream);
        CHECK((*stream)->remote() == good.place());
        CHECK(seen.failed == std::vector<endpoint>{net::endpoint_of(closed)});
    });
}

TEST_CASE("each address has its own limit, and the error tells of each why it failed")
{
    const ear silent("127.0.0.2", true);
    const auto closed = closed_address("127.0.0.1");
    run_test([&]() -> awaitable<void> {
        const std::size_t before = open_descriptors();
        const auto begun = std::chrono::steady_clock::now();
        std::vector<net::tcp_endpoint> both{silent.where(), closed};
        auto dialling = net::dial("two", std::move(both), dial_options().timeout({}).address_timeout(milliseconds(60)));
        auto stream = co_await std::move(dialling);
        REQUIRE_FALSE(stream);
        CHECK(std::chrono::steady_clock::now() - begun >= milliseconds(60));
        const std::string text = stream.error().context();
        CHECK(text.starts_with("two: "));
        CHECK(text.find(silent.name() + ": no answer within ") != std::string::npos);
        CHECK(stream.error().message().find(net::endpoint_of(closed).describe() + ": Connection refused") != std::string::npos);
        CHECK(open_descriptors() == before);
    });
}

TEST_CASE("one limit for all ends attempts that have time left, and says of each how long it waited")
{
    const ear first("127.0.0.2", true), second("127.0.0.3", true);
    run_test([&]() -> awaitable<void> {
        const std::size_t before = open_descriptors();
        std::vector<net::tcp_endpoint> both{first.where(), second.where()};
        const auto o = dial_options().attempt_delay(milliseconds(10)).timeout(milliseconds(80)).address_timeout({});
        auto dialling = net::dial("two", std::move(both), o);
        auto stream = co_await std::move(dialling);
        REQUIRE_FALSE(stream);
        CHECK(stream.error().code() == errc::timed_out);
        const std::string text = stream.error().context();
        CHECK(text.starts_with("no TCP connection within 80 ms: two: "));
        for (const ear* e : {&first, &second})
            CHECK(text.find(e->name() + ": no answer within ") != std::string::npos);
        CHECK(open_descriptors() == before);
    });
}

TEST_CASE("all addresses are tried again as often as the options say, a second apart")
{
    const auto closed = closed_address("127.0.0.1");
    run_test([&]() -> awaitable<void> {
        tries seen;
        const auto begun = std::chrono::steady_clock::now();
        std::vector<net::tcp_endpoint> one{closed};
        auto dialling = net::dial("one", std::move(one), seen.watched(dial_options().attempts(2)));
        auto stream = co_await std::move(dialling);
        REQUIRE_FALSE(stream);
        CHECK(seen.begun.size() == 2);
        CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds(1));
        CHECK(stream.error().message() == "one: " + net::endpoint_of(closed).describe() + ": Connection refused");
        seen.begun.clear();
        std::vector<net::tcp_endpoint> again{closed};
        auto once = net::dial("one", std::move(again), seen.watched(dial_options().attempts(0)));
        auto none = co_await std::move(once);
        CHECK_FALSE(none);
        CHECK(seen.begun.size() == 1);
    });
}

TEST_CASE("a cancelled dial closes every attempt before it returns")
{
    const ear first("127.0.0.2", true), second("127.0.0.3", true);
    run_test([&]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const std::size_t before = open_descriptors();
        tries seen;
        std::vector<net::tcp_endpoint> both{first.where(), second.where()};
        auto dialling = net::dial("two", std::move(both), seen.watched(dial_options().attempt_delay(milliseconds(10))));
        beside running = beside::start(ex, std::move(dialling));
        while (seen.begun.size() < 2)
            co_await pause_for(milliseconds(5));
        CHECK(open_descriptors() == before + 2);
        running.cancel(stop_terminal);
        while (!running.done())
            co_await settle();
        CHECK(open_descriptors() == before);
        CHECK(seen.failed.empty());
    });
}

TEST_CASE("an io_context that goes away takes a dial with it")
{
    const ear silent("127.0.0.2", true);
    const std::size_t before = open_descriptors();
    {
        asio::io_context ctx;
        auto dialling = [](net::tcp_endpoint where) -> awaitable<void> {
            std::vector<net::tcp_endpoint> one{std::move(where)};
            auto d = net::dial("one", std::move(one), dial_options());
            auto ignored = co_await std::move(d);
        };
        asio::co_spawn(ctx.get_executor(), dialling(silent.where()), asio::detached);
        ctx.poll();
    }
    CHECK(open_descriptors() == before);
}
