// SCP: our client against our server.
#include "ends.hpp"
#include "scp_scene.hpp"

using namespace rig;

namespace {

constexpr std::size_t block = 256 * 1024;

void fill_tree(shelf& s)
{
    s.folder("/tree", 0750).mtime = 5000;
    s.folder("/tree/empty", 0500).mtime = 6000;
    s.folder("/tree/sub").mtime = 7000;
    s.folder("/tree/sub/deeper");
    for (int i = 0; i < 10; ++i)
        s.file("/tree/sub/" + std::to_string(i), pattern(std::size_t(i) * 1000), 0640, 1000 + i);
    s.file("/tree/program", "#!", 04755);
    s.file("/tree/nothing", "", 0600);
    s.file("/tree/sub/deeper/a b'c\"$x;\\", "odd");
}

void check_tree(const shelf& s, const std::string& at)
{
    for (int i = 0; i < 10; ++i)
        CHECK(s.content(at + "/sub/" + std::to_string(i)) == pattern(std::size_t(i) * 1000));
    CHECK(s.content(at + "/nothing").empty());
    CHECK(s.content(at + "/empty") == "(folder)");
    CHECK(s.content(at + "/sub/deeper/a b'c\"$x;\\") == "odd");
}

std::size_t channels(const connection& c) { return c.info().channels; }

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

TEST_CASE("scp: what cannot be copied is told, and the rest goes on")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        fill_tree(*s.here);
        s.here->file("/tree/line\nbreak", "x");
        s.here->trouble = [](std::string_view operation, const std::string& path) {
            const bool no = (operation == "open" && path == "/tree/sub/2") || (operation == "read" && path == "/tree/sub/4")
                            || (operation == "open_directory" && path == "/tree/empty");
            return no ? sftp::fail_errno(EACCES) : failure();
        };
        s.there->trouble = [](std::string_view operation, const std::string& path) {
            const bool no = (operation == "open" && path == "/tree/sub/6") || (operation == "write" && path == "/tree/sub/8")
                            || (operation == "make_directory" && path == "/tree/sub/deeper")
                            || (operation == "close" && path == "/tree/sub/9");
            return no ? sftp::fail_errno(ENOSPC) : failure();
        };
        const transfer_result r = co_await scp::send(s.link.client, names("/tree", "/missing"), "/", s.how().recursive());
        CHECK(r.files == 13 - 6); // deeper's file is not tried
        CHECK(r.skipped.size() == 9);
        for (const auto& [path, why] : r.skipped) {
            INFO(path << " " << why.message());
            CHECK(!path.empty());
            CHECK(bool(why));
            CHECK(!why.message().empty());
        }
        CHECK(s.there->content("/tree/sub/1") == pattern(1000));
        CHECK(s.there->content("/tree/sub/2") == "(none)");
        CHECK(s.there->content("/tree/sub/4") == std::string(4000, '\0'));
        CHECK(s.there->content("/tree/sub/7") == pattern(7000));
        CHECK(s.here->open_files + s.there->open_files == 0);
    });
}

TEST_CASE("scp: the server's troubles reach the client, and a copy that did nothing fails")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        fill_tree(*s.there);
        s.there->trouble = [](std::string_view operation, const std::string& path) {
            return operation == "read" && path == "/tree/sub/4" ? sftp::fail_errno(EIO) : failure();
        };
        const transfer_result r = co_await scp::receive(s.link.client, "/tree", "/t", s.how().recursive());
        CHECK(r.files == 12);
        CHECK(r.skipped.size() == 1);
        CHECK(r.skipped.at(0).first == "/t/sub/4");
        CHECK(r.skipped.at(0).second.context().find("Input/output error") != std::string::npos);

        failure f = co_await failure_of(scp::receive(s.link.client, "/missing", "/m", s.how()));
        CHECK(f.code() == sftp::status::failure);
        CHECK(f.context().find("/missing: No such file") != std::string::npos);
        f = co_await failure_of(scp::receive(s.link.client, "/tree", "/m", s.how()));
        CHECK(f.context().find("directory") != std::string::npos);
        f = co_await failure_of(scp::send(s.link.client, names("/gone"), "/m", s.how()));
        CHECK(f.code() == errc::file_error);
        f = co_await failure_of(scp::receive(s.link.client, "/tree/program", "/no/such/place", s.how()));
        CHECK(f.code() == errc::file_error);
        f = co_await failure_of(scp::send(s.link.client, names("/t/program"), "/no/such/place", s.how()));
        CHECK(f.code() == sftp::status::failure);
        f = co_await failure_of(scp::send(s.link.client, names(), "/m", s.how()));
        CHECK(f.code() == errc::invalid_argument);
        f = co_await failure_of(scp::receive(s.link.client, std::string("a\0b", 3), "/m", s.how()));
        CHECK(f.code() == errc::invalid_argument);
        s.there->can_be_changed = false;
        f = co_await failure_of(scp::send(s.link.client, names("/t/program"), "/m", s.how()));
        CHECK(f.code() == sftp::status::failure);
        CHECK(f.context().find("cannot be changed") != std::string::npos);
        CHECK(s.there->content("/m") == "(none)");
    });
}

