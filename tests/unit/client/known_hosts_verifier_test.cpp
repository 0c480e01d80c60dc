#include "catch.hpp"

#include "session_support.hpp"
#include "sshoal/host_key_verifier.hpp"
#include "sshoal/ssh_config.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <semaphore>

using namespace session_test;

namespace {

host_identity server(const public_key& key, const std::string& host = "example.org", std::uint16_t port = 22)
{
    host_identity s;
    s.host = host;
    s.port = port;
    s.key = key;
    return s;
}

std::string line(const std::string& host, const public_key& key)
{
    return host + " " + std::string(key.type_name()) + key.line().substr(key.type_name().size()) + "\n";
}

bool mentions(const failure& f, const std::string& words) { return f.context().find(words) != std::string::npos; }

failure verdict(const std::vector<std::string>& files, const host_identity& who)
{
    const auto v = trust_known_hosts(files);
    return waited(v->verify(who));
}

} // namespace

TEST_CASE("A key on record for its host is accepted and others are not")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string lines = line("example.org", mine) + line("[example.org]:2222", other);
    const std::string file = folder.write("known_hosts", "# comment\n\n" + lines);

    CHECK_FALSE(verdict({file}, server(mine)));
    CHECK_FALSE(verdict({file}, server(mine, "EXAMPLE.org")));
    CHECK_FALSE(verdict({file}, server(other, "example.org", 2222)));

    const failure changed = verdict({file}, server(other));
    CHECK(changed.code() == errc::host_key_changed);
    CHECK(mentions(changed, "host key of example.org changed"));
    CHECK(mentions(changed, other.fingerprint()));
    CHECK(mentions(changed, "line 3"));
    CHECK(mentions(changed, "ssh-keygen -R 'example.org' -f '" + file + "'"));

    const failure unknown = verdict({file}, server(mine, "example.com"));
    CHECK(unknown.code() == errc::host_key_unknown);
    CHECK(mentions(unknown, "is not known"));
    CHECK(mentions(unknown, mine.fingerprint()));
    CHECK(mentions(unknown, file));
    CHECK_FALSE(mentions(unknown, "does not exist"));

    const failure nowhere = verdict({file, folder / "none"}, server(mine, "example.com"));
    CHECK(mentions(nowhere, file + ", " + folder / "none (this file does not exist)"));
    const variable home("HOME", folder / "");
    CHECK_FALSE(verdict({"~/known_hosts"}, server(mine)));
}

TEST_CASE("A port of its own has lines of its own, and a line without one may still confirm")
{
    const temporary_folder folder;
    const public_key plain = fresh_key(), own = fresh_key();
    const std::string both = folder.write("both", line("example.org", plain) + line("[example.org]:2222", own));
    const std::string only_plain = folder.write("plain", line("example.org", plain));

    const failure changed = verdict({both}, server(plain, "example.org", 2222));
    CHECK(mentions(changed, "host key of [example.org]:2222 changed"));
    CHECK(mentions(changed, "line 2"));
    CHECK_FALSE(verdict({only_plain}, server(plain, "example.org", 2222)));
    CHECK(mentions(verdict({only_plain}, server(own, "example.org", 2222)), "is not known"));
}

TEST_CASE("A match in any file counts, a revocation in any file wins, a change is a change in any file")
{
    const temporary_folder folder;
    const public_key a = fresh_key(), b = fresh_key(), c = known_key("rsa");
    const std::string first = folder.write("first", line("example.org", a));
    const std::string second = folder.write("second", line("example.org", b));
    const std::string missing = folder / "missing";

    CHECK_FALSE(verdict({first, second}, server(a)));
    CHECK_FALSE(verdict({first, second}, server(b)));
    CHECK_FALSE(verdict({missing, second}, server(b)));
    // A key of another type is a change as well: otherwise an impostor would only have to offer one.
    CHECK(mentions(verdict({missing, second}, server(c)), "changed"));
    CHECK(mentions(verdict({missing}, server(a)), "is not known"));

    const std::string revoked = folder.write("revoked", "@revoked " + line("*", a));
    const failure refused = verdict({first, second, revoked}, server(a));
    CHECK(refused.code() == errc::host_key_rejected);
    CHECK(mentions(refused, "revoked"));
    CHECK(mentions(refused, revoked + " line 1"));
    CHECK_FALSE(verdict({first, second, revoked}, server(b)));
}

