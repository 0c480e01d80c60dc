#include "catch.hpp"

#include "session/client_options_impl.hpp"
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
    CHECK(o.connect_timeout == std::chrono::seconds(30));
    CHECK(o.methods == std::vector<std::string>{"publickey", "keyboard-interactive", "password"});
    CHECK_FALSE(o.refuse_no_proof);
    CHECK(o.check().code() == errc::no_host_key_verifier);
}

TEST_CASE("Keys keep the order in which they were given")
{
    client_options options;
    const auto k = private_key::generate(key_type::ed25519).value();
    options.agent("/run/agent").key(k).identity_file("id").identity(make_signer(k)).agent();
    const auto& list = options.get().identities;
    REQUIRE(list.size() == 5);
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
