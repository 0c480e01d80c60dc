// algorithms_test.cpp - preference lists: defaults, changes in OpenSSH's manner, and mistakes.
#include "sshoal/algorithms.hpp"
#include "catch.hpp"
#include "keys/signature_algorithms.hpp"

#include <algorithm>

using namespace sshoal;

namespace {

bool has(const name_vector& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

const name_vector safe_signatures{ "ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                   "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256" };

} // namespace

TEST_CASE("the defaults hold no SHA-1 signature or MAC, and no compression")
{
    const algorithms defaults;
    CHECK_FALSE(defaults.check());
    CHECK(defaults.host_keys() == safe_signatures);
    CHECK(defaults.public_keys() == safe_signatures);
    CHECK(defaults.compression() == name_vector{"none"});
    for (const auto& name : defaults.macs())
        CHECK(name.find("sha1") == std::string::npos);
    CHECK_FALSE(defaults.macs().empty());
    CHECK_FALSE(defaults.ciphers().empty());
    CHECK(has(defaults.kex(), "curve25519-sha256"));
    CHECK(has(algorithms::all().host_keys(), "ssh-rsa"));
    CHECK(has(algorithms::all().compression(), "zlib@openssh.com"));
}

TEST_CASE("a plain list replaces the default, in its own order and without repetitions")
{
    algorithms a;
    a.host_keys("rsa-sha2-256,ssh-ed25519,rsa-sha2-256");
    CHECK(a.host_keys() == name_vector{"rsa-sha2-256", "ssh-ed25519"});
    a.compression("zlib@openssh.com,none");
    CHECK(a.compression() == name_vector{"zlib@openssh.com", "none"});
    CHECK_FALSE(a.check());
    CHECK(a.public_keys() == safe_signatures);
}

TEST_CASE("plus appends to the default, minus removes from it, caret moves to its front")
{
    algorithms a;
    name_vector expected = safe_signatures;
    expected.push_back("ssh-rsa");
    a.host_keys("+ssh-rsa,ssh-ed25519");
    CHECK(a.host_keys() == expected);
    a.host_keys("-ecdsa-*,rsa-sha2-256,hmac-md5");
    CHECK(a.host_keys() == name_vector{"ssh-ed25519", "rsa-sha2-512"});
    a.host_keys("^rsa-sha2-256,ssh-rsa");
    CHECK(a.host_keys()
          == name_vector{ "rsa-sha2-256", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                          "ecdsa-sha2-nistp521", "rsa-sha2-512" });
    a.host_keys("+ecdsa-sha2-nistp???,ssh-*");
    CHECK(a.host_keys() == expected);
    CHECK_FALSE(a.check());
}

TEST_CASE("an unknown name is an error that names it, and leaves the list as it was")
{
    algorithms a;
    a.macs("hmac-sha2-256,hmac-md5").kex("first-error-wins");
    CHECK(a.check().code() == errc::unknown_algorithm);
    CHECK(a.check().context().find("hmac-md5") != std::string::npos);
    CHECK(a.check().context().find("known are ") != std::string::npos);
    CHECK(a.check().context().find("hmac-sha2-256, ") != std::string::npos);
    CHECK(a.macs() == algorithms().macs());
    for (const char* list : { "ssh-ed25519,", ",ssh-ed25519", "ssh-ed25519,,rsa-sha2-512", "!ssh-ed25519", "ssh-ed25519 ",
                              "+nope", "^nope", "nope*", "SSH-ED25519" })
        CHECK(algorithms().host_keys(list).check().code() == errc::unknown_algorithm);
    CHECK(algorithms().host_keys("\x1b[2J").check().context().find('\x1b') == std::string::npos);
}

TEST_CASE("a list with nothing in it is an error")
{
    for (const char* list : {"", "+", "-", "^", "-*", "-ssh-*,ecdsa-*,rsa-*"})
        CHECK(algorithms().host_keys(list).check().code() == errc::invalid_argument);
}

TEST_CASE("a list of one direction leaves the other as it is, and a list without a direction sets both")
{
    constexpr direction up = direction::client_to_server, down = direction::server_to_client;
    algorithms a;
    CHECK(a.ciphers(up) == a.ciphers(down));
    CHECK(a.macs(up) == a.macs(down));
    CHECK(a.compression(up) == a.compression(down));
    a.ciphers(down, "aes128-ctr").macs(up, "hmac-sha2-512").compression(down, "zlib@openssh.com,none");
    CHECK(a.ciphers(up) == algorithms().ciphers());
    CHECK(a.ciphers(down) == name_vector{"aes128-ctr"});
    CHECK(a.ciphers() == a.ciphers(up));
    CHECK(a.macs(up) == name_vector{"hmac-sha2-512"});
    CHECK(a.macs(down) == algorithms().macs());
    CHECK(a.macs() == a.macs(up));
    CHECK(a.compression(up) == name_vector{"none"});
    CHECK(a.compression(down) == name_vector{"zlib@openssh.com", "none"});
    CHECK(a.compression() == a.compression(up));
    a.ciphers(down, "^aes256-ctr"); // a change to the default, not to the list that is there
    CHECK(a.ciphers(down).size() == algorithms().ciphers().size());
    CHECK(a.ciphers(down).front() == "aes256-ctr");
    a.ciphers("aes192-ctr");
    CHECK(a.ciphers(up) == name_vector{"aes192-ctr"});
    CHECK(a.ciphers(down) == name_vector{"aes192-ctr"});
    CHECK_FALSE(a.check());
    CHECK(algorithms::all().macs(down) == algorithms::all().macs(up));

    a.macs(down, "hmac-md5");
    CHECK(a.check().context().starts_with("MAC from server to client list: unknown name \"hmac-md5\""));
    CHECK(a.macs(down) == algorithms().macs());
    a.macs("hmac-sha2-256"); // the first error stays
    CHECK(a.macs(down) == name_vector{"hmac-sha2-256"});
    CHECK(a.check().code() == errc::unknown_algorithm);
}

TEST_CASE("each signature algorithm has its key type and hash")
{
    using keys::find_signature_algorithm;
    CHECK(find_signature_algorithm("rsa-sha2-256")->hash == crypto::hash_algorithm::sha256);
    CHECK(find_signature_algorithm("rsa-sha2-512")->hash == crypto::hash_algorithm::sha512);
    CHECK(find_signature_algorithm("ssh-rsa")->hash == crypto::hash_algorithm::sha1);
    CHECK(find_signature_algorithm("ssh-rsa")->type == key_type::rsa);
    CHECK_FALSE(find_signature_algorithm("ssh-rsa")->by_default);
    CHECK(find_signature_algorithm("ecdsa-sha2-nistp384")->type == key_type::ecdsa_p384);
    CHECK(find_signature_algorithm("ssh-dss") == nullptr);
    CHECK(find_signature_algorithm("") == nullptr);
}
