// SCP: what goes wrong in the middle - files, peers, cancellation.
#include "ends.hpp"
#include "scp_scene.hpp"

using namespace rig;

namespace {

/// Prints, and then waits as a program does that reads.
awaitable<void> says(server_session to, std::string text)
{
    co_await to.write(text);
    std::vector<std::byte> buffer(4096);
    std::size_t n = 1;
    while (n > 0)
        n = co_await to.read_some(buffer);
    co_await to.exit(1);
}

} // namespace

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
                for (int i = 0; i < 100 && s.link.client.stats().channels > 0; ++i)
                    co_await settle();
                CHECK(s.link.client.stats().channels == 0);
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

TEST_CASE("scp: what a shell prints at log-in ends the copy at once, with the text, though its line never ends")
{
    run_test([]() -> awaitable<void> {
        static const std::vector<std::string> texts{"Welcome to host", "x", "Check your quota\n",
                                                    "This account is not available.\n", std::string(10'000, 'y')};
        for (const std::string& text : texts) {
            scp_scene s = co_await scp_over();
            s.here->file("/f", "text");
            serve(s.link.server, [text](server_session to, session_request) -> awaitable<void> { return says(to, text); });
            const std::string begun = text.substr(0, std::min<std::size_t>(150, text.find('\n')));
            failure f = co_await failure_of(scp::send(s.link.client, names("/f"), "/f", s.how()));
            CHECK(f.context().find(begun) != std::string::npos);
            CHECK(f.context().find("log-in") != std::string::npos);
            if (text.find('\n') != std::string::npos || text.size() > 4096) { // else it may go on
                f = co_await failure_of(scp::receive(s.link.client, "/f", "/g", s.how()));
                CHECK(f.context().find(begun) != std::string::npos);
            }
        }
    });
}
