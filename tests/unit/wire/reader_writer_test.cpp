#include "message_check.hpp"
#include "wire/numbers.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

#include <set>
#include <string>

using namespace sshoal;
using namespace wire_test;
using namespace std::string_view_literals;

TEST_CASE("integers are big-endian")
{
    bytes out;
    wire::writer w(out);
    w.u8(0xfe).u32(699921578).u64(0x0102030405060708).boolean(true).boolean(false);
    const bytes expected = layout().byte(0xfe).raw("\x29\xb7\xf4\xaa"sv).raw("\1\2\3\4\5\6\7\x8"sv).byte(1).byte(0);
    REQUIRE(out == expected);
    wire::reader r(out);
    CHECK(r.u8() == 0xfe);
    CHECK(r.u32() == 699921578);
    CHECK(r.u64() == 0x0102030405060708);
    CHECK(r.boolean());
    CHECK_FALSE(r.finished());
    CHECK_FALSE(r.boolean());
    CHECK(r.finished());
}

TEST_CASE("non-negative mpints of RFC 4251 section 5 are written and read")
{
    struct vector {
        std::string_view magnitude, body;
    };
    for (const vector& v : {vector{""sv, ""sv},
             vector{"\x09\xa3\x78\xf9\xb2\xe3\x32\xa7"sv, "\x09\xa3\x78\xf9\xb2\xe3\x32\xa7"sv},
             vector{"\x80"sv, "\x00\x80"sv}, vector{"\x7f"sv, "\x7f"sv}, vector{"\xff\x00"sv, "\x00\xff\x00"sv}}) {
        const bytes expected = layout().string(v.body);
        bytes out;
        wire::writer w(out);
        w.mpint(view_of(v.magnitude));
        CHECK(out == expected);
        bytes padded;
        wire::writer p(padded);
        p.mpint(view_of(std::string("\0\0\0", 3) + std::string(v.magnitude)));
        CHECK(padded == expected);
        wire::reader signed_reader(expected);
        CHECK(text_of(signed_reader.mpint()) == v.body);
        CHECK(signed_reader.finished());
        wire::reader unsigned_reader(expected);
        CHECK(text_of(unsigned_reader.unsigned_mpint()) == v.magnitude);
        CHECK(unsigned_reader.finished());
    }
}

TEST_CASE("negative mpints of RFC 4251 section 5 are read, but not where a magnitude is asked for")
{
    for (const std::string_view body : {"\xed\xcc"sv, "\xff\x21\x52\x41\x11"sv, "\x80"sv, "\xff"sv}) {
        const bytes wire = layout().string(body);
        wire::reader r(wire);
        CHECK(text_of(r.mpint()) == body);
        CHECK(r.finished());
        wire::reader u(wire);
        CHECK(u.unsigned_mpint().empty());
        CHECK_FALSE(u.ok());
    }
}

TEST_CASE("mpints with needless leading bytes are refused")
{
    for (const std::string_view body : {"\0"sv, "\0\0"sv, "\0\x7f"sv, "\0\0\x80"sv, "\xff\x80"sv, "\xff\xff"sv}) {
        const bytes wire = layout().string(body);
        wire::reader r(wire);
        CHECK(r.mpint().empty());
        CHECK_FALSE(r.ok());
    }
}

TEST_CASE("the reader never reads past its end and stays failed")
{
    const exact_copy three(view_of("abc"));
    wire::reader r(three.view());
    CHECK(r.u32() == 0);
    CHECK_FALSE(r.ok());
    CHECK(r.left() == 0);
    CHECK(r.u8() == 0);
    CHECK(r.u64() == 0);
    CHECK(r.take(1).empty());
    CHECK(r.string().empty());
    CHECK(r.text().empty());
    CHECK(r.rest().empty());
    CHECK(r.take(0).empty());
    CHECK_FALSE(r.ok());
    CHECK_FALSE(r.finished());

    wire::reader nothing{byte_view{}};
    CHECK(nothing.finished());
    CHECK(nothing.rest().empty());
    CHECK(nothing.ok());

    for (const std::uint32_t length : {4u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
        const bytes wire = layout().uint32(length).raw("abc");
        const exact_copy copy(wire);
        wire::reader h(copy.view());
        CHECK(h.string().empty());
        CHECK_FALSE(h.ok());
    }
}

TEST_CASE("message names are the RFCs' where there is one, and distinct")
{
    CHECK(wire::message_name(20) == "SSH_MSG_KEXINIT");
    CHECK(wire::message_name(100) == "SSH_MSG_CHANNEL_FAILURE");
    CHECK(wire::message_name(192) == "SSH_MSG_PING");
    CHECK(wire::message_name(0) == "unknown (0)");
    CHECK(wire::message_name(19) == "unknown (19)");
    CHECK(wire::message_name(35) == "SSH_MSG_KEX (35)");
    CHECK(wire::message_name(79) == "SSH_MSG_AU (79)");
    CHECK(wire::message_name(255) == "unknown (255)");
    std::set<std::string_view> names;
    for (unsigned n = 0; n < 256; ++n)
        names.insert(wire::message_name(std::uint8_t(n)));
    CHECK(names.size() == 256);
}
