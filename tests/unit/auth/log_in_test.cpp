// Client flow against server flow: what a log-in looks like when both ends mean well.
#include "auth_rig.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;

namespace {

using strings = std::vector<std::string>;

auth_decision partial(strings methods)
{
    auth_decision d;
    d.what = auth_decision::kind::more;
    d.methods = std::move(methods);
    return d;
}

auth_decision ask_for(strings prompts, std::string text = {})
{
    auth_decision d;
    d.what = auth_decision::kind::ask;
    d.text = std::move(text);
    for (std::string& p : prompts)
        d.prompts.push_back(prompt{std::move(p), false});
    return d;
}

} // namespace

TEST_CASE("auth: a key that would do is signed with and logs in")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1))};
    p.client.settings.sign_at_once = GENERATE(false, true);
    p.client.decide = usual_answers({test_key(0), test_key(1)});
    p.server.decide = [](auth_attempt& a) {
        const bool by_key = a.what == asked_for::key_query || a.what == asked_for::key;
        const bool fits = by_key && a.key == test_key(1).public_half();
        return simple(fits ? auth_decision::kind::accept : auth_decision::kind::reject);
    };
    p.run();
    REQUIRE(p.client.succeeded());
    REQUIRE(p.server.succeeded());
    CHECK((*p.client.result)->proof_given);
    CHECK((*p.client.result)->method == "publickey");
    CHECK((*p.server.result)->user == "alice");
    CHECK((*p.server.result)->methods == strings{"publickey"});
    CHECK((*p.server.result)->key == test_key(1).public_half());
    CHECK(p.server.rejected.size() == 1);
}

TEST_CASE("auth: an RSA key uses the best algorithm that the server says it verifies")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(rsa_key())};
    p.client.decide = usual_answers({rsa_key()});
    std::string used;
    p.server.decide = [&](auth_attempt& a) {
        if (a.what == asked_for::key)
            used = a.key_algorithm;
        return simple(auth_decision::kind::accept);
    };
    SECTION("it says rsa-sha2-256")
    {
        p.client.has_sig_algs = true;
        p.client.sig_algs = {"ssh-ed25519", "rsa-sha2-256"};
        p.run();
        CHECK(used == "rsa-sha2-256");
        CHECK(p.client.succeeded());
    }
    SECTION("it says nothing, and knows only rsa-sha2-256: the query for rsa-sha2-512 fails first")
    {
        p.server.settings.signature_algorithms = {"rsa-sha2-256"};
        p.client.settings.sign_at_once = GENERATE(false, true);
        p.run();
        CHECK(used == "rsa-sha2-256");
        CHECK(p.client.succeeded());
        CHECK(p.server.rejected.size() == 1);
    }
    SECTION("it verifies none of them: the key is left out")
    {
        p.client.has_sig_algs = true;
        p.client.sig_algs = {"ssh-rsa"};
        p.server.decide = [](auth_attempt&) { return auth_decision{}; };
        p.run();
        REQUIRE(p.client.failed_with(errc::authentication_failed));
        CHECK(p.client.result->error().context().find("left out") != std::string::npos);
    }
}

TEST_CASE("auth: a key that cannot sign makes room for the next one")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1))};
    p.client.decide = [](client_question& q) -> client_answer {
        const auto& sign = std::get<sign_question>(q);
        if (sign.identity == 0)
            return outcome<bytes>(failure(errc::agent_failure, "locked"));
        return test_key(1).sign(sign.algorithm, sign.data);
    };
    p.server.decide = [](auth_attempt& a) {
        return simple(a.what == asked_for::none ? auth_decision::kind::reject : auth_decision::kind::accept);
    };
    p.run();
    REQUIRE(p.server.succeeded());
    CHECK((*p.server.result)->key == test_key(1).public_half());
}

