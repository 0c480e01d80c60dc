#include "../keys/key_files.hpp"
#include "catch.hpp"
#include "sample_keys.hpp"
#include "sshoal/revoked_keys.hpp"

using namespace sshoal;
using namespace sshoal::test;

TEST_CASE("revoked keys: the keys of a text, whatever their comments")
{
    revoked_keys list;
    REQUIRE(list.read("# lost\n\n  " + key_line(1) + " of Alice\r\n" + key_line(2) + "\n"));
    CHECK(list.size() == 2);
    CHECK(list.contains(key(1)));
    CHECK(list.contains(key(2)));
    CHECK_FALSE(list.contains(key(3)));
    CHECK_FALSE(list.contains(public_key()));
}

TEST_CASE("revoked keys: a line without a key is an error with its number, and nothing of the text is kept")
{
    revoked_keys list;
    const auto read = list.read(key_line(1) + "\nssh-ed25519 AAAA\n", "revoked");
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == errc::bad_key);
    CHECK(read.error().context().find("revoked:2: ") == 0);
    CHECK(list.size() == 0);
    CHECK_FALSE(list.read("words without a key\n"));
    CHECK_FALSE(list.read(key_line(1) + '\0' + "x\n"));
}

TEST_CASE("revoked keys: keys of unknown types are left out")
{
    revoked_keys list;
    CHECK(list.read("ssh-dss AAAAB3NzaC1kc3MAAAABAQ== old\n" + key_line(1) + "\n"));
    CHECK(list.contains(key(1)));
}

TEST_CASE("revoked keys: a list that cannot be read leaves no key trusted")
{
    const temporary_folder folder;
    const std::string listed = folder.write("listed", key_line(1) + "\n"), other = folder.write("other", key_line(2) + "\n");
    CHECK(why_revoked(key(3), {listed, other}).empty());
    CHECK(why_revoked(key(3), {}).empty());
    CHECK(why_revoked(key(2), {listed, other}).find("is revoked by " + other) != std::string::npos);
    CHECK(why_revoked(key(3), {listed, folder / "missing"}).find("cannot be used") != std::string::npos);
    const std::string binary = folder.write("binary", std::string("SSHKRL\n\0\0\0\0\1", 12));
    CHECK(why_revoked(key(3), {binary}).find("binary key revocation list") != std::string::npos);
}