TEST_CASE("scp: a file that grows is cut, one that shrinks is an error, and the next one is whole")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        for (const bool up : {true, false}) {
            shelf& from = up ? *s.here : *s.there;
            shelf& to = up ? *s.there : *s.here;
            from.folder("/d");
            from.file("/d/1", pattern(700'000));
            from.file("/d/2", pattern(700'000));
            from.file("/d/3", pattern(1000));
            to.folder("/e");
            from.before_read = [&from](shelf::node& n, std::uint64_t offset) {
                if (offset >= 300'000 && &n == from.at("/d/1"))
                    n.content.resize(900'000);
                if (offset >= 300'000 && &n == from.at("/d/2"))
                    n.content.resize(400'000);
            };
            transfer_result r;
            if (up)
                r = co_await scp::send(s.link.client, names("/d"), "/e", s.how().recursive());
            else
                r = co_await scp::receive(s.link.client, "/d", "/e", s.how().recursive());
            CHECK(r.files == 2);
            CHECK(r.skipped.size() == 1);
            CHECK(to.content("/e/d/1") == pattern(700'000));
            CHECK(to.content("/e/d/2") == pattern(400'000) + std::string(300'000, '\0'));
            CHECK(to.content("/e/d/3") == pattern(1000));
        }
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

TEST_CASE("scp: cancelled at any moment, nothing is left behind")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over(server_setup().limits(window_of(50'000)), client_setup().limits(window_of(50'000)));
        s.serve_scp();
        fill_tree(*s.here);
        fill_tree(*s.there);
        s.here->file("/tree/big", pattern(3 * block));
        s.there->file("/tree/big", pattern(3 * block));
        const executor here = co_await asio::this_coro::executor;
        for (const bool up : {true, false}) {
            bool finished = false;
            for (int turns = 0; !finished; turns += turns < 40 ? 1 : 61) {
                auto how = s.how().recursive().preserve();
                auto copying = up ? scp::send(s.link.client, names("/tree"), "/copy", how)
                                  : scp::receive(s.link.client, "/tree", "/back", how);
                beside one = beside::start(here, std::move(copying));
                for (int i = 0; i < turns; ++i)
                    co_await asio::post(here, asio::use_awaitable);
                one.cancel(stop_terminal);
                for (int i = 0; i < 1000 && !one.done(); ++i)
                    co_await settle();
                REQUIRE(one.done());
                finished = !one.result();
                INFO("turns " << turns << " " << one.result().message());
                CHECK((finished || one.aborted()));
                for (int i = 0; i < 100 && channels(s.link.client) > 0; ++i)
                    co_await settle();
                CHECK(channels(s.link.client) == 0);
                CHECK(s.here->open_files == 0);
            }
        }
        co_await settle();
        CHECK(s.there->open_files == 0);
    });
}

TEST_CASE("scp: a connection that ends, and an io_context that goes, take copies with them")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp(scp::options().rate(20'000));
        s.there->file("/f", pattern(block));
        beside one = co_await beside::start_here(scp::receive(s.link.client, "/f", "/g", s.how()));
        beside two = co_await beside::start_here(scp::send(s.link.client, names("/g"), "/h", s.how().rate(10'000)));
        CHECK(!one.done());
        s.link.server.disconnect(disconnect_reason::by_application, "good night");
        co_await settle();
        CHECK(one.done());
        CHECK(one.result().code() == errc::disconnected);
        CHECK(two.done());
        CHECK(s.here->open_files + s.there->open_files == 0);
    });
    auto files = std::make_shared<shelf>();
    files->file("/f", pattern(block));
    run_test([files]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.there = s.here = files;
        s.serve_scp();
        (void)co_await beside::start_here(scp::receive(s.link.client, "/f", "/g", s.how().rate(10'000)));
        (void)co_await beside::start_here(scp::send(s.link.client, names("/f"), "/h", s.how().rate(10'000)));
    });
    CHECK(files->open_files == 0);
}

TEST_CASE("scp: a server without scp is told apart, and its words are heard")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.here->file("/f", "f");
        s.serve_text("", "sh: 1: scp: not found\n", 127);
        failure f = co_await failure_of(scp::send(s.link.client, names("/f"), "/g", s.how()));
        CHECK(f.code() == sftp::status::failure);
        CHECK(f.context() == "sh: 1: scp: not found");
        f = co_await failure_of(scp::receive(s.link.client, "/f", "/g", s.how()));
        CHECK(f.context() == "sh: 1: scp: not found");
        f = co_await failure_of(scp::receive(s.link.client, "/f", "/g", s.how().program("/opt/our scp").recursive()));
        CHECK(s.commands->back() == "/opt/our scp -r -f /f");
    });
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.here->file("/f", "f");
        s.serve_text("Welcome to \x1b[31mthe machine\n");
        failure f = co_await failure_of(scp::send(s.link.client, names("/f"), "/g", s.how()));
        CHECK(f.code() == errc::protocol_error);
        CHECK(f.context().find("Welcome to \\x1b[31mthe machine") != std::string::npos);
        f = co_await failure_of(scp::receive(s.link.client, "/f", "/g", s.how()));
        CHECK(f.code() == errc::protocol_error);
    });
}
