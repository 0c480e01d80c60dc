#include "catch.hpp"

#include "lookups.hpp"

#include "base/access.hpp"
#include "config/client_lookup.hpp"

namespace sshoal::conf::test {
namespace {

bool applies(const std::string& conditions, const std::string& host = "work", const config_facts& facts = some_facts(),
             const std::string& before = "")
{
    return settings_of(before + "\nMatch " + conditions + "\n  Port 99", host, facts).port == 99;
}

/// Looks up with answers to every command: true for those that begin with "yes".
std::pair<std::uint16_t, std::vector<std::string>> with_commands(std::string_view text)
{
    const auto read = read_client_document(text, "file", {});
    REQUIRE(bool(read));
    lookup_answers answers;
    std::vector<std::string> asked;
    for (;;) {
        auto step = look_up(*read, "work", some_facts(), answers);
        REQUIRE(bool(step));
        if (step->question.what == lookup_question::kind::none)
            return {step->settings.port, asked};
        asked.push_back(step->question.text);
        REQUIRE(asked.size() < 10);
        const bool good = step->question.text.starts_with("yes");
        answers.emplace_back(step->question, good ? std::optional<std::string>("") : std::nullopt);
    }
}

} // namespace

TEST_CASE("Host: patterns, negation and case")
{
    const auto fits = [](const std::string& patterns, const std::string& host) {
        return settings_of("Host " + patterns + "\n  Port 99", host).port == 99;
    };
    CHECK(fits("work", "work"));
    CHECK(fits("other w?rk", "work"));
    CHECK(fits("*", "work"));
    CHECK_FALSE(fits("wor", "work"));
    CHECK_FALSE(fits("* !work", "work"));
    CHECK_FALSE(fits("!work *", "work"));
    CHECK_FALSE(fits("!other", "work")); // a negated pattern alone fits nothing
    CHECK_FALSE(fits("Work", "work"));
    CHECK(settings_of("Host work\nHostName real\nHost real\nPort 99").port == 22); // Host is about the name that was asked for
}

TEST_CASE("Match: facts about host, users, session and machine")
{
    CHECK(applies("all"));
    CHECK_FALSE(applies("!all"));
    CHECK(applies("host work"));
    CHECK(applies("host other,w*"));
    CHECK(applies("host=work"));
    CHECK(applies("Host WORK"));
    CHECK_FALSE(applies("!host work"));
    CHECK_FALSE(applies("host *,!work"));
    CHECK(applies("host real", "work", some_facts(), "HostName real"));
    CHECK(applies("originalhost work", "work", some_facts(), "HostName real"));
    CHECK(applies("user alice"));
    CHECK(applies("user bob", "work", some_facts(), "User bob"));
    CHECK(applies("localuser alice host work"));
    CHECK_FALSE(applies("localuser alice host other"));
    CHECK(applies("tagged x", "work", some_facts(), "Tag x"));
    CHECK(applies("tagged \"\""));
    CHECK_FALSE(applies("tagged x"));
    CHECK(applies("version sshoal_*"));
    CHECK_FALSE(applies("version OpenSSH_*"));
    config_facts f = some_facts();
    CHECK(applies("sessiontype shell", "work", f));
    CHECK(applies("command \"\"", "work", f));
    f.remote_command = "rsync --server";
    CHECK(applies("sessiontype exec", "work", f));
    CHECK(applies("command rsync*", "work", f));
    f.subsystem = true;
    CHECK(applies("sessiontype subsystem", "work", f));
    f.local_addresses = {"127.0.0.1", "192.0.2.7", "2001:db8::7"};
    CHECK(applies("localnetwork 192.0.2.0/24", "work", f));
    CHECK(applies("localnetwork 10.0.0.0/8,2001:db8::/32", "work", f));
    CHECK_FALSE(applies("localnetwork 10.0.0.0/8", "work", f));
}

TEST_CASE("Match: conditions that cannot be read are errors, wherever they stand")
{
    for (const char* bad : {"nonsense x", "host", "host \"\"", "all host work", "host work all", "user", "exec", "exec \"\""}) {
        INFO(bad);
        const failure f = trouble_of(std::string("Host other\nMatch ") + bad);
        CHECK(f.code() == errc::bad_configuration);
        CHECK(f.context().starts_with("file line 2: Match: "));
    }
    CHECK(settings_of("Match canonical all\nPort 99").port == 22);
    CHECK(settings_of("Match final all\nPort 99").port == 99);
}

TEST_CASE("Match final: the files are read a second time, and the name is that of HostName")
{
    CHECK(settings_of("Host work\nHostName real\nMatch final\nUser late\nHost real\nPort 99").port == 99);
    CHECK(settings_of("Host work\nHostName real\nMatch final\nUser late").user == "late");
    CHECK(settings_of("Host work\nHostName real\nMatch !final\nUser early\nHost real\nPort 99").port == 22);
    CHECK(settings_of("Match final host real\nPort 99\nHost work\nHostName real").port == 99);
}

TEST_CASE("Match exec: a command is asked about when it is needed, once, and never behind another condition that fails")
{
    using commands = std::vector<std::string>;
    CHECK(with_commands("Match exec \"yes %h %p\"\nPort 99") == std::pair<std::uint16_t, commands>(99, {"yes work 22"}));
    CHECK(with_commands("Match exec no\nPort 99") == std::pair<std::uint16_t, commands>(22, {"no"}));
    CHECK(with_commands("Match !exec no\nPort 99") == std::pair<std::uint16_t, commands>(99, {"no"}));
    CHECK(with_commands("Match exec yes host other\nPort 99") == std::pair<std::uint16_t, commands>(22, {}));
    CHECK(with_commands("Match host other exec yes\nPort 99") == std::pair<std::uint16_t, commands>(22, {}));
    CHECK(with_commands("Match exec no exec yes\nPort 99") == std::pair<std::uint16_t, commands>(22, {"no"}));
    CHECK(with_commands("Match exec yes\nUser a\nMatch exec yes\nPort 99\nMatch exec \"yes %r\"\nTag x")
          == std::pair<std::uint16_t, commands>(99, {"yes", "yes a"}));
    CHECK(trouble_of("Match exec yes\nPort 99").context().find("depend on the command yes") != std::string::npos);
    CHECK(trouble_of("Match exec \"x %h\"", "a;b").context().find("a shell would act on") != std::string::npos);
}

} // namespace sshoal::conf::test