TEST_CASE("auth: the second password is the right one")
{
    pair_rig p;
    p.client.settings.has_password = true;
    unsigned asked = 0;
    p.client.decide = [&](client_question& q) -> client_answer {
        CHECK(std::get<password_question>(q).attempt == asked);
        password_answer a;
        a.password.emplace(++asked == 2 ? "right" : "wrong");
        return a;
    };
    p.server.decide = [](auth_attempt& a) {
        const bool right = a.what == asked_for::password && a.password == "right";
        return simple(right ? auth_decision::kind::accept : auth_decision::kind::reject);
    };
    p.run();
    REQUIRE(p.client.succeeded());
    CHECK(asked == 2);
    CHECK((*p.client.result)->proof_given);
    CHECK(p.server.rejected == strings{"alice:password"});
}

TEST_CASE("auth: an expired password is changed, if need be twice")
{
    pair_rig p;
    p.client.settings.has_password = true;
    p.client.decide = usual_answers({}, "old");
    unsigned changes = 0;
    p.server.decide = [&](auth_attempt& a) {
        auth_decision d = simple(auth_decision::kind::change_password);
        d.text = "choose\na better one\x1b";
        if (a.what != asked_for::password && a.what != asked_for::new_password)
            return auth_decision{};
        CHECK(a.password == "old");
        if (a.what == asked_for::new_password && ++changes == 2) {
            CHECK(a.new_password == "brand new");
            d.what = auth_decision::kind::accept;
        }
        return d;
    };
    p.run();
    CHECK(p.client.succeeded());
    CHECK(p.server.succeeded());
    CHECK(changes == 2);
    CHECK(p.server.rejected.empty());
}

TEST_CASE("auth: a client that does not want to change its password goes on to the next method")
{
    pair_rig p;
    p.client.settings.methods = {"password", "keyboard-interactive"};
    p.client.settings.has_password = true;
    p.client.settings.has_interactive = true;
    p.client.decide = [](client_question& q) -> client_answer {
        if (const auto* wanted = std::get_if<password_question>(&q)) {
            password_answer a;
            if (!wanted->change)
                a.password.emplace("old");
            else
                CHECK(wanted->prompt == "expired");
            return a;
        }
        return std::optional<std::vector<secret_text>>();
    };
    p.server.decide = [](auth_attempt& a) {
        if (a.what == asked_for::interactive)
            return simple(auth_decision::kind::accept);
        auth_decision d = simple(auth_decision::kind::change_password);
        d.text = "expired";
        return d;
    };
    p.run();
    REQUIRE(p.client.succeeded());
    CHECK((*p.client.result)->method == "keyboard-interactive");
    CHECK_FALSE((*p.client.result)->proof_given);
}

TEST_CASE("auth: a dialogue has as many rounds and prompts as the server likes")
{
    const std::size_t prompts = GENERATE(0u, 1u, 2u, 100u);
    const unsigned rounds = GENERATE(1u, 3u, 100u);
    pair_rig p;
    p.client.settings.has_interactive = true;
    unsigned shown = 0;
    const auto usual = usual_answers({});
    p.client.decide = [&](client_question& q) {
        ++shown;
        CHECK(std::get<prompts_question>(q).instruction == "line\nline");
        return usual(q);
    };
    unsigned asked = 0;
    p.server.decide = [&](auth_attempt& a) {
        if (a.what == asked_for::answers) {
            CHECK(a.answers.size() == prompts);
            CHECK(a.round == asked);
            if (prompts > 0)
                CHECK(a.answers.back() == "CODE");
        }
        if (a.what == asked_for::none)
            return auth_decision{};
        return asked++ < rounds ? ask_for(strings(prompts, "code"), "line\r\nline") : simple(auth_decision::kind::accept);
    };
    p.run();
    REQUIRE(p.client.succeeded());
    CHECK(shown == rounds);
    CHECK((*p.client.result)->proof_given == (prompts > 0));
}

