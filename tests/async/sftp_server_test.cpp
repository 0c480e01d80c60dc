// The SFTP server: what runs side by side and what in order, and every way in which a session can end.

#include "sftp_rig.hpp"

using namespace rig;
using namespace sshoal::sftp;
using std::chrono::milliseconds;

namespace {

std::size_t index_of(const std::vector<std::string>& all, std::string_view what)
{
    return std::size_t(std::find(all.begin(), all.end(), what) - all.begin());
}

/// One batch of requests in one piece; how many of them were worked on at once.
awaitable<void> side_by_side(std::size_t parallel, std::size_t asked, std::size_t expected)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files, serve_options().max_parallel(parallel));
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read);
    files->delay = milliseconds(20);
    files->most_running = 0;
    bytes batch;
    for (std::size_t i = 0; i < asked; ++i) {
        packet p = request(type::read, std::uint32_t(i));
        append(batch, std::move(p.string(a).u64(i).u32(10)).finish());
    }
    co_await c.send(std::move(batch));
    std::vector<bool> seen(asked);
    for (std::size_t i = 0; i < asked; ++i) {
        const sftp_reply r = co_await c.receive();
        REQUIRE(r.what() == type::data);
        REQUIRE(r.id() < asked);
        CHECK_FALSE(seen[r.id()]);
        seen[r.id()] = true;
        CHECK(r.text().at(0) == char(r.id() * 7 % 251));
    }
    CHECK(files->most_running == expected);
}

awaitable<void> in_order()
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files);
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read_write);
    const bytes b = co_await c.open("b", open_mode::read_write);
    files->delay = milliseconds(10);
    files->events.clear();
    bytes batch;
    append(batch, std::move(request(type::write, 1).string(a).u64(0).string(std::string(100000, 'w'))).finish());
    append(batch, std::move(request(type::read, 2).string(a).u64(0).u32(10)).finish());
    append(batch, std::move(request(type::write, 3).string(b).u64(0).string(std::string(100000, 'v'))).finish());
    append(batch, std::move(request(type::close, 4).string(a)).finish());
    append(batch, std::move(request(type::read, 5).string(a).u64(0).u32(10)).finish());
    append(batch, std::move(request(type::remove, 6).string("a")).finish());
    append(batch, std::move(request(type::stat, 7).string("b")).finish());
    co_await c.send(std::move(batch));
    for (int i = 0; i < 7; ++i) {
        const sftp_reply r = co_await c.receive();
        CAPTURE(r.id(), r.text());
        if (r.id() == 5)
            CHECK(r.status() == status::failure); // closed by then
        else if (r.id() != 2 && r.id() != 7)
            CHECK(r.ok());
    }
    const auto& e = files->events;
    CHECK(index_of(e, "-write a") < index_of(e, "+read a"));
    CHECK(index_of(e, "+write b") < index_of(e, "-write a")); // beside it
    CHECK(index_of(e, "-read a") < index_of(e, "+close a"));
    CHECK(index_of(e, "-close a") < index_of(e, "+remove a"));
    CHECK(index_of(e, "-remove a") < index_of(e, "+stat b"));
}

enum class ending { eof, within_packet, bad_packet, cancelled };

awaitable<void> session_ends(ending how, milliseconds delay)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files);
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read_write);
    (void)co_await c.open("b", open_mode::read);
    (void)co_await c.path_request(type::opendir, "d");
    CHECK(files->files_open == 2);
    CHECK(files->directories_open == 1);
    files->delay = delay;
    bytes batch; // work that is under way
    for (std::uint32_t i = 0; i < 20; ++i)
        append(batch, std::move(request(type::read, i).string(a).u64(0).u32(100)).finish());
    append(batch, std::move(request(type::write, 50).string(a).u64(0).string("data")).finish());
    if (how == ending::within_packet)
        append(batch, view_of("\0\0\0\5\1"));
    if (how == ending::bad_packet)
        batch.resize(batch.size() + 4);
    co_await c.send(std::move(batch));
    co_await pause_for(milliseconds(5));
    if (how == ending::cancelled)
        c.serving().cancel(stop_terminal);
    else if (how != ending::bad_packet)
        c.hang_up();
    const failure why = co_await c.end();
    CHECK(files->files_open == 0);
    CHECK(files->directories_open == 0);
    CHECK(files->running == 0);
    CHECK(files->closes == 0);
    if (how == ending::cancelled)
        CHECK(why.code() == asio::error::operation_aborted);
    if (how == ending::bad_packet)
        CHECK(why.code() == errc::malformed_message);
}

} // namespace

TEST_CASE("SFTP server: requests run side by side up to the limit, and no further")
{
    run_test([] { return side_by_side(8, 7, 7); });
    run_test([] { return side_by_side(8, 8, 8); });
    run_test([] { return side_by_side(8, 9, 8); });
    run_test([] { return side_by_side(8, 40, 8); });
    run_test([] { return side_by_side(1, 5, 1); });
}

TEST_CASE("SFTP server: what is asked of one handle, and of paths, keeps its order") { run_test(in_order); }

TEST_CASE("SFTP server: whatever ends a session, its files are closed and nothing is left under way")
{
    for (const milliseconds delay : {milliseconds(0), milliseconds(30)})
        for (const ending how : {ending::eof, ending::within_packet, ending::bad_packet, ending::cancelled}) {
            CAPTURE(int(how), delay.count());
            run_test([how, delay] { return session_ends(how, delay); });
        }
}

