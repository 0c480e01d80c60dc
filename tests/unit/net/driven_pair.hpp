// driven_pair.hpp - a client and a server, each an engine with its driver, joined by two scripted streams. Nothing sleeps: the
// test runs the io_context until it is idle, and an idle io_context with work left undone is a connection that stands still.
#pragma once

#include "../../engine/pair.hpp"
#include "net/driver.hpp"
#include "scripted_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

namespace sshoal::net::test {

/// One end: its driver, what it was told, and its stream.
struct driven_end : std::enable_shared_from_this<driven_end> {
    driven_end(asio::io_context& ctx, role self, executor work);
    void start();
    /// After commands to the engine that the end of the pair gives from outside.
    void kick() { link->kick(); }

    engine::test::end told;
    std::shared_ptr<stream_script> script = std::make_shared<stream_script>();
    std::optional<driver> link;

private:
    asio::io_context& ctx_;
    executor work_;
};

class driven_pair {
public:
    driven_pair();
    ~driven_pair();
    void start();

    /// Runs what is ready; what an end has sent stays in its script.
    void run_ready();
    /// Moves up to n bytes that `from` has sent to the other end. Returns how many.
    std::size_t deliver(driven_end& from, std::size_t n = without_limit);
    /// Lets the slow parts go on by one step: a question that an end was asked, or one job of the work executor.
    bool answer_one();
    /// Delivers and answers until nothing is left to do.
    void settle();
    driven_end& other(const driven_end& e) noexcept { return &e == client.get() ? *server : *client; }
    bool logged_in() const { return client->told.authenticated == 1 && server->told.authenticated == 1; }

    asio::io_context ctx, work_ctx;
    std::shared_ptr<driven_end> client, server;
};

} // namespace sshoal::net::test
