// SCP: our client against our server.
#include "ends.hpp"
#include "scp_scene.hpp"

using namespace rig;

namespace {

void check_tree(const shelf& s, const std::string& at)
{
    for (int i = 0; i < 10; ++i)
        CHECK(s.content(at + "/sub/" + std::to_string(i)) == pattern(std::size_t(i) * 1000));
    CHECK(s.content(at + "/nothing").empty());
    CHECK(s.content(at + "/empty") == "(folder)");
    CHECK(s.content(at + "/sub/deeper/a b'c\"$x;\\") == "odd");
}

std::size_t channels(const connection& c) { return c.stats().channels; }

} // namespace

TEST_CASE("scp: files of every size go there and back, whole")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        for (const std::size_t size : {std::size_t(0), std::size_t(1), block - 1, block, block + 1, 3 * block + 7}) {
            s.here->file("/f", pattern(size), 0640);
            const transfer_result sent = co_await scp::send(s.link.client, names("/f"), "/there", s.how());
            CHECK(sent.files == 1);
            CHECK(sent.bytes == size);
            CHECK(sent.skipped.empty());
            CHECK(s.there->content("/there") == pattern(size));
            CHECK(s.there->mode("/there") == 0640);
            const transfer_result got = co_await scp::receive(s.link.client, "/there", "/back", s.how());
            CHECK(got.files == 1);
            CHECK(got.bytes == size);
            CHECK(s.here->content("/back") == pattern(size));
        }
        CHECK(s.commands->front() == "scp -t /there");
        CHECK(s.commands->back() == "scp -f /there");
        CHECK(s.here->open_files + s.there->open_files == 0);
        co_await settle();
        CHECK(channels(s.link.client) == 0);
    });
}

TEST_CASE("scp: small windows, and a client on another strand and threads")
{
    run_test(
        []() -> awaitable<void> {
            const executor here = co_await asio::this_coro::executor;
            scp_scene s = co_await scp_over(server_setup().limits(window_of(5000)), client_setup().limits(window_of(3000)));
            s.serve_scp();
            s.here->file("/f", pattern(300'000));
            auto sending = scp::send(s.link.client, names("/f"), "/g", s.how());
            auto elsewhere = asio::co_spawn(another_strand(here), std::move(sending), asio::use_awaitable);
            const transfer_result r = co_await std::move(elsewhere);
            CHECK(r.bytes == 300'000);
            auto fetching = scp::receive(s.link.client, "/g", "/h", s.how());
            auto back = asio::co_spawn(another_strand(here), std::move(fetching), asio::use_awaitable);
            co_await std::move(back);
            CHECK(s.here->content("/h") == pattern(300'000));
        },
        2);
}

TEST_CASE("scp: trees with modes and times, both ways")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        fill_tree(*s.here);
        const transfer_result sent = co_await scp::send(s.link.client, names("/tree"), "/copy", s.how().recursive().preserve());
        CHECK(sent.files == 13);
        CHECK(sent.directories == 4);
        CHECK(sent.skipped.empty());
        CHECK(s.commands->back() == "scp -r -p -t /copy");
        check_tree(*s.there, "/copy");
        CHECK(s.there->mode("/copy") == 0750);
        CHECK(s.there->at("/copy")->mtime == 5000);
        CHECK(s.there->mode("/copy/empty") == 0500);
        CHECK(s.there->at("/copy/empty")->mtime == 6000);
        CHECK(s.there->mode("/copy/program") == 04755);
        CHECK(s.there->mode("/copy/sub/3") == 0640);
        CHECK(s.there->at("/copy/sub/3")->mtime == 1003);
        CHECK(s.there->at("/copy/sub/3")->atime == 1004);

        s.here->folder("/into");
        const transfer_result got = co_await scp::receive(s.link.client, "/copy", "/into", s.how().recursive().preserve());
        CHECK(got.files == 13);
        CHECK(got.directories == 4);
        check_tree(*s.here, "/into/copy");
        CHECK(s.here->at("/into/copy/sub")->mtime == 7000);
        CHECK(s.here->mode("/into/copy/program") == 04755);
    });
}

TEST_CASE("T96 scp: without preserve the umask counts, and set-user-id, set-group-id and sticky bits are dropped")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.here->umask = 027;
        s.there->folder("/d", 03777);
        s.there->folder("/d/closed", 0557);
        s.there->file("/d/closed/x", "x", 0777);
        s.there->file("/d/p", "p", 07777);
        co_await scp::receive(s.link.client, "/d", "/e", s.how().recursive());
        CHECK(s.here->mode("/e") == 0750);
        CHECK(s.here->mode("/e/closed") == 0550);
        CHECK(s.here->mode("/e/closed/x") == 0750);
        CHECK(s.here->mode("/e/p") == 0750);
        CHECK(s.here->at("/e/p")->mtime == 0);
        co_await scp::send(s.link.client, names("/e"), "/f", s.how().recursive());
        CHECK(s.there->mode("/f/p") == 0750);
        CHECK(s.there->mode("/f/closed") == 0550);
        s.here->file("/e/p", "p2", 06777);
        co_await scp::send(s.link.client, names("/e/p"), "/f/p", s.how()); // one that is there keeps its mode
        CHECK(s.there->mode("/f/p") == 0750);
        CHECK(s.there->content("/f/p") == "p2");
        co_await scp::send(s.link.client, names("/e/p"), "/f/p", s.how().preserve());
        CHECK(s.there->mode("/f/p") == 06777);
    });
}

