#include "catch.hpp"
#include "crypto/hash.hpp"
#include "support.hpp"

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

TEST_CASE("digests have their published values and sizes (FIPS 180-4, RFC 1321)")
{
    CHECK(to_hex(digest(hash_algorithm::sha1, {view_of("abc")})) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(to_hex(digest(hash_algorithm::sha256, {view_of("abc")}))
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(digest(hash_algorithm::sha384, {view_of("abc")}))
          == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    CHECK(to_hex(digest(hash_algorithm::sha512, {view_of("abc")}))
          == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
             "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    CHECK(to_hex(digest(hash_algorithm::md5, {view_of("abc")})) == "900150983cd24fb0d6963f7d28e17f72");
    for (auto h :
         {hash_algorithm::sha1, hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512, hash_algorithm::md5}) {
        CHECK(digest(h, {}).size() == digest_size(h));
        CHECK(digest(h, {view_of("a"), byte_view{}, view_of("bc")}) == digest(h, {view_of("abc")}));
        CHECK(hmac(h, {}, {}).size() == digest_size(h));
    }
}

TEST_CASE("HMAC has its published values (RFC 4231, RFC 2202)")
{
    const bytes key(20, std::byte(0x0b));
    CHECK(to_hex(hmac(hash_algorithm::sha256, key, {view_of("Hi "), view_of("There")}))
          == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(hmac(hash_algorithm::sha512, key, {view_of("Hi There")}))
          == "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
             "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
    CHECK(to_hex(hmac(hash_algorithm::sha1, key, {view_of("Hi There")})) == "b617318655057264e28bc0b6fb378c8ef146be00");
    CHECK(to_hex(hmac(hash_algorithm::sha256, view_of("Jefe"), {view_of("what do ya want for nothing?")}))
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac(hash_algorithm::sha256, bytes(131, std::byte(0xaa)),
                      {view_of("Test Using Larger Than Block-Size Key - Hash Key First")}))
          == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("key material is HASH(K || H || letter || session_id), and then HASH(K || H || what is there)")
{
    const bytes k = hex("0000000401020304"), h = some_bytes(32, 1), id = some_bytes(32, 2);
    const bytes first = digest(hash_algorithm::sha256, {k, h, view_of("C"), id});
    const bytes second = digest(hash_algorithm::sha256, {k, h, first});
    bytes both = first;
    append(both, second);
    const bytes third = digest(hash_algorithm::sha256, {k, h, both});
    append(both, third);
    for (std::size_t size : {0U, 1U, 16U, 31U, 32U, 33U, 64U, 65U, 96U})
        CHECK(equal(derive_key(hash_algorithm::sha256, k, h, 'C', id, size), byte_view(both).first(size)));
    CHECK_FALSE(equal(derive_key(hash_algorithm::sha256, k, h, 'D', id, 32), first));
}
