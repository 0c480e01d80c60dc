// Who is asked: the terminal, or the program of SSH_ASKPASS.
#include "../prompt.hpp"
#include "scene.hpp"

#include "catch.hpp"

using namespace programs;
using programs::test::variable;

TEST_CASE("SSH_ASKPASS_REQUIRE and displays decide who is asked")
{
    struct plan {
        const char *display, *wayland, *require;
        bool allowed, preferred;
    };
    constexpr plan plans[] = {
        {"", "", "", false, false},        {":0", "", "", true, false},      {"", "wayland-0", "", true, false},
        {"", "", "force", true, true},     {"", "", "FORCE", true, true},    {":0", "", "force", true, true},
        {":0", "", "prefer", true, true},  {"", "", "prefer", false, false}, {"", "wayland-0", "prefer", true, true},
        {":0", "", "never", false, false}, {"", "", "never", false, false},  {":0", "", "nonsense", true, false},
    };
    for (const plan& p : plans) {
        INFO(p.display << '|' << p.wayland << '|' << p.require);
        const variable display("DISPLAY", p.display), wayland("WAYLAND_DISPLAY", p.wayland),
            require("SSH_ASKPASS_REQUIRE", p.require);
        const askpass_rules rules = rules_for_askpass();
        CHECK(rules.allowed == p.allowed);
        CHECK(rules.preferred == p.preferred);
    }
    const variable none("SSH_ASKPASS", std::nullopt);
    CHECK(rules_for_askpass().program == "/usr/bin/ssh-askpass");
    const variable named("SSH_ASKPASS", "/a b");
    CHECK(rules_for_askpass().program == "/a b");
}

TEST_CASE("a program that is asked: the first line of what it prints, and nothing where it fails")
{
    const programs::test::temporary_folder folder;
    const auto answer = [&](const std::string& script) {
        const std::string path = folder.write("ask", "#!/bin/sh\n" + script + "\n");
        ::chmod(path.c_str(), 0700);
        const variable program("SSH_ASKPASS", path), require("SSH_ASKPASS_REQUIRE", "force");
        return ask_user("question?", false);
    };
    CHECK(answer("echo \"got $1\"") == "got question?");
    CHECK(answer("printf 'a\\r\\nb\\n'") == "a");
    CHECK(answer("true") == "");
    CHECK_FALSE(answer("echo yes; exit 1"));
    CHECK_FALSE(answer("echo yes; kill -9 $$"));
    CHECK(answer("head -c 100000 /dev/zero | tr '\\0' x; true") == std::string(4096, 'x')); // and no more is read
    const test::captured_log log(verbosity::info);
    const variable program("SSH_ASKPASS", folder.path("none")), require("SSH_ASKPASS_REQUIRE", "force");
    CHECK_FALSE(ask_user("question?", false));
    CHECK(log.has("none): No such file or directory"));
}