TEST_CASE("auth: a round without prompts and text is answered without bothering anybody")
{
    pair_rig p;
    p.client.settings.has_interactive = true;
    p.client.decide = [](client_question&) -> client_answer {
        FAIL("nobody should be asked");
        return std::optional<std::vector<secret_text>>();
    };
    p.server.decide = [](auth_attempt& a) {
        return a.what == asked_for::interactive ? ask_for({}) : simple(auth_decision::kind::accept);
    };
    p.run();
    CHECK(p.client.succeeded());
}

TEST_CASE("auth: three methods in a row, each credited once")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1)), identity_of(test_key(0))};
    p.client.settings.has_password = p.client.settings.has_interactive = true;
    p.client.decide = usual_answers({test_key(0), test_key(1), test_key(0)}, "pw");
    p.client.settings.probe_none = GENERATE(false, true);
    std::vector<strings> seen;
    p.server.decide = [&](auth_attempt& a) {
        if (a.what == asked_for::none)
            return auth_decision{};
        if (a.what == asked_for::key_query)
            return simple(auth_decision::kind::accept);
        if (a.what != asked_for::answers)
            seen.push_back(a.succeeded);
        if (a.what == asked_for::key)
            return a.succeeded.empty() ? partial({"publickey", "password"}) : partial({"password"});
        if (a.what == asked_for::password)
            return partial({"keyboard-interactive"});
        return a.what == asked_for::interactive ? ask_for({"token"}) : simple(auth_decision::kind::accept);
    };
    p.run();
    REQUIRE(p.client.succeeded());
    REQUIRE(p.server.succeeded());
    const strings all = {"publickey", "publickey", "password", "keyboard-interactive"};
    CHECK((*p.client.result)->methods == all);
    CHECK((*p.server.result)->methods == all);
    CHECK((*p.client.result)->proof_given);
    CHECK((*p.server.result)->key == test_key(1).public_half());
    CHECK(seen == std::vector<strings>{{}, {"publickey"}, {"publickey", "publickey"}, {"publickey", "publickey", "password"}});
    CHECK(p.server.rejected.empty());
}

TEST_CASE("auth: the banner comes once, before the first answer, and fit for a terminal")
{
    pair_rig p;
    p.server.settings.banner = "Welcome\r\n\tto C:\\host \x1b[31m\n";
    p.client.settings.has_password = true;
    p.client.decide = usual_answers({}, "wrong");
    p.run();
    CHECK(p.client.banners == strings{"Welcome\n\tto C:\\host \\x1b[31m\n"});
    CHECK(p.client.failed_with(errc::authentication_failed));
}

TEST_CASE("auth: method none logs in where the server wants no proof")
{
    pair_rig p;
    p.server.decide = [](auth_attempt& a) {
        return simple(a.what == asked_for::none ? auth_decision::kind::accept : auth_decision::kind::reject);
    };
    p.run();
    REQUIRE(p.client.succeeded());
    CHECK((*p.client.result)->method == "none");
    CHECK_FALSE((*p.client.result)->proof_given);
}

TEST_CASE("auth: a failed log-in says what was tried and what the server would take")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1)), identity_of(test_key(2))};
    p.client.settings.has_password = true;
    p.client.settings.password_prompts = 1;
    p.client.decide = usual_answers({}, "wrong");
    p.run();
    REQUIRE(p.client.failed_with(errc::authentication_failed));
    CHECK(p.client.result->error().context()
          == "tried publickey (3 keys), password; the server accepts publickey,password,keyboard-interactive");
}

TEST_CASE("auth: with nothing to try, method none learns the list for the error text")
{
    pair_rig p;
    p.server.settings.methods = {"publickey"};
    p.client.settings.missing = "no agent()";
    p.run();
    REQUIRE(p.client.failed_with(errc::authentication_failed));
    CHECK(p.client.result->error().context() == "nothing to try: no agent(); the server accepts publickey");
    CHECK(p.server.rejected.empty());
}
