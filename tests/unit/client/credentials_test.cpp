// Which keys are offered, and in what order, where ssh's way of choosing them is asked for.
#include "catch.hpp"

#include "client/credentials.hpp"
#include "agent/local_signer.hpp"
#include "session_support.hpp"

#include <sys/stat.h>

using namespace session_test;

namespace {

struct found {
    client::credentials c;
    outcome<void> result;

    std::vector<std::string> keys() const
    {
        std::vector<std::string> names;
        for (const auto& s : c.identities)
            names.push_back(s->key() ? s->key().fingerprint() : "?");
        return names;
    }
    std::string notes() const
    {
        std::string all;
        for (const auto& n : c.notes)
            all += n.second + "\n";
        return all;
    }
};

found gathered(const client_options& o)
{
    found f;
    f.result = waited(client::gather(o.get(), f.c));
    return f;
}

std::string print(const std::string& name) { return known_key(name).fingerprint(); }

using list = std::vector<std::string>;

} // namespace

TEST_CASE("the agent's named keys come first, its others next, the files last")
{
    if (!in_path("ssh-agent"))
        return;
    real_agent agent;
    for (const char* name : {"ed25519", "ecdsa_p256", "rsa"})
        REQUIRE(agent.add(name));
    const temporary_folder folder;
    const std::string held = folder.write("held", text_of_file(key_file("rsa")));
    const std::string own = folder.write("own", text_of_file(key_file("ecdsa_p384")));
    ssh_identities wanted;
    wanted.agent(agent.socket());
    SECTION("as they are")
    {
        wanted.files({own, held});
        CHECK(gathered(client_options().identities(wanted)).keys()
              == list{print("rsa"), print("ed25519"), print("ecdsa_p256"), print("ecdsa_p384")});
    }
    SECTION("only the named ones")
    {
        wanted.files({own, held}).only();
        CHECK(gathered(client_options().identities(wanted)).keys() == list{print("rsa"), print("ecdsa_p384")});
    }
    SECTION("a public key file names the agent's key")
    {
        const std::string half = folder.write("half.pub", text_of_file(key_file("ecdsa_p256.pub")));
        ::chmod(half.c_str(), 0644); // no reason to warn
        wanted.files({half}).only();
        const found f = gathered(client_options().identities(wanted));
        CHECK(f.keys() == list{print("ecdsa_p256")});
        CHECK(f.notes().empty());
    }
    SECTION("so does one beside a private key that is not there")
    {
        folder.write("gone.pub", text_of_file(key_file("ed25519.pub")));
        wanted.files({folder / "gone"}).only();
        const found f = gathered(client_options().identities(wanted));
        CHECK(f.keys() == list{print("ed25519")});
        CHECK(f.notes().empty());
    }
    SECTION("a locked file whose key the agent has is left to it")
    {
        const std::string locked = folder.write("locked", text_of_file(key_file("ecdsa_p256.enc")));
        wanted.files({locked}).only();
        const found f = gathered(client_options().identities(wanted));
        REQUIRE(f.keys() == list{print("ecdsa_p256")});
        CHECK(dynamic_cast<signing::local_signer*>(f.c.identities[0].get()) == nullptr);
    }
    SECTION("the library's own way to name one key of the agent")
    {
        const std::string half = folder.write("half.pub", text_of_file(key_file("ecdsa_p256.pub")));
        CHECK(gathered(client_options().identity_public_file(half, agent.socket())).keys() == list{print("ecdsa_p256")});
        const std::string other = folder.write("other.pub", text_of_file(key_file("ecdsa_p384.pub")));
        const found f = gathered(client_options().identity_public_file(other, agent.socket()));
        CHECK(f.keys().empty());
        CHECK(f.notes().find("the agent does not have the key of " + other) != std::string::npos);
    }
}

TEST_CASE("files that cannot be used are told in the library's words and left out")
{
    const temporary_folder folder;
    ssh_identities wanted;
    wanted.no_agent();
    const auto notes_for = [&](const std::string& path) {
        ssh_identities one = wanted;
        one.files({path});
        const found f = gathered(client_options().identities(one));
        CHECK(f.result.has_value());
        CHECK(f.keys().empty());
        return f.notes();
    };
    CHECK(notes_for(folder / "none") == "Identity file " + (folder / "none") + " not accessible: No such file or directory.\n");
    const std::string half = folder.write("k.pub", text_of_file(key_file("ed25519.pub")));
    CHECK(notes_for(half).starts_with("Load key \"" + half + "\": this is a public key, and no agent has its private half"));
    const std::string text = folder.write("text", "nothing\n");
    CHECK(notes_for(text).starts_with("Load key \"" + text + "\": no private key found"));

    const std::string open = folder.write("open", text_of_file(key_file("ed25519")));
    for (const ::mode_t mode : {0604, 0640, 0601, 0666}) {
        ::chmod(open.c_str(), mode);
        CHECK(notes_for(open).find("are too open: others may read this private key, so it is not used") != std::string::npos);
        const found strict = gathered(client_options().identity_file(open));
        REQUIRE(strict.result.has_error());
        CHECK(strict.result.error().code() == errc::file_error);
    }
    for (const ::mode_t mode : {0600, 0400, 0700}) {
        ::chmod(open.c_str(), mode);
        ssh_identities one = wanted;
        one.files({open});
        CHECK(gathered(client_options().identities(one)).keys() == list{print("ed25519")});
    }
}

TEST_CASE("a file that hides its public half is offered in its turn, unopened")
{
    const temporary_folder folder;
    const std::string hidden = folder.write("hidden", text_of_file(key_file("rsa.pem.enc")));
    const std::string plain = folder.write("plain", text_of_file(key_file("ed25519")));
    ssh_identities wanted;
    wanted.no_agent().files({hidden, plain});
    const found f = gathered(client_options().identities(wanted).passphrase("sshoal"));
    REQUIRE(f.keys() == list{"?", print("ed25519")});
    auto* const key = dynamic_cast<signing::hidden_signer*>(f.c.identities[0].get());
    REQUIRE(key != nullptr);
    REQUIRE(waited(key->open({})).has_value());
    CHECK(key->key() == known_key("rsa"));
    CHECK(gathered(client_options().identity_file(hidden)).result.error().code() == errc::passphrase_required);
    const found wrong = gathered(client_options().identity_file(hidden).passphrase("wrong"));
    REQUIRE(wrong.result.has_value());
    auto* const shut = dynamic_cast<signing::hidden_signer*>(wrong.c.identities.at(0).get());
    REQUIRE(shut != nullptr);
    CHECK(waited(shut->open({})).error().code() == errc::bad_passphrase);
}

TEST_CASE("without a home directory there are no usual files, and nothing below / is read")
{
    const temporary_folder folder;
    ssh_identities wanted;
    wanted.no_agent().folder(folder.write("x", "") + "-none");
    CHECK(gathered(client_options().identities(wanted)).keys().empty());
    const std::string usual = folder.write("id_ed25519", text_of_file(key_file("ed25519")));
    wanted.folder(usual.substr(0, usual.rfind('/')));
    CHECK(gathered(client_options().identities(wanted)).keys() == list{print("ed25519")});
    wanted.files({});
    CHECK(gathered(client_options().identities(wanted)).keys().empty());
}
