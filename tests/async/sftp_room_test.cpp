// room_to_send: what an upload keeps waiting before the link, who goes next, and that nobody is forgotten.
#include "sftp_peers.hpp"

#include "sftp/client/room_to_send.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::size_t piece_bytes = 255 * 1024, enough = 1u << 20, stream_bytes = 64 * 1024;

struct scene {
    std::shared_ptr<client_core> core;
    std::unique_ptr<byte_stream> far;
    std::vector<int> sent, unsent; ///< numbers of pieces, in order
};

awaitable<void> piece(scene& s, int number, bool has_nothing)
{
    const std::shared_ptr<client_core> core = s.core;
    room_to_send room(*core);
    auto coming = room.wait();
    const wake w = co_await std::move(coming);
    if (w == wake::cancelled || has_nothing)
        co_return;
    const std::shared_ptr<block> data = core->blocks().get(piece_bytes);
    data->size = piece_bytes;
    packet head(type::write, 0, 64);
    head.string("handle").u64(std::uint64_t(number) * piece_bytes).u32(piece_bytes);
    const auto id = core->send(std::move(head), data, outstanding_request());
    (id ? s.sent : s.unsent).push_back(number);
    room.release();
}

scene make_scene(const executor& here)
{
    auto ends = make_memory_streams(here, here, stream_bytes);
    scene s;
    s.core = client_core::make(make_stream_io(std::move(ends.first), here), sftp::client_options());
    s.far = std::move(ends.second);
    return s;
}

awaitable<std::size_t> read_from(byte_stream& far, std::size_t at_least)
{
    std::vector<std::byte> buffer(stream_bytes);
    std::size_t all = 0;
    while (all < at_least) {
        error_code ec;
        const std::size_t n = far.try_read(buffer, ec);
        all += n;
        if (n == 0) {
            const error_code waited = co_await far.wait_readable();
            if (waited)
                break;
        }
    }
    co_return all;
}

} // namespace

TEST_CASE("SFTP client: no more than a little of an upload waits to leave, and turns are taken in order")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        scene s = make_scene(here);
        std::vector<beside> pieces;
        for (int i = 0; i < 40; ++i)
            pieces.push_back(beside::start(here, piece(s, i, i == 11 || i == 12)));
        co_await settle();
        // The last one that has room begins below the limit.
        const std::size_t expected = (enough + stream_bytes + piece_bytes - 1) / piece_bytes;
        CHECK(s.sent.size() == expected);
        pieces[10].cancel(stop_total);
        co_await settle();
        CHECK(pieces[10].done());
        CHECK(s.sent.size() == expected);
        const std::size_t read = co_await read_from(*s.far, 37 * piece_bytes);
        CHECK(read >= 37 * piece_bytes);
        CHECK(s.sent.size() == 37);
        CHECK(std::is_sorted(s.sent.begin(), s.sent.end()));
        for (const beside& p : pieces)
            CHECK(p.done());
    });
}

TEST_CASE("SFTP client: whoever waits to send hears of the session's end")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        scene s = make_scene(here);
        std::vector<beside> pieces;
        for (int i = 0; i < 20; ++i)
            pieces.push_back(beside::start(here, piece(s, i, false)));
        co_await settle();
        const std::size_t sent = s.sent.size();
        CHECK(sent < 10);
        s.core->end(failure(errc::connection_lost));
        co_await settle();
        CHECK(s.sent.size() + s.unsent.size() == 20);
        CHECK(s.sent.size() == sent);
        for (const beside& p : pieces)
            CHECK(p.done());
    });
}

TEST_CASE("SFTP client: an upload whose server stops reading keeps little of it in memory, and other requests go before most of it")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        put_on_disk(folder.path / "from", pattern(40u << 20));
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        files->delay = std::chrono::milliseconds(20); // of every write
        beside putting = co_await beside::start_here(c.put((folder.path / "from").string(), "to", transfer_options().sparse(false)));
        for (int i = 0; i < 200 && files->writes == 0; ++i)
            co_await pause_for(std::chrono::milliseconds(5));
        const std::size_t before = files->writes;
        CHECK(before > 0);
        const bool there = co_await c.exists("to");
        CHECK(there);
        // What has left, what may wait, what is worked on at once, and one that began below the limit.
        const std::size_t ahead = files->writes - before;
        CHECK(ahead * piece_bytes < (256u << 10) + enough + 8 * piece_bytes + 2 * piece_bytes);
        putting.cancel(stop_total);
        while (!putting.done())
            co_await pause_for(std::chrono::milliseconds(5));
    });
}
