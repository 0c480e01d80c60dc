// Writers that wait for their turn while the stream takes nothing: whoever is left when others have given up is woken.
#include "ends.hpp"

#include "sshoal/byte_stream.hpp"

using namespace rig;

namespace {

/// A stream that can be made to take nothing.
class valve final : public byte_stream {
public:
    valve(std::unique_ptr<byte_stream> s, std::shared_ptr<bool> shut) : stream_(std::move(s)), shut_(std::move(shut)) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return stream_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        if (!*shut_)
            return stream_->try_write(from, ec);
        ec = asio::error::would_block;
        return 0;
    }
    awaitable<error_code> wait_readable() override { return stream_->wait_readable(); }
    awaitable<error_code> wait_writable() override
    {
        while (*shut_ && !closed_)
            co_await pause_for(std::chrono::milliseconds(1));
        if (closed_)
            co_return error_code(asio::error::operation_aborted);
        const error_code ec = co_await stream_->wait_writable();
        co_return ec;
    }
    void close() noexcept override
    {
        closed_ = true;
        stream_->close();
    }

private:
    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<bool> shut_;
    bool closed_ = false;
};

awaitable<void> accept_into(std::unique_ptr<byte_stream> s, server_options o, server_connection& c)
{
    c = co_await accept(std::move(s), std::move(o));
}

// The first write fills the output; behind it wait `given_up` that are cancelled, and one that is not.
awaitable<void> last_of_many(int given_up, std::uint32_t max_data)
{
    static const std::vector<std::byte> data(1'000'000);
    const executor here = co_await asio::this_coro::executor;
    const auto shut = std::make_shared<bool>(false);
    limits l;
    l.initial_window = 16u << 20;
    l.max_data = max_data;
    l.max_packet = 300 * 1024;
    auto server = server_setup();
    server.limits(l);
    auto client = client_setup();
    client.limits(l);
    const executor there = another_strand(here);
    auto streams = make_memory_streams(here, there, 4u << 20);
    server_connection served;
    auto accepting = beside::start(there, accept_into(std::move(streams.second), std::move(server), served));
    std::unique_ptr<byte_stream> through = std::make_unique<valve>(std::move(streams.first), shut);
    ends link;
    link.link.client = co_await connect(std::move(through), "memory", std::move(client));
    while (!accepting.done())
        co_await pause_for(std::chrono::milliseconds(1));
    link.link.server = served;

    std::vector<channel> from, to;
    for (int i = 0; i < given_up + 2; ++i) {
        ends more;
        more.link = link.link;
        co_await open_channel_of(more);
        more.client.set_priority(channel_priority::bulk);
        from.push_back(more.client);
        to.push_back(more.server);
    }
    co_await settle();
    *shut = true;
    std::vector<beside> writes;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const std::size_t size = i + 1 == from.size() ? 10'000 : data.size();
        auto write = from[i].write(std::span(data).first(size));
        beside started = co_await beside::start_here(std::move(write));
        writes.push_back(started);
    }
    for (std::size_t i = 0; i + 1 < writes.size(); ++i)
        writes[i].cancel(stop_partial);
    co_await settle();
    for (std::size_t i = 0; i + 1 < writes.size(); ++i)
        REQUIRE(writes[i].aborted());
    REQUIRE_FALSE(writes.back().done());

    *shut = false;
    for (int i = 0; i < 5000 && !writes.back().done(); ++i)
        co_await pause_for(std::chrono::milliseconds(1));
    CHECK(writes.back().done());
    link.link.client.close();
    link.link.server.close();
    while (!writes.back().done())
        co_await pause_for(std::chrono::milliseconds(1));
}

} // namespace

TEST_CASE("a write behind many that were cancelled is woken when the stream takes bytes again")
{
    run_test([] { return last_of_many(9, 32 * 1024); });
    run_test([] { return last_of_many(40, 32 * 1024); });
    run_test([] { return last_of_many(2, 250 * 1024); });
}
