// T95, T96, T97: our scp client against servers that send what was not asked for, our server against such clients.
#include "../async/ends.hpp"
#include "../async/scp_scene.hpp"

using namespace rig;

namespace {

/// What a client makes of a server's words. Its shelf has "/in" and, beside it, "/secret".
struct outcome_of_receiving {
    failure why;
    transfer_result done;
    std::shared_ptr<shelf> files = std::make_shared<shelf>();
    std::string replies;
};

awaitable<outcome_of_receiving> receive_words(std::string words, std::string asked, scp::options how = {})
{
    outcome_of_receiving r;
    auto meeting = scp_over();
    scp_scene s = co_await std::move(meeting);
    r.files->folder("/in");
    r.files->file("/secret", "kept");
    s.serve_text(std::move(words));
    how.files(r.files);
    try {
        auto receiving = scp::receive(s.link.client, std::move(asked), "/in", how);
        r.done = co_await std::move(receiving);
    } catch (const error& e) {
        r.why = failure(e.code(), e.context());
    }
    auto waiting = settle();
    co_await std::move(waiting);
    r.replies = *s.replies;
    CHECK(r.files->open_files == 0);
    CHECK(s.link.client.stats().channels == 0);
    co_return std::move(r);
}

/// Everything that is outside of "/in" is as it was, and nothing was made but `made`.
bool untouched(const shelf& files, std::vector<std::string> made = {})
{
    for (const auto& [path, node] : files.nodes)
        if (path != "/" && path != "/in" && path != "/secret" && std::find(made.begin(), made.end(), path) == made.end()) {
            UNSCOPED_INFO("there is " << path);
            return false;
        }
    return files.content("/secret") == "kept" && files.mode("/secret") == 0644 && files.mode("/in") == 0755;
}

std::string good(std::string name, std::string content = "x")
{
    return "C0644 " + std::to_string(content.size()) + " " + std::move(name) + "\n" + std::move(content) + std::string(1, '\0');
}

} // namespace