TEST_CASE("A file that cannot be read is not passed over")
{
    const temporary_folder folder;
    const public_key mine = fresh_key();
    const std::string good = folder.write("good", line("example.org", mine));
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(verdict({good, folder / "fifo"}, server(mine)).code() == errc::file_error);
}

TEST_CASE("With add a new host is recorded in the first file, and held to it from then on")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string file = folder / "ssh/known_hosts";
    const std::string system = folder.write("system", "");
    const auto v = trust_known_hosts({file, system}, unknown_host::add);

    host_identity new_host = server(mine, "Example.org", 2222);
    std::string said;
    new_host.warn = [&](const std::string& text) { said = text; };
    CHECK_FALSE(waited(v->verify(new_host)));
    CHECK(said.find(" added to " + file + ": ") != said.npos);
    const std::string written = text_of_file(file);
    CHECK(written == "[example.org]:2222 " + mine.line() + "\n");
    CHECK(std::filesystem::status(folder / "ssh").permissions() == std::filesystem::perms::owner_all);
    CHECK(text_of_file(system).empty());
    CHECK_FALSE(waited(v->verify(server(mine, "example.org", 2222))));
    CHECK(text_of_file(file) == written);
    CHECK(mentions(waited(v->verify(server(other, "example.org", 2222))), "changed"));
    CHECK(text_of_file(file) == written);
}

TEST_CASE("A host that nobody vouched for and that cannot be recorded is refused")
{
    const temporary_folder folder;
    const public_key mine = fresh_key();
    const auto no_folder = trust_known_hosts({folder / "a/b/c/known_hosts"}, unknown_host::add);
    CHECK(waited(no_folder->verify(server(mine))).code() == errc::file_error);
    const auto no_file = trust_known_hosts(std::vector<std::string>(), unknown_host::add);
    CHECK(waited(no_file->verify(server(mine))).code() == errc::file_error);
    const auto odd_name = trust_known_hosts({folder / "known_hosts"}, unknown_host::add);
    CHECK(waited(odd_name->verify(server(mine, "*"))).code() == errc::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(folder / "known_hosts"));
}

TEST_CASE("With ask the function decides, and its yes is recorded unless the files say something by then")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string file = folder / "known_hosts";
    unsigned asked = 0;
    bool answer = false;
    std::string meanwhile;
    const verify_function ask = [&](host_identity who) -> awaitable<bool> {
        ++asked;
        CHECK(who.host == "example.org");
        CHECK(who.key == mine);
        if (!meanwhile.empty())
            std::ofstream(file) << meanwhile;
        co_return answer;
    };
    const auto v = trust_known_hosts({file}, unknown_host::ask, ask);

    CHECK(waited(v->verify(server(mine))).code() == errc::host_key_rejected);
    CHECK_FALSE(std::filesystem::exists(file));
    answer = true;

    SECTION("yes is appended and not asked for again")
    {
        CHECK_FALSE(waited(v->verify(server(mine))));
        CHECK(text_of_file(file) == "example.org " + mine.line() + "\n");
        CHECK_FALSE(waited(v->verify(server(mine))));
        CHECK(asked == 2);
    }
    SECTION("another connection recorded the same key: no second line")
    {
        meanwhile = line("example.org", mine);
        CHECK_FALSE(waited(v->verify(server(mine))));
        CHECK(text_of_file(file) == meanwhile);
    }
    SECTION("another connection recorded another key: refused after all")
    {
        meanwhile = line("example.org", other);
        CHECK(mentions(waited(v->verify(server(mine))), "changed"));
    }
    SECTION("a changed key is not asked about")
    {
        std::ofstream(file) << line("example.org", other);
        CHECK(mentions(waited(v->verify(server(mine))), "changed"));
        CHECK(asked == 1);
    }
    SECTION("without a function nobody says yes")
    {
        const auto nobody = trust_known_hosts({file}, unknown_host::ask);
        CHECK(mentions(waited(nobody->verify(server(mine))), "is not known"));
    }
}

