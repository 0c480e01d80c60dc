// base64_test.cpp - the vectors of RFC 4648 §10, and texts that a strict reader refuses.
#include "keys/base64.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::keys;

namespace {

bool refused(std::string_view text)
{
    bytes to;
    return !decode_base64(text, to) && to.empty();
}

} // namespace

TEST_CASE("the vectors of RFC 4648 hold in both directions")
{
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        CHECK(base64(view_of(plain)) == text);
        bytes back;
        CHECK(decode_base64(text, back));
        CHECK(text_of(back) == plain);
    }
}

TEST_CASE("all byte values survive")
{
    bytes all;
    for (unsigned i = 0; i < 256; ++i) {
        all.push_back(std::byte(i));
        bytes back;
        CHECK(decode_base64(base64(all), back));
        CHECK(back == all);
    }
}

TEST_CASE("base64 with missing padding, blanks, stray bits or other characters is refused")
{
    for (const char* text : { "Z",    "Zg",   "Zg=",   "Zg===",  "=",         "==",         "====",
                              "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm9v Zm9v", "Zg==Zg==",   "Z===",
                              "Zm-v", "Zm_v", "Zm9v=", "Z=g=",   "Zm8=Zm8=",  "\xc3\xa9==", "\x80\xff\xfe\x81" })
        CHECK(refused(text));
    CHECK(refused(std::string_view("Zm9\0", 4)));
}