TEST_CASE("T95 a server that sends another file, another place or a directory gets nothing written")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> lies;
        lies.push_back(good("other"));
        lies.push_back(good(".bashrc"));
        lies.push_back(good("."));
        lies.push_back(good(".."));
        lies.push_back(good("../secret"));
        lies.push_back(good("/secret"));
        lies.push_back(good("in/../../secret"));
        lies.push_back(good(""));
        lies.push_back("D0755 0 wanted\n" + good("x") + "E\n");
        lies.push_back("D0777 0 .\nE\n");
        lies.push_back("D0777 0 ..\nE\n");
        lies.push_back("T1 0 1 0\nD0777 0 \nE\n");
        lies.push_back("E\n");
        lies.push_back("T1 0 1 0\nE\n");
        lies.push_back("T-1 0 1 0\n" + good("wanted"));
        lies.push_back("T1 0 99999999999999999999 0\n" + good("wanted"));
        lies.push_back("T junk\x1b[31m\n" + good("wanted"));
        lies.push_back("C0644 18446744073709551616 wanted\n");
        lies.push_back("C0644 18446744073709551615 wanted\n");
        lies.push_back("C0644 -1 wanted\n");
        lies.push_back("C064 1 wanted\nx");
        lies.push_back("C0644 1 " + std::string(4096, 'w') + "\n");
        lies.push_back("C0644 1 " + std::string(100'000, 'w'));
        lies.push_back(std::string(200'000, '\1'));
        lies.push_back(std::string("\0\0\0\0", 4));
        lies.push_back("Welcome!\n");
        lies.push_back("\n");
        for (const std::string& words : lies) {
            INFO(printable(words, 60));
            const outcome_of_receiving r = co_await receive_words(words, "dir/wanted");
            CHECK(r.why.code() == errc::protocol_error);
            CHECK(untouched(*r.files));
            CHECK(r.why.message().find('\x1b') == std::string::npos);
            CHECK(r.replies.find("\2scp: ") != std::string::npos);
        }
    });
}

TEST_CASE("T95 recursive: the directory that was asked for, inside of it anything, outside nothing")
{
    run_test([]() -> awaitable<void> {
        auto how = scp::options().recursive().preserve();
        outcome_of_receiving r = co_await receive_words("D0777 0 ..\n" + good("secret") + "E\n", "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(untouched(*r.files));
        r = co_await receive_words("D0700 0 dir\n" + good("ok") + "E\nE\n", "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(untouched(*r.files, names("/in/dir", "/in/dir/ok")));
        for (const char* name : {"..", ".", "../../secret", "a/b", ""}) {
            r = co_await receive_words("D0700 0 dir\nD0777 0 " + std::string(name) + "\n" + good("secret") + "E\nE\n", "dir", how);
            CHECK(r.why.code() == errc::protocol_error);
            CHECK(untouched(*r.files, names("/in/dir")));
        }
        r = co_await receive_words("D0700 0 dir\n" + good("ok") + "E\n" + good("dir"), "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        r = co_await receive_words("D0700 0 dir\nE\nD0700 0 dir\n", "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        r = co_await receive_words("D0700 0 dir\n" + good("ok"), "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        r = co_await receive_words("D0700 0 dir\nC0644 10 cut\nabc", "dir", how);
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(r.files->content("/in/dir/cut").size() <= 10);
        // What looks like a file to one line and like a directory to the next.
        r = co_await receive_words("D0700 0 dir\n" + good("a") + "D0700 0 a\n" + good("b"), "dir", how);
        CHECK(r.files->content("/in/dir/a") == "x");
    });
}

TEST_CASE("T95 wildcards let in what they stand for, and no more")
{
    run_test([]() -> awaitable<void> {
        outcome_of_receiving r = co_await receive_words(good("a.txt") + good("b.txt") + good(".bashrc"), "*");
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(untouched(*r.files, names("/in/a.txt", "/in/b.txt")));
        r = co_await receive_words(good("a.txt") + good("a.exe"), "*.txt");
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(untouched(*r.files, names("/in/a.txt")));
        r = co_await receive_words(good("x"), "\\*");
        CHECK(r.why.code() == errc::protocol_error);
        CHECK(untouched(*r.files));
    });
}

TEST_CASE("T95 a hundred thousand directories in one another, errors without end, and errors with orders for a terminal")
{
    run_test([]() -> awaitable<void> {
        std::string deep = "D0755 0 dir\n";
        for (int i = 0; i < 100'000; ++i)
            deep += "D0755 0 d\n";
        outcome_of_receiving r = co_await receive_words(deep, "dir", scp::options().recursive().max_depth(8));
        CHECK(r.why.code() == errc::protocol_error);
        std::size_t folders = 0;
        for (const auto& [path, node] : r.files->nodes)
            folders += node->is_directory() ? 1 : 0;
        CHECK(folders == 2 + 8);

        std::string errors;
        for (int i = 0; i < 20'000; ++i)
            errors += "\1scp: no\n";
        r = co_await receive_words(errors, "dir");
        CHECK(r.why.code() == errc::protocol_error);
        r = co_await receive_words("\1scp: \x1b]0;owned\x07\n" + good("dir"), "dir");
        CHECK(!r.why);
        CHECK(r.done.files == 1);
        REQUIRE(r.done.skipped.size() == 1);
        CHECK(r.done.skipped[0].second.context() == "scp: \\x1b]0;owned\\x07");
        r = co_await receive_words("\2scp: \x1b[2J\n", "dir");
        CHECK(r.why.code() == sftp::status::failure);
        CHECK(r.why.context() == "scp: \\x1b[2J");
        CHECK(untouched(*r.files));
    });
}

TEST_CASE("T95 a server that answers what we send with anything but yes or no ends the copy")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> answers;
        answers.push_back("C0644 1 x\n");
        answers.push_back(std::string(1, '\0') + "C0644 1 x\n");
        answers.push_back(std::string(1, '\0') + std::string(5000, '\3') + "\n");
        answers.push_back(std::string(1, '\0') + "\1" + std::string(5000, 'a') + "\n");
        answers.push_back("\1without an end");
        for (const std::string& words : answers) {
            scp_scene s = co_await scp_over();
            s.here->file("/f", "f");
            s.serve_text(words);
            const failure f = co_await failure_of(scp::send(s.link.client, names("/f"), "/g", s.how()));
            INFO(printable(words, 40) << ": " << f.message());
            CHECK(f.code() == errc::protocol_error);
            co_await settle();
            CHECK(s.link.client.stats().channels == 0);
        }
        scp_scene s = co_await scp_over();
        s.here->file("/f", "f");
        s.serve_text(std::string(3, '\0') + std::string(500'000, 'x')); // what comes after the end is not kept, nor waited for
        const failure f = co_await failure_of(scp::send(s.link.client, names("/f"), "/g", s.how()));
        CHECK(f.code() == errc::protocol_error);
    });
}

TEST_CASE("T95 a client that sends junk, leaves the target or never ends writes nothing at our server")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.there->folder("/in");
        s.there->file("/secret", "kept");
        s.serve_scp();
        std::vector<std::string> lies;
        for (const char* name : {"..", ".", "../secret", "/secret", "a/b", ""}) {
            lies.push_back(good(name));
            lies.push_back("D0777 0 " + std::string(name) + "\n" + good("secret") + "E\n");
        }
        lies.push_back("E\n");
        lies.push_back("T1 0 1 0\nT1 0 1 0\n");
        lies.push_back("C0644 9223372036854775808 x\n");
        lies.push_back("C0644 1 " + std::string(5000, 'a') + "\n");
        lies.push_back(std::string(300'000, 'C'));
        lies.push_back(std::string("C0644 1 a\0b\nx", 13));
        lies.push_back(std::string("\0\0\0", 3));
        lies.push_back("\2I give up\n");
        for (const std::string& words : lies) {
            INFO(printable(words, 60));
            const conversation c = co_await converse(s.link.client, "scp -r -p -t /in", words);
            CHECK(c.exit.status == 1u);
            CHECK(untouched(*s.there));
        }
        const conversation flat = co_await converse(s.link.client, "scp -t /in", "D0755 0 d\nE\n");
        CHECK(flat.exit.status == 1u);
        CHECK(untouched(*s.there));
        std::string deep;
        for (int i = 0; i < 200; ++i)
            deep += "D0755 0 d\n";
        const conversation refused = co_await converse(s.link.client, "scp -r -t /in", deep);
        CHECK(refused.exit.status == 1u);
        CHECK(s.there->nodes.size() == 3 + 64);
        CHECK(s.there->open_files == 0);
    });
}

TEST_CASE("T96 bits that make a program run as somebody else are dropped without -p, at both ends")
{
    run_test([]() -> awaitable<void> {
        outcome_of_receiving r = co_await receive_words("C7777 1 p\nx" + std::string(1, '\0'), "p");
        CHECK(!r.why);
        CHECK(r.files->mode("/in/p") == 0755);
        r = co_await receive_words("D7777 0 d\nC6755 1 p\nx" + std::string(1, '\0') + "E\n", "d", scp::options().recursive());
        CHECK(!r.why);
        CHECK(r.files->mode("/in/d") == 0755);
        CHECK(r.files->mode("/in/d/p") == 0755);
        r = co_await receive_words("C6755 1 p\nx" + std::string(1, '\0'), "p", scp::options().preserve());
        CHECK(r.files->mode("/in/p") == 06755);

        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.there->umask = 077;
        const std::string words = "D7777 0 d\nC6777 1 p\nx" + std::string(1, '\0') + "E\n";
        conversation c = co_await converse(s.link.client, "scp -r -t /", words);
        CHECK(c.exit.status == 0u);
        CHECK(s.there->mode("/d") == 0700);
        CHECK(s.there->mode("/d/p") == 0700);
        c = co_await converse(s.link.client, "scp -r -p -t /", words);
        CHECK(s.there->mode("/d/p") == 06777);
        s.there->file("/d/p", "x", 04711);
        c = co_await converse(s.link.client, "scp -f /d/p", std::string(3, '\0'));
        CHECK(c.out == std::string("C0711 1 p\nx\0", 12));
        c = co_await converse(s.link.client, "scp -p -f /d/p", std::string(4, '\0'));
        CHECK(c.out.ends_with(std::string("C4711 1 p\nx\0", 12)));
    });
}

TEST_CASE("T97 what a shell would run is a name at our server, and is quoted by our client")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.here->file("/f", "f");
        s.here->folder("/in");
        for (const char* name : {"a;reboot", "$(reboot)", "`reboot`", "'", "\"", "a'b\"c", "-t", "-r", "a\nb", "$HOME", "a b", "\\", "*", "?",
                                 "[a]", "~", "~root", "a|b", "a&b", "a>b", "{a,b}", "#", "!"}) {
            INFO(name);
            const std::string path = "/" + std::string(name);
            co_await scp::send(s.link.client, names("/f"), path, s.how());
            CHECK(s.there->content(path) == "f");
            if (std::string_view(name).find_first_of("\n*?[\\") != std::string_view::npos)
                continue; // patterns, or not to be said in the protocol
            co_await scp::receive(s.link.client, path, "/in/x", s.how());
            CHECK(s.here->content("/in/x") == "f");
            s.here->nodes.erase("/in/x");
        }
        co_await scp::send(s.link.client, names("/f"), "-leading", s.how());
        CHECK(s.there->content("/-leading") == "f");
        CHECK(s.commands->back() == "scp -t -- -leading");

        for (const char* command : {"scp -t x; reboot", "scp -t $(reboot) y", "scp -t x && reboot"}) {
            const conversation c = co_await converse(s.link.client, command, good("a"));
            CHECK(c.exit.status == 1u);
            CHECK(c.out.find("ambiguous target") != std::string::npos);
        }
        for (const char* command : {"reboot", "scp", "scp x y", "scp -S reboot -t x", "sh -c 'scp -t x'", "scp -t 'x", "scp -t"}) {
            INFO(command);
            const conversation c = co_await converse(s.link.client, command, good("a"));
            CHECK(c.exit.status == 1u);
            CHECK(c.out.empty());
            CHECK(!c.err.empty());
        }
        const std::size_t before = s.there->nodes.size();
        const conversation c = co_await converse(s.link.client, "scp -t $(reboot);x", good("a"));
        CHECK(c.exit.status == 0u);
        CHECK(s.there->content("/$(reboot);x") == "x");
        CHECK(s.there->nodes.size() == before + 1);
    });
}