TEST_CASE("Entries in memory are as good as a file, and learn")
{
    const public_key mine = fresh_key(), other = fresh_key();
    known_hosts entries;
    REQUIRE(entries.add("example.org", 22, mine).has_value());
    const auto strict = trust_known_hosts(entries);
    CHECK_FALSE(waited(strict->verify(server(mine))));
    CHECK(strict->preferred_algorithms(server(mine)) == std::vector<std::string>{"ssh-ed25519"});
    CHECK(waited(strict->verify(server(mine, "example.com"))).code() == errc::host_key_unknown);
    CHECK(waited(strict->verify(server(other))).code() == errc::host_key_changed);

    const auto learning = trust_known_hosts(entries, unknown_host::add);
    CHECK_FALSE(waited(learning->verify(server(mine, "example.com"))));
    CHECK_FALSE(waited(learning->verify(server(mine, "example.com"))));
    CHECK(waited(learning->verify(server(other, "example.com"))).code() == errc::host_key_changed);
    CHECK(entries.size() == 1); // the verifier's are its own
}

TEST_CASE("An alias is looked up in place of host and port")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string file = folder.write("known_hosts", line("cluster", mine) + line("[example.org]:2222", other));
    host_identity who = server(mine, "example.org", 2222);
    CHECK(verdict({file}, who).code() == errc::host_key_changed);
    who.alias = "cluster";
    CHECK_FALSE(verdict({file}, who));
    who.key = other;
    CHECK(mentions(verdict({file}, who), "host key of cluster changed"));
}

TEST_CASE("A source beside the files is asked before and during the key exchange, and its word counts as a file's")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string file = folder.write("known_hosts", line("example.net", mine));
    std::vector<bool> had_key;
    outcome<std::string> lines = line("example.org", mine) + line("@revoked example.net", mine);
    const auto v = trust_known_hosts(
        std::vector<std::string>{file},
        [&](const host_identity& s) {
            had_key.push_back(bool(s.key));
            return lines;
        },
        unknown_host::refuse, {});
    CHECK(v->preference_waits());
    CHECK_FALSE(trust_known_hosts({file})->preference_waits());
    CHECK(v->preferred_algorithms(server({})) == std::vector<std::string>{"ssh-ed25519"});
    CHECK_FALSE(waited(v->verify(server(mine))));
    CHECK(waited(v->verify(server(other))).code() == errc::host_key_changed);
    CHECK(waited(v->verify(server(mine, "example.net"))).code() == errc::host_key_rejected);
    CHECK(had_key == std::vector<bool>{false, true, true, true});
    lines = failure(errc::file_error, "it is broken");
    CHECK(waited(v->verify(server(mine, "example.net"))).context() == "it is broken"); // though a file knows the key
    CHECK(v->preferred_algorithms(server({})).empty());
}

TEST_CASE("KnownHostsCommand may print so many bytes and no more")
{
    for (const std::size_t length : {99, 100, 101}) {
        const ssh_config file
            = ssh_config::parse("KnownHostsCommand /usr/bin/head -c " + std::to_string(length) + " /dev/zero\n", "file").value();
        const ssh_settings settings = waited(file.lookup("example.org"));
        const outcome<std::string> printed = known_hosts_command(settings, 100)(server(fresh_key()));
        INFO(length);
        CHECK(bool(printed) == (length <= 100));
        if (printed)
            CHECK(printed->size() == length);
        else
            CHECK(printed.error().context() == "KnownHostsCommand /usr/bin/head prints more than 100 bytes");
    }
}

TEST_CASE("A source that answers when the connection and the verifier are gone harms nobody")
{
    struct scene {
        std::binary_semaphore asked{0}, goes_on{0}, answered{0};
    };
    const auto at = std::make_shared<scene>();
    asio::io_context ctx;
    asio::cancellation_signal given_up;
    auto v = trust_known_hosts(
        std::vector<std::string>{},
        [at](const host_identity&) {
            at->asked.release();
            at->goes_on.acquire();
            at->answered.release();
            return outcome<std::string>(std::string());
        },
        unknown_host::refuse, {});
    std::exception_ptr end;
    asio::co_spawn(ctx, v->verify(server(fresh_key())),
                   asio::bind_cancellation_slot(given_up.slot(), [&](std::exception_ptr e, const failure&) { end = std::move(e); }));
    ctx.poll();
    at->asked.acquire();
    given_up.emit(asio::cancellation_type::terminal);
    ctx.restart();
    ctx.run_for(std::chrono::seconds(5));
    CHECK(end);
    v.reset();
    at->goes_on.release();
    at->answered.acquire();
}

