#include "sshoal/presented_key.hpp"

#include "base/bytes.hpp"
#include "catch.hpp"

using namespace sshoal;

namespace {

const private_key& some_key()
{
    static const private_key key = private_key::generate(key_type::ed25519).value();
    return key;
}

} // namespace

TEST_CASE("A bare key is presented as what it is")
{
    const presented_key shown = some_key().public_half();
    CHECK(shown);
    CHECK_FALSE(presented_key());
    CHECK(presented_key().blob().empty());
    CHECK(presented_key().algorithms().empty());
    CHECK(shown.bare() == some_key().public_half());
    CHECK(shown.certificate() == nullptr);
    CHECK(equal(shown.blob(), some_key().public_half().blob()));
    CHECK(shown.algorithms() == std::vector<std::string_view>{"ssh-ed25519"});
    CHECK(shown.has_algorithm("ssh-ed25519"));
    CHECK_FALSE(shown.has_algorithm("rsa-sha2-512"));
    const outcome<presented_key> again = presented_key::from_blob(shown.blob());
    REQUIRE(again.has_value());
    CHECK(*again == shown);
    CHECK(presented_key::from_blob(view_of("nonsense")).has_error());
    CHECK_FALSE(presented_key() == shown);
    CHECK(presented_key() == presented_key());
}

TEST_CASE("A key in a wrapping of its own has its own blob and algorithms, and the bare key verifies")
{
    const public_key& bare = some_key().public_half();
    const std::string name = "ssh-ed25519-cert-v01@openssh.com";
    const presented_key wrapped(bare, copy_of("a certificate"), {name});
    CHECK(equal(wrapped.blob(), view_of("a certificate")));
    CHECK(wrapped.algorithms() == std::vector<std::string_view>{name});
    CHECK_FALSE(wrapped == presented_key(bare));
    CHECK(presented_key::signature_algorithm(name) == "ssh-ed25519");
    CHECK(presented_key::signature_algorithm("rsa-sha2-512-cert-v01@openssh.com") == "rsa-sha2-512");
    CHECK(presented_key::signature_algorithm("ssh-ed25519") == "ssh-ed25519");
    const auto signature = some_key().sign("ssh-ed25519", view_of("message")).value();
    const checked_signature checked = wrapped.verify(name, view_of("message"), signature);
    CHECK(checked);
    CHECK(checked.flags == 0);
    CHECK_FALSE(checked.user_present());
    CHECK_FALSE(wrapped.verify("ssh-ed25519", view_of("message"), signature)); // not one of its algorithms
    CHECK_FALSE(wrapped.verify(name, view_of("massage"), signature));
    CHECK(presented_key(bare).verify("ssh-ed25519", view_of("message"), signature));
    CHECK(checked_signature(true, 0x05, 7).user_present());
    CHECK(checked_signature(true, 0x05, 7).user_verified());
}
