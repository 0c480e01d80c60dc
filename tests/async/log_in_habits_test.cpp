// What is asked for at a log-in, and when; what is told where it fails.
#include "ends.hpp"
#include "vector_files.hpp"

#include <algorithm>
#include <filesystem>

using namespace rig;

namespace {

using lines = std::shared_ptr<std::vector<std::string>>;

log_function into(const lines& all)
{
    return [all](log_level, std::string_view line) { all->emplace_back(line); };
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

awaitable<failure> failure_of_client(server_options s, client_options c)
{
    auto both = failed_to_connect(std::move(s), std::move(c));
    const failures f = co_await std::move(both);
    co_return f.client;
}

} // namespace

TEST_CASE("a passphrase is asked for only when the server takes the key, or where nothing else tells which key it is")
{
    const temporary_folder home;
    const std::string known = home.path / "known", hidden = home.path / "hidden";
    std::filesystem::remove(known);
    std::filesystem::remove(hidden);
    REQUIRE(other_key().save(known, "open").has_value());
    std::filesystem::copy_file(sshoal::test::vector_file("keys/ecdsa_p256.pem.enc"), hidden);
    std::filesystem::permissions(hidden, std::filesystem::perms::owner_read);
    const auto asked = std::make_shared<std::vector<std::string>>();
    const passphrase_function ask = [asked](std::string path, unsigned) -> awaitable<std::optional<std::string>> {
        asked->push_back(path.substr(path.rfind('/') + 1));
        co_return std::optional<std::string>(asked->back() == "known" ? "open" : "sshoal");
    };
    run_test([&]() -> awaitable<void> {
        // The only key, which the server does not take: nobody is asked.
        failure f = co_await failure_of_client(server_setup(), keyless_setup().identity_file(known).passphrase(ask));
        CHECK(f.code() == errc::authentication_failed);
        CHECK(asked->empty());
        // One that the server takes comes first.
        pair p = co_await connected(server_setup(), keyless_setup().key(user_key()).identity_file(hidden).passphrase(ask));
        CHECK(asked->empty());
        p = co_await connected(server_setup(), keyless_setup().identity_file(hidden).key(user_key()).passphrase(ask));
        CHECK(*asked == names("hidden"));
        const auto half = public_key::load(sshoal::test::vector_file("keys/ecdsa_p256.pub")).value();
        const auth_function let = [half](auth_request r) -> awaitable<auth_decision> {
            const bool right = r.key && r.key == half;
            co_return right ? auth_decision::accept() : auth_decision::reject();
        };
        asked->clear();
        p = co_await connected(server_setup().authenticator(let),
                               keyless_setup().identity_file(hidden).passphrase(ask));
        CHECK(p.server.user_key() == half);
        CHECK(*asked == names("hidden"));
    });
}

TEST_CASE("a server that ends the log-in: what was tried, and what the server takes, is told")
{
    run_test([]() -> awaitable<void> {
        const auto told = std::make_shared<std::vector<login_refusal>>();
        const std::function<void(const login_refusal&)> keep = [told](const login_refusal& r) { told->push_back(r); };
        auto many = keyless_setup().on_refused(keep);
        for (int i = 0; i < 4; ++i)
            many.key(private_key::generate(key_type::ed25519).value());
        failure f = co_await failure_of_client(server_setup().max_auth_tries(3), many);
        CHECK(f.code() == errc::disconnected);
        CHECK(has(f.context(), "during the log-in, tried publickey (3 keys)"));
        CHECK(has(f.context(), "IdentitiesOnly"));
        REQUIRE(told->size() == 1);
        CHECK(told->front().server_methods == names("publickey"));
        f = co_await failure_of_client(server_setup().max_auth_tries(1), keyless_setup().key(other_key()).on_refused(keep));
        CHECK(has(f.context(), "tried publickey (1 key)"));
        CHECK_FALSE(has(f.context(), "IdentitiesOnly"));
        f = co_await failure_of_client(server_setup(), keyless_setup().key(other_key()).on_refused(keep));
        CHECK(f.code() == errc::authentication_failed);
        REQUIRE(told->size() == 3);
        CHECK(told->back().tried == "publickey (1 key)");
        CHECK(told->back().server_methods == names("publickey"));
        pair p = co_await connected(server_setup(), client_setup().on_refused(keep));
        p.server.close();
        CHECK(told->size() == 3);
    });
}

TEST_CASE("as many passwords as password_prompts() says")
{
    run_test([]() -> awaitable<void> {
        const auth_function let = [](auth_request r) -> awaitable<auth_decision> {
            const bool right = r.what == auth_request::kind::password && r.password == "4";
            co_return right ? auth_decision::accept() : auth_decision::reject();
        };
        const auto server = server_setup().authenticator(let, names("password")).max_auth_tries(20);
        const auto count = std::make_shared<unsigned>(0);
        const password_function type = [count](std::string, unsigned attempt) -> awaitable<std::optional<std::string>> {
            ++*count;
            co_return std::optional<std::string>(std::to_string(attempt));
        };
        const auto client = keyless_setup().methods(names("password")).password(type);
        for (const unsigned most : {1u, 4u}) {
            *count = 0;
            failure f = co_await failure_of_client(server, client_options(client).password_prompts(most));
            CHECK(f.code() == errc::authentication_failed);
            CHECK(*count == most);
        }
        *count = 0;
        pair p = co_await connected(server, client_options(client).password_prompts(5));
        CHECK(*count == 5);
    });
}

TEST_CASE("RSA keys of 1024 bits are for those who ask for them, on either end")
{
    const private_key rsa = private_key::load(sshoal::test::vector_file("keys/rsa1024")).value();
    run_test([&rsa]() -> awaitable<void> {
        auto accepting = [&rsa] { return server_setup().authenticator(authenticate_keys({rsa.public_half()})); };
        const auto ours = keyless_setup().key(rsa).required_rsa_bits(1024);
        failure f = co_await failure_of_client(accepting(), client_options(ours).required_rsa_bits(2048));
        CHECK(has(f.context(), "nothing to try"));
        f = co_await failure_of_client(accepting(), ours);
        CHECK(f.code() == errc::authentication_failed); // the server asks for 2048 by default
        f = co_await failure_of_client(accepting().required_rsa_bits(1025), ours);
        CHECK(f.code() == errc::authentication_failed);
        pair p = co_await connected(accepting().required_rsa_bits(1024), ours);
        CHECK(p.client.is_open());
    });
}

TEST_CASE("RSA keys that are shorter than required are left out, the server's and ours")
{
    const private_key rsa = private_key::generate(key_type::rsa, 2048).value();
    run_test([&rsa]() -> awaitable<void> {
        const auto seen = std::make_shared<std::vector<std::string>>();
        auto ours = keyless_setup().key(rsa).log(into(seen), log_level::debug);
        for (const unsigned least : {2047u, 2048u}) {
            failure f = co_await failure_of_client(server_setup(), client_options(ours).required_rsa_bits(least));
            CHECK(has(f.context(), "tried publickey (1 key)"));
        }
        const std::string offer = "Offering public key: ssh-rsa " + rsa.public_half().fingerprint();
        CHECK(std::count_if(seen->begin(), seen->end(), [&](auto& l) { return has(l, offer); }) == 2);
        failure f = co_await failure_of_client(server_setup(), client_options(ours).required_rsa_bits(2049));
        CHECK(has(f.context(), "nothing to try"));
        CHECK(std::any_of(seen->begin(), seen->end(),
                          [](auto& l) { return has(l, "RSA key of 2048 bits; at least 2049 are required"); }));

        server_options with_rsa = server_setup();
        with_rsa.host_key(rsa);
        auto trusting = client_setup().host_key(rsa.public_half());
        trusting.algorithms(algorithms().host_keys("rsa-sha2-512"));
        f = co_await failure_of_client(with_rsa, client_options(trusting).required_rsa_bits(2049));
        CHECK(f.code() == errc::host_key_rejected);
        CHECK(has(f.context(), "the host key is an RSA key of 2048 bits; at least 2049 are required"));
        pair p = co_await connected(with_rsa, client_options(trusting).required_rsa_bits(2048));
        CHECK(p.client.is_open());
    });
}