TEST_CASE("SFTP server: an io_context that goes takes sessions with it, wherever they are")
{
    for (const int delay : {0, 1000}) {
        auto files = std::make_shared<test_files>();
        run_test([&]() -> awaitable<void> { // what is under way when the test ends is destroyed
            auto starting = sftp_client::begin(files);
            auto c = std::make_shared<sftp_client>(co_await std::move(starting));
            const bytes a = co_await c->open("a", open_mode::read);
            files->delay = milliseconds(delay);
            bytes batch;
            for (std::uint32_t i = 0; i < 20; ++i)
                append(batch, std::move(request(type::read, i).string(a).u64(0).u32(100000)).finish());
            co_await c->send(std::move(batch));
            co_await pause_for(milliseconds(5));
            CHECK(files->files_open == 1);
        });
        CHECK(files->files_open == 0);
        CHECK(files->running == 0);
    }
}

TEST_CASE("SFTP server: an exception of the file system is a failure of one request, and its words stay here")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        auto starting = sftp_client::begin(files);
        sftp_client c = co_await std::move(starting);
        const bytes a = co_await c.open("a", open_mode::read_write);
        for (const int delay : {0, 5}) {
            files->delay = milliseconds(delay);
            files->throws = true;
            sftp_reply r = co_await c.read(a, 0, 10);
            CHECK(r.status() == status::failure);
            CHECK(r.text().find("secret") == std::string::npos);
            r = co_await c.write(a, 0, "data");
            CHECK(r.status() == status::failure);
            r = co_await c.path_request(type::stat, "x");
            CHECK(r.status() == status::failure);
            files->throws = false;
            r = co_await c.read(a, 0, 10);
            CHECK(r.what() == type::data);
        }
        sftp_reply r = co_await c.ask(std::move(request(type::open, 1).string("none").u32(1).u32(0)));
        CHECK(r.status() == status::no_such_file);
        r = co_await c.ask(std::move(request(type::open, 1).string("null").u32(1).u32(0)));
        CHECK(r.status() == status::failure);
        const bytes bad = co_await c.open("bad", open_mode::read);
        r = co_await c.close(bad);
        CHECK(r.text() == "Input/output error");
        CHECK(files->files_open == 1);
    });
}

TEST_CASE("SFTP server: a stream cut at every byte gives the same replies")
{
    run_test([]() -> awaitable<void> {
        auto starting = sftp_client::start(make_memory_file_system());
        sftp_client c = co_await std::move(starting);
        bytes all = std::move(packet(type::init).u32(3)).finish();
        append(all, std::move(request(type::open, 1).string("a").u32(0x1b).u32(0)).finish());
        append(all, std::move(request(type::mkdir, 2).string("d").u32(0)).finish());
        append(all, std::move(request(type::stat, 3).string("a")).finish());
        for (const std::byte b : all) {
            co_await c.send(bytes(1, b));
            co_await settle();
        }
        for (const type expected : {type::version, type::handle, type::status, type::attrs}) {
            const sftp_reply r = co_await c.receive();
            CHECK(r.what() == expected);
        }
    });
}

TEST_CASE("SFTP server: options out of their range are refused")
{
    run_test([]() -> awaitable<void> {
        for (int i = 0; i < 6; ++i) {
            serve_options o;
            if (i == 0)
                o.max_packet(33999);
            if (i == 1)
                o.max_packet(256 * 1024 + 1);
            if (i == 2)
                o.max_parallel(0);
            if (i == 3)
                o.max_unread(0);
            if (i == 4)
                o.deny(names("opne"));
            if (i == 5)
                o.max_entries(0);
            auto starting = sftp_client::start(make_memory_file_system(), o);
            sftp_client c = co_await std::move(starting);
            const failure why = co_await c.end();
            CHECK(why.code() == errc::invalid_argument);
        }
    });
}

namespace {

awaitable<void> serve_one(server_session s, session_request q, std::shared_ptr<file_system> files)
{
    CHECK(q.command == "sftp");
    co_await sftp::serve(s, files);
}

} // namespace

TEST_CASE("SFTP server: over a channel, with an exit status at the end")
{
    for (const bool breaks : {false, true})
        run_test([breaks]() -> awaitable<void> {
            auto files = std::make_shared<test_files>();
            auto connecting = connected();
            pair p = co_await std::move(connecting);
            program serving = [&files](server_session s, session_request q) { return serve_one(s, q, files); };
            serve(p.server, serving);
            channel ch = co_await p.client.open_channel("session");
            std::vector<std::byte> name;
            wire::writer(name).string("sftp");
            const bool granted = co_await ch.request("subsystem", name);
            REQUIRE(granted);
            bytes hello = std::move(packet(type::init).u32(3)).finish();
            append(hello, std::move(request(type::open, 1).string("a").u32(1).u32(0)).finish());
            if (breaks)
                append(hello, view_of(std::string_view("\0\0\0\0", 4)));
            co_await ch.write(hello);
            if (!breaks)
                co_await ch.send_eof();
            std::string status;
            for (;;) {
                auto asking = ch.next_request();
                const std::optional<channel_request> r = co_await std::move(asking);
                if (!r)
                    break;
                if (r->type == "exit-status")
                    status = rig::text_of(r->body);
            }
            CHECK(status == std::string("\0\0\0", 3) + char(breaks ? 1 : 0));
            const std::string replies = co_await read_all(ch);
            CHECK(replies.size() > 20);
            CHECK(files->files_open == 0);
        });
}
