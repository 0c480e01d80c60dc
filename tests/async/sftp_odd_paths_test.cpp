// Paths of servers that are no Unix machines or do not say where they are, and text where SFTP should begin.
#include "odd_tree.hpp"

using namespace rig;
using namespace sshoal::sftp;

TEST_CASE("SFTP odd answers: paths with a drive are absolute where the server shows drives")
{
    run_test([]() -> awaitable<void> {
        struct form {
            std::string home, typed, asked;
        };
        static const std::vector<form> forms{{"C:/Users/me", "C:/Users/me/sub", "C:/Users/me/sub"},
                                             {"C:/Users/me", "/C:/Users/me/sub", "C:/Users/me/sub"},
                                             {"C:\\Users\\me", "D:\\x", "D:\\x"},
                                             {"/C:/Users/me", "C:/Users/me/sub", "/C:/Users/me/sub"},
                                             {"/C:/Users/me", "/C:/Users/me/sub", "/C:/Users/me/sub"},
                                             {"C:/Users/me", "sub", "C:/Users/me/sub"},
                                             {"C:/Users/me", "Cx/sub", "C:/Users/me/Cx/sub"},
                                             {"/home/me", "C:/sub", "/home/me/C:/sub"},
                                             {"C:/Users/me", "/etc", "/etc"}};
        for (const form& f : forms) {
            CAPTURE(f.home, f.typed);
            std::string asked_for;
            scripted s([&](const asked& q, answers& a) {
                if (q.what == type::realpath)
                    return a.names(q.id, {directory_entry(f.home, attributes())});
                asked_for = q.path();
                a.attrs(q.id, attributes().with_permissions(040755));
            });
            client c = co_await s.open();
            co_await c.change_directory(".");
            (void)co_await c.stat(f.typed);
            CHECK(asked_for == f.asked);
        }
    });
}

TEST_CASE("SFTP odd answers: where REALPATH always says a dot, change_directory() goes where it was told to")
{
    run_test([]() -> awaitable<void> {
        odd_tree t;
        t.directories.insert({"/d", "/d/sub"});
        t.files["/d/a"] = "first";
        t.files["/d/sub/b"] = "second";
        t.instead = [](const asked& q, answers& a) {
            if (q.what == type::realpath)
                a.names(q.id, {directory_entry(".", attributes())});
            return q.what == type::realpath;
        };
        scripted s = t.server();
        client c = co_await s.open();
        co_await c.change_directory("d");
        std::string text = co_await c.read_all("a");
        CHECK(text == "first");
        co_await c.change_directory("sub");
        text = co_await c.read_all("b");
        CHECK(text == "second");
        co_await c.change_directory("..");
        text = co_await c.read_all("a");
        CHECK(text == "first");
    });
}

TEST_CASE("SFTP odd answers: text instead of VERSION is quoted, harmless, whole lines or not")
{
    run_test([]() -> awaitable<void> {
        static const std::vector<std::string> texts{"This account is not available.\r\n", "Welcome", "x\33[2J", "abc"};
        for (const std::string& text : texts) {
            CAPTURE(text);
            scripted s([&](const asked&, answers& a) {
                append(a.out, std::as_bytes(std::span(text)));
                a.hang_up = true;
            });
            s.greets(false);
            const failure why = co_await failure_of(s.open());
            CHECK(why.message().find(text.substr(0, 1)) != std::string::npos);
            CHECK(why.message().find(printable(text)) != std::string::npos);
            CHECK(why.message().find('\33') == std::string::npos);
        }
    });
}