TEST_CASE("scp: several files need a directory, and longer files are cut")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.here->file("/a", "a");
        s.here->file("/b", "b");
        failure f = co_await failure_of(scp::send(s.link.client, names("/a", "/b"), "/nowhere", s.how()));
        CHECK(f.code() == sftp::status::failure);
        CHECK(f.context().find("/nowhere") != std::string::npos);
        CHECK(s.commands->back() == "scp -d -t /nowhere");
        s.there->file("/file", "long content");
        f = co_await failure_of(scp::send(s.link.client, names("/a", "/b"), "/file", s.how()));
        CHECK(f.context().find("not a directory") != std::string::npos);
        co_await scp::send(s.link.client, names("/a"), "/file", s.how());
        CHECK(s.there->content("/file") == "a");
        s.there->folder("/dir");
        const transfer_result r = co_await scp::send(s.link.client, names("/a", "/b"), "/dir", s.how());
        CHECK(r.files == 2);
        CHECK(s.there->content("/dir/b") == "b");
        f = co_await failure_of(scp::receive(s.link.client, "/dir/*", "/one", s.how()));
        CHECK(f.code() == errc::file_error);
        CHECK(s.here->content("/one") == "a");
    });
}

TEST_CASE("scp: names with wildcards, quotes, dots and ~")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        for (const char* name : {"a.txt", "b.txt", ".c.txt", "d.bin", "*.txt", "it's", "-x", "$(id)"})
            s.there->file("/d/" + std::string(name), name);
        s.there->folder("/d");
        s.there->folder("/d/sub");
        s.there->file("/d/sub/e.txt", "e");
        s.here->folder("/in");
        transfer_result r = co_await scp::receive(s.link.client, "/d/*.txt", "/in", s.how());
        CHECK(r.files == 3);
        CHECK(s.here->content("/in/a.txt") == "a.txt");
        CHECK(s.here->content("/in/.c.txt") == "(none)");
        r = co_await scp::receive(s.link.client, "/d/\\*.txt", "/star", s.how());
        CHECK(r.files == 1);
        CHECK(s.here->content("/star") == "*.txt");
        r = co_await scp::receive(s.link.client, "/*/s?[b]/[!a]*", "/in", s.how());
        CHECK(r.files == 1);
        CHECK(s.here->content("/in/e.txt") == "e");
        for (const char* name : {"it's", "-x", "$(id)"}) {
            r = co_await scp::receive(s.link.client, "/d/" + std::string(name), "/in", s.how());
            CHECK(s.here->content("/in/" + std::string(name)) == name);
        }
        s.there->file("/-y", "y");
        co_await scp::receive(s.link.client, "-y", "/in", s.how());
        CHECK(s.commands->back() == "scp -f -- -y");
        co_await scp::receive(s.link.client, "~/-y", "/in/home", s.how());
        CHECK(s.here->content("/in/home") == "y");
        co_await scp::send(s.link.client, names("/in/home"), "~/up load", s.how());
        CHECK(s.there->content("/up load") == "y");
        co_await scp::receive(s.link.client, "/d/sub/.", "/dots", s.how().recursive());
        CHECK(s.here->content("/dots/e.txt") == "e");
        co_await scp::send(s.link.client, names("/dots/."), "/d", s.how().recursive());
        CHECK(s.there->content("/d/dots/e.txt") == "e");
        const failure f = co_await failure_of(scp::receive(s.link.client, "/d/*.none", "/in", s.how()));
        CHECK(f.context().find("/d/*.none: No such file") != std::string::npos);
    });
}

