#include "catch.hpp"

#include "client/client_options_impl.hpp"
#include "session_support.hpp"

using namespace session_test;

namespace {

awaitable<std::optional<std::string>> say_secret(std::string, unsigned) { co_return std::string("secret"); }

} // namespace

TEST_CASE("Copies of options part company when one of them changes")
{
    client_options first;
    first.user("a").port(2222).verifier(trust_any_host_key_insecurely());
    client_options second = first;
    CHECK(&first.get() == &second.get());
    second.user("b");
    CHECK(first.get().user == "a");
    CHECK(second.get().user == "b");
    CHECK(second.get().port == 2222);
    CHECK(second.get().verifier == first.get().verifier);

    const client_options::impl* const alone = &first.get();
    first.port(22);
    CHECK(&first.get() == alone);

    client_options third = std::move(first);
    first.user("again"); // moved from: begins anew
    CHECK(first.get().port == 22);
    CHECK(third.get().user == "a");
}

TEST_CASE("The defaults are those of the header")
{
    const client_options options;
    const auto& o = options.get();
    CHECK_FALSE(o.user.empty());
    CHECK(o.port == 22);
    CHECK(o.dial.timeout() == std::chrono::seconds(30));
    CHECK(o.timeout == std::chrono::seconds(0));
    CHECK(o.methods == std::vector<std::string>{"publickey", "keyboard-interactive", "password"});
    CHECK_FALSE(o.refuse_no_proof);
    CHECK(o.check().code() == errc::no_host_key_verifier);
}

TEST_CASE("Keys keep the order in which they were given")
{
    client_options options;
    const auto k = private_key::generate(key_type::ed25519).value();
    options.agent("/run/agent").key(k).identity_file("id").identity(make_signer(k)).agent().identity_default();
    const auto& list = options.get().identities;
    REQUIRE(list.size() == 6);
    CHECK(std::holds_alternative<default_identities_source>(list[5]));
    CHECK(std::get<agent_source>(list[0]).path == "/run/agent");
    CHECK(std::get<std::shared_ptr<signer>>(list[1])->key() == k.public_half());
    CHECK(std::get<identity_file_source>(list[2]).path == "id");
    CHECK(std::get<std::shared_ptr<signer>>(list[3])->key() == k.public_half());
    CHECK(std::get<agent_source>(list[4]).path.empty());
}

TEST_CASE("A fixed password answers the first attempt only, a function every one")
{
    client_options options;
    options.password("hunter2");
    CHECK(waited(options.get().password("Password: ", 0)) == std::optional<std::string>("hunter2"));
    CHECK(waited(options.get().password("Password: ", 1)) == std::nullopt);
    CHECK(waited(options.get().password("Password: ", 0)) == std::optional<std::string>("hunter2"));
    // The coroutine has what it needs: the options may go while it waits.
    auto pending = options.get().password("Password: ", 0);
    options.password(say_secret);
    CHECK(waited(std::move(pending)) == std::optional<std::string>("hunter2"));
    CHECK(waited(options.get().password("Password: ", 4)) == std::optional<std::string>("secret"));
}

TEST_CASE("A fixed passphrase answers the first attempt for every file")
{
    client_options options;
    options.passphrase("open");
    CHECK(waited(options.get().passphrase("id_rsa", 0)) == std::optional<std::string>("open"));
    CHECK(waited(options.get().passphrase("id_rsa", 1)) == std::nullopt);
    CHECK(waited(options.get().passphrase("id_ecdsa", 0)) == std::optional<std::string>("open"));
}

TEST_CASE("Compression and keep-alives hold in whatever order the options are given")
{
    client_options options;
    algorithms a;
    a.ciphers("aes256-ctr");
    limits l;
    l.max_channels = 7;
    const auto first_compression = [&] { return options.get().algorithms.compression().front(); };
    CHECK(first_compression() == "none");

    SECTION("before") { options.compression().keepalive(std::chrono::seconds(15), 4).algorithms(a).limits(l); }
    SECTION("behind") { options.algorithms(a).limits(l).compression().keepalive(std::chrono::seconds(15), 4); }

    CHECK(options.get().algorithms.compression() == std::vector<std::string>{"zlib@openssh.com", "none"});
    CHECK(options.get().algorithms.ciphers() == std::vector<std::string>{"aes256-ctr"});
    CHECK(options.get().limits.keepalive_interval == std::chrono::seconds(15));
    CHECK(options.get().limits.keepalive_count == 4);
    CHECK(options.get().limits.max_channels == 7);
    options.compression(false);
    CHECK(first_compression() == "none");
    CHECK_FALSE(options.get().algorithms.check());
}

