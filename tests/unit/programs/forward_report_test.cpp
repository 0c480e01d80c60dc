// Reports of sshoal-forward over HTTP: each limit, one below it, at it and one above it.
#include "../forward_report.hpp"

#include "catch.hpp"

#include <sshoal/result_of.hpp>
#include <sshoal/run_on.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// A client that blocks, on a thread of its own.
class http_client {
public:
    explicit http_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        ::sockaddr_in to = {};
        to.sin_family = AF_INET;
        to.sin_port = ::htons(port);
        to.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const ::sockaddr*>(&to), sizeof to) == 0;
    }
    http_client(const http_client&) = delete;
    ~http_client() { ::close(fd_); }

    bool connected() const noexcept { return connected_; }
    void send(const std::string& text) const { (void)!::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// Returns: the first line, or "closed"; "silence" if nothing comes within the time.
    std::string first_line(std::chrono::milliseconds within = 20s) const
    {
        ::pollfd there = {fd_, POLLIN, 0};
        if (::poll(&there, 1, static_cast<int>(within.count())) != 1)
            return "silence";
        char room[4096];
        const ::ssize_t n = ::recv(fd_, room, sizeof room, 0);
        const std::string text(room, n > 0 ? std::size_t(n) : 0);
        return text.empty() ? "closed" : text.substr(0, text.find('\r'));
    }

private:
    int fd_;
    bool connected_ = false;
};

using work_of_client = std::function<void(std::uint16_t)>;

/// Serves reports with these limits while `work` runs on another thread.
void with_reports(programs::report_limits limits, work_of_client work)
{
    sshoal::asio::thread_pool beside(1);
    sshoal::run([&]() -> sshoal::awaitable<void> {
        const sshoal::executor here = co_await sshoal::asio::this_coro::executor;
        const programs::forward_daemon daemon(here, programs::forward_call());
        sshoal::stream_acceptor door(here, sshoal::listen_address("127.0.0.1", 0));
        std::function<void()> on_thread = [&work, port = door.port()] { work(port); };
        auto serving = programs::serve_reports(door, daemon, limits);
        auto working = sshoal::run_on(beside.get_executor(), std::move(on_thread));
        const std::size_t first = co_await sshoal::first_of(std::move(serving), std::move(working));
        CHECK(first == 1);
    });
}

/// A request of so many bytes.
std::string request_of(std::size_t size)
{
    const std::string begin = "GET / HTTP/1.0\r\nX: ", end = "\r\n\r\n";
    return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

} // namespace

TEST_CASE("reports: a request has at most so many bytes")
{
    programs::report_limits limits;
    CHECK(limits.longest_request == 8192);
    for (const std::size_t limit : {std::size_t(64), limits.longest_request}) {
        limits.longest_request = limit;
        with_reports(limits, [&](std::uint16_t port) {
            for (const auto& [size, status] : {std::pair(limit - 1, "HTTP/1.0 200 OK"), std::pair(limit, "HTTP/1.0 200 OK"),
                                               std::pair(limit + 1, "HTTP/1.0 431 Request Header Fields Too Large")}) {
                const http_client c(port);
                c.send(request_of(size));
                CHECK(c.first_line() == status);
            }
            const http_client endless(port);
            endless.send("GET / " + std::string(limit, 'x'));
            CHECK(endless.first_line().find(" 431 ") != std::string::npos);
        });
    }
}

TEST_CASE("reports: so many clients are served at a time, and one more waits for its turn")
{
    programs::report_limits limits;
    CHECK(limits.most_clients == 16);
    for (const std::size_t limit : {std::size_t(2), limits.most_clients}) {
        limits.most_clients = limit;
        with_reports(limits, [&](std::uint16_t port) {
            std::vector<std::unique_ptr<http_client>> silent;
            for (std::size_t i = 0; i + 1 < limit; ++i)
                silent.push_back(std::make_unique<http_client>(port));
            const http_client last_place(port); // limit - 1 are there
            last_place.send(request_of(60));
            CHECK(last_place.first_line() == "HTTP/1.0 200 OK");
            silent.push_back(std::make_unique<http_client>(port)); // the limit
            const http_client one_more(port);
            REQUIRE(one_more.connected());
            one_more.send(request_of(60));
            CHECK(one_more.first_line(200ms) == "silence");
            silent.back()->send(request_of(60));
            CHECK(silent.back()->first_line() == "HTTP/1.0 200 OK");
            CHECK(one_more.first_line() == "HTTP/1.0 200 OK");
        });
    }
}

TEST_CASE("reports: a client that is silent for too long is closed")
{
    programs::report_limits limits;
    CHECK(limits.time == 10s);
    limits.time = 2s;
    with_reports(limits, [&](std::uint16_t port) {
        const http_client slow(port), silent(port);
        const auto begin = std::chrono::steady_clock::now();
        slow.send("GET / ");
        CHECK(silent.first_line(100ms) == "silence");
        slow.send("HTTP/1.0\r\n\r\n");
        CHECK(slow.first_line() == "HTTP/1.0 200 OK");
        CHECK(silent.first_line() == "closed");
        CHECK(std::chrono::steady_clock::now() - begin >= 1990ms);
    });
}