TEST_CASE("The key types on record come first in negotiation")
{
    const temporary_folder folder;
    std::string lines;
    for (const public_key& k : {known_key("rsa"), known_key("ecdsa_p256"), fresh_key(), fresh_key()})
        lines += line("example.org", k);
    const std::string file = folder.write("known_hosts", lines);
    const std::vector<std::string> known{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"};
    CHECK(trust_known_hosts({file})->preferred_algorithms(server({})) == known);
    CHECK(trust_known_hosts({file})->preferred_algorithms(server({}, "example.com")).empty());
    CHECK(trust_known_hosts({folder / "missing"})->preferred_algorithms(server({})).empty());
    host_identity aliased = server({}, "192.0.2.1", 2222);
    aliased.alias = "example.org";
    CHECK(trust_known_hosts({file})->preferred_algorithms(aliased) == known);
}

TEST_CASE("Fixed keys, a function, and no check at all")
{
    const public_key mine = fresh_key(), other = known_key("ecdsa_p256");
    const auto fixed = trust_keys({other, public_key(), mine});
    CHECK_FALSE(waited(fixed->verify(server(mine))));
    CHECK(fixed->preferred_algorithms(server({}, "x")) == std::vector<std::string>{"ecdsa-sha2-nistp256", "ssh-ed25519"});
    const failure refused = waited(fixed->verify(server(fresh_key())));
    CHECK(refused.code() == errc::host_key_rejected);
    CHECK(mentions(refused, mine.fingerprint()));
    CHECK_FALSE(waited(trust_key(mine)->verify(server(mine))));
    CHECK(waited(trust_key(other)->verify(server(mine))).code() == errc::host_key_rejected);
    CHECK(waited(trust_keys({})->verify(server(mine))).code() == errc::host_key_rejected);

    const verify_function only_mine = [&](host_identity who) -> awaitable<bool> { co_return who.key == mine; };
    const auto decided = trust_if(only_mine);
    CHECK_FALSE(waited(decided->verify(server(mine))));
    CHECK(waited(decided->verify(server(other))).code() == errc::host_key_rejected);
    CHECK(waited(trust_if({})->verify(server(mine))).code() == errc::host_key_rejected);

    CHECK_FALSE(waited(trust_any_host_key_insecurely()->verify(server(other))));
}

TEST_CASE("With warn a new host passes with a warning and is not recorded, and a changed key does not pass")
{
    const temporary_folder folder;
    const public_key mine = fresh_key(), other = fresh_key();
    const std::string file = folder.write("known_hosts", line("example.org", mine));
    const auto v = trust_known_hosts({file}, unknown_host::warn);
    std::vector<std::string> warnings;
    host_identity unknown = server(other, "example.com");
    unknown.warn = [&](const std::string& text) { warnings.push_back(text); };
    for (const std::size_t times : {1u, 2u}) {
        CHECK_FALSE(waited(v->verify(unknown)));
        REQUIRE(warnings.size() == times);
        CHECK(warnings.back().find("example.com is not known") != std::string::npos);
        CHECK(warnings.back().find(other.fingerprint()) != std::string::npos);
    }
    CHECK(text_of_file(file) == line("example.org", mine));
    CHECK_FALSE(waited(v->verify(server(other, "example.net")))); // nobody listens
    host_identity changed = server(other);
    changed.warn = unknown.warn;
    CHECK(waited(v->verify(changed)).code() == errc::host_key_changed);
    CHECK_FALSE(waited(v->verify(server(mine))));
    CHECK(warnings.size() == 2);
}

TEST_CASE("Entries that are shared with a verifier change for both")
{
    const public_key mine = fresh_key(), other = fresh_key();
    const auto shared = std::make_shared<shared_known_hosts>();
    const auto v = trust_known_hosts(shared, unknown_host::add);
    CHECK_FALSE(waited(v->verify(server(mine))));
    CHECK(shared->get().check("example.org", 22, mine) == host_status::match);
    CHECK(waited(v->verify(server(other))).code() == errc::host_key_changed);
    CHECK(shared->change([](known_hosts& all) { return all.remove("example.org", 22); }) == 1);
    CHECK_FALSE(waited(v->verify(server(other))));
    CHECK(shared->look([](const known_hosts& all) { return all.size(); }) == 1);
    CHECK_FALSE(waited(trust_known_hosts({"/dev/null"}, unknown_host::add)->verify(server(mine))));
}