TEST_CASE("The first thing that cannot be used is what connect() will say")
{
    const auto trusting = [] { return client_options().user("u").verifier(trust_any_host_key_insecurely()); };
    CHECK_FALSE(trusting().get().check());
    CHECK(trusting().user("").get().check().code() == errc::invalid_argument);
    CHECK(trusting().key({}).get().check().code() == errc::invalid_argument);
    CHECK(trusting().identity(nullptr).get().check().code() == errc::invalid_argument);
    CHECK(trusting().methods({"publickey", "guess"}).get().check().context().find("guess") != std::string::npos);
    CHECK(trusting().algorithms(algorithms().ciphers("rot13")).get().check().code() == errc::unknown_algorithm);
    CHECK(trusting().verifier(nullptr).get().check().code() == errc::no_host_key_verifier);
    CHECK_FALSE(trusting().verifier(nullptr).host_key(fresh_key()).get().check());
}

TEST_CASE("The last verifier counts, and so do its mistakes")
{
    const verify_function ask = [](host_identity) -> awaitable<bool> { co_return true; };
    const auto check = [](const client_options& o) { return client_options(o).user("u").get().check(); };
    CHECK(check(client_options().host_key({})).code() == errc::invalid_argument);
    CHECK(check(client_options().known_hosts("f", unknown_host::ask)).code() == errc::invalid_argument);
    CHECK(check(client_options().known_hosts("f", unknown_host::ask)).context().find("function that asks") != std::string::npos);
    CHECK(check(client_options().known_hosts_default(unknown_host::ask)).code() == errc::invalid_argument);
    CHECK_FALSE(check(client_options().known_hosts("f", unknown_host::ask, ask)));
    CHECK_FALSE(check(client_options().known_hosts_default(unknown_host::ask, ask)));
    CHECK_FALSE(check(client_options().host_key({}).known_hosts("f")));
    CHECK(check(client_options().known_hosts("f").host_key({})).code() == errc::invalid_argument);
    const std::string nothing = check(client_options()).context();
    for (const char* const call : {"known_hosts_default()", "known_hosts(file)", "host_key(key)", "verifier()"})
        CHECK(nothing.find(call) != std::string::npos);
}

TEST_CASE("The software version has no blank, no minus and nothing but printable ASCII; its comment may have both")
{
    const auto check = [](const std::string& version, const std::string& comment = {}) {
        return client_options().host_key(fresh_key()).user("u").software(version, comment).get().check();
    };
    for (const char* const good : {"tool", "my_tool_1.0", "~!@#"})
        CHECK_FALSE(check(good));
    for (const std::string& bad : {std::string(), std::string("my tool"), std::string("my-tool"), std::string("t\n"),
                                   std::string("t\r"), std::string("t\0", 2), std::string("\xc3\xa4"), std::string("\x7f")}) {
        CHECK(check(bad).code() == errc::invalid_argument);
        CHECK(check(bad, "comment").code() == errc::invalid_argument);
    }
    for (const char* const good : {"Debian-2+deb12u6", "a few words - and more", "~"})
        CHECK_FALSE(check("tool", good));
    for (const std::string& bad : {std::string("c\n"), std::string("c\r"), std::string("\0", 1), std::string("\xc3\xa4"),
                                   std::string("\t"), std::string("\x7f")})
        CHECK(check("tool", bad).code() == errc::invalid_argument);
    CHECK(check("my tool").context().starts_with("software(\"my tool\"): "));
    CHECK(check("t", "\n").context() == "software(\"t\", \"\\x0a\"): the comment is printable ASCII");
}

TEST_CASE("The identification string has 255 bytes at most, line end included")
{
    const auto of = [](std::size_t version, std::size_t comment) {
        return client_options().host_key(fresh_key()).user("u").software(std::string(version, 'x'), std::string(comment, 'y'));
    };
    for (const std::size_t version : {std::size_t(1), std::size_t(244), std::size_t(245)})
        CHECK_FALSE(of(version, 0).get().check());
    CHECK(of(246, 0).get().check().code() == errc::invalid_argument);
    CHECK_FALSE(of(100, 143).get().check());
    CHECK_FALSE(of(100, 144).get().check());
    CHECK(of(100, 145).get().check().code() == errc::invalid_argument);
    CHECK(of(245, 1).get().check().code() == errc::invalid_argument);
    CHECK(of(100, 144).get().software.size() == 245);
    CHECK(client_options().software("a", "b").software("c").get().software == "c");
}

TEST_CASE("A path that begins with the sign for home is one of the home directory")
{
    const temporary_folder home;
    const variable kept("HOME", home / "");
    client_options options;
    options.identity_file("~/id").agent("~/agent").identity_file("a~/id").identity_file("~other/id");
    const auto& list = options.get().identities;
    CHECK(std::get<identity_file_source>(list[0]).path == home / "/id");
    CHECK(std::get<agent_source>(list[1]).path == home / "/agent");
    CHECK(std::get<identity_file_source>(list[2]).path == "a~/id");
    CHECK(std::get<identity_file_source>(list[3]).path == "~other/id");
}
