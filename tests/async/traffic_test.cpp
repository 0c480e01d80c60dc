// The class of traffic that marks a connection's packets: from the log-in on, and while a terminal is there.
#include "ends.hpp"

#include "sshoal/byte_stream.hpp"

using namespace rig;

namespace {

/// A stream that remembers its classes.
class marked_stream final : public byte_stream {
public:
    marked_stream(std::unique_ptr<byte_stream> s, std::shared_ptr<std::vector<int>> marks)
        : stream_(std::move(s)), marks_(std::move(marks))
    {
    }
    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return stream_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override { return stream_->try_write(from, ec); }
    awaitable<error_code> wait_readable() override { return stream_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return stream_->wait_writable(); }
    void close() noexcept override { stream_->close(); }
    error_code set_traffic_class(int octet) noexcept override
    {
        marks_->push_back(octet);
        return {};
    }

private:
    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<std::vector<int>> marks_;
};

using marks = std::vector<int>;

/// Returns: the marks of both ends, after a program without a terminal and one with a terminal.
awaitable<std::pair<marks, marks>> marks_of(traffic_classes classes)
{
    const executor here = co_await asio::this_coro::executor;
    auto of_client = std::make_shared<marks>(), of_server = std::make_shared<marks>();
    auto streams = make_memory_streams(here, here);
    std::unique_ptr<byte_stream> ours = std::make_unique<marked_stream>(std::move(streams.first), of_client);
    std::unique_ptr<byte_stream> theirs = std::make_unique<marked_stream>(std::move(streams.second), of_server);
    auto meeting = both(accept(std::move(theirs), server_setup().traffic(classes)),
                        connect(std::move(ours), "memory", client_setup().traffic(classes)));
    auto met = co_await std::move(meeting);
    serve(met.first, echo);
    auto plain = met.second.run("cat", run_options().input("x"));
    co_await std::move(plain);
    auto starting = met.second.start("cat", process_options().pty(terminal()));
    process p = co_await std::move(starting);
    p.close();
    for (int i = 0; i < 2000 && (of_client->size() < 3 || of_server->size() < 3) && classes.interactive >= 0; ++i)
        co_await pause_for(std::chrono::milliseconds(1));
    met.second.close();
    std::pair<marks, marks> found(*of_client, *of_server);
    co_return found;
}

} // namespace

TEST_CASE("packets have the class of bulk, and the other one while a channel has a terminal")
{
    run_test([]() -> awaitable<void> {
        std::pair<marks, marks> found = co_await marks_of(traffic_classes(0x10, 0x08));
        CHECK(found.first == marks{0x08, 0x10, 0x08});
        CHECK(found.second == marks{0x08, 0x10, 0x08});
        found = co_await marks_of(traffic_classes(0x10, -1));
        CHECK(found.first == marks{0x10, 0});
        found = co_await marks_of(traffic_classes());
        CHECK(found.first.empty());
        CHECK(found.second.empty());
    });
}

TEST_CASE("a class is an octet")
{
    run_test([]() -> awaitable<void> {
        for (const int octet : {-2, 256}) {
            const failure f = co_await failure_of(connect("127.0.0.1", client_setup().port(1).traffic(traffic_classes(octet, 0))));
            CHECK(f.code() == errc::invalid_argument);
        }
        for (const int octet : {-1, 255}) {
            const failure f = co_await failure_of(connect("127.0.0.1", client_setup().port(1).traffic(traffic_classes(octet, 0))));
            CHECK(f.code() == asio::error::connection_refused);
        }
    });
}