TEST_CASE("scp: directories are received as deep as is allowed, both ways")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp(scp::options().max_depth(4));
        std::string path;
        for (int i = 0; i < 6; ++i) {
            path += "/d";
            s.here->folder(path);
            s.there->folder(path);
            s.here->file(path + "/f", "f");
            s.there->file(path + "/f", "f");
        }
        s.here->folder("/in");
        s.there->folder("/in");
        for (unsigned levels = 5; levels <= 7; ++levels) {
            const transfer_result r = co_await scp::receive(s.link.client, "/d", "/in", s.how().recursive().max_depth(levels));
            CHECK(r.files == std::min(levels, 6u));
            CHECK(r.skipped.size() == (levels < 6 ? 1u : 0u));
        }
        const transfer_result r = co_await scp::send(s.link.client, names("/d"), "/in", s.how().recursive());
        CHECK(r.skipped.size() == 1);
        CHECK(s.there->content("/in/d/d/d/d/f") == "f");
        CHECK(s.there->content("/in/d/d/d/d/d") == "(none)");
    });
}

TEST_CASE("scp: progress is told as files begin and end, and a rate is kept")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.here->folder("/d");
        s.here->file("/d/a", pattern(2 * block));
        s.here->file("/d/b", "b");
        std::vector<transfer_progress> told;
        const auto keep = [&told](const transfer_progress& p) { told.push_back(p); };
        co_await scp::send(s.link.client, names("/d"), "/e", s.how().recursive().progress(keep));
        REQUIRE(told.size() >= 4);
        CHECK(told.front().path == "/d/a");
        CHECK(told.front().bytes == 0);
        CHECK(told.front().size == 2 * block);
        CHECK(told.back().path == "/d/b");
        CHECK(told.back().done);
        CHECK(told.back().files_done == 2);
        CHECK(told.back().total_bytes == 2 * block + 1);

        using clock = std::chrono::steady_clock;
        for (const bool up : {true, false}) {
            const auto began = clock::now();
            scp::options slow = s.how().rate(1'000'000).progress(keep);
            told.clear();
            if (up)
                co_await scp::send(s.link.client, names("/d/a"), "/e/a", slow);
            else
                co_await scp::receive(s.link.client, "/e/a", "/f", slow);
            const auto took = clock::now() - began;
            CHECK(took > std::chrono::milliseconds(350)); // half a megabyte, of which a little may leave at once
            CHECK(told.size() >= 4);
            for (std::size_t i = 1; i + 1 < told.size(); ++i)
                CHECK(told[i].elapsed - told[i - 1].elapsed >= std::chrono::milliseconds(99));
        }
        const auto bad = [](const transfer_progress&) { throw std::runtime_error("no more"); };
        bool thrown = false;
        try {
            co_await scp::send(s.link.client, names("/d"), "/e", s.how().recursive().progress(bad));
        } catch (const std::runtime_error& e) {
            thrown = std::string(e.what()) == "no more";
        }
        CHECK(thrown);
        co_await settle();
        CHECK(channels(s.link.client) == 0);
    });
}
