// message_io_test.cpp - the public message_writer and message_reader against the tables of RFC 4251 §5 and against hostile bodies.
#include "message_check.hpp"
#include "sshoal/error.hpp"
#include "sshoal/message.hpp"

#include <functional>
#include <string>
#include <vector>

using namespace sshoal;
using namespace wire_test;
using namespace std::string_view_literals;

namespace {

template <class Read>
void check_refused(const bytes& body, Read read)
{
    const exact_copy copy(body);
    message_reader r(copy.view());
    read(r);
    CHECK_FALSE(r.ok());
    CHECK_FALSE(r.finished());
    CHECK(r.left() == 0);
    CHECK(r.uint32() == 0);
    CHECK(r.text().empty());
    CHECK_FALSE(r.ok());
}

void check_throws(const std::function<void(message_writer&)>& write)
{
    message_writer w;
    w.uint32(7);
    try {
        write(w);
        FAIL("nothing was thrown");
    } catch (const error& e) {
        CHECK(e.code() == errc::invalid_argument);
    }
    CHECK(copy_of(w.view()) == static_cast<const bytes&>(layout().uint32(7)));
}

} // namespace

TEST_CASE("message_writer writes every type of RFC 4251 and message_reader reads all of them back")
{
    message_writer w;
    w.byte(0xfe).boolean(true).boolean(false).uint32(699921578).uint64(0x0102030405060708);
    w.string("testing").string(view_of("\0\1"sv)).unsigned_mpint(view_of("\x80"sv)).mpint(view_of("\xff\xff\x21\x52\x41\x11"sv));
    w.name_list({"zlib", "none"}).name_list({}).raw(view_of("end"sv));
    const bytes expected = layout().byte(0xfe).byte(1).byte(0).uint32(699921578).raw("\1\2\3\4\5\6\7\x8"sv)
                               .string("testing").string("\0\1"sv).string("\0\x80"sv).string("\xff\x21\x52\x41\x11"sv)
                               .string("zlib,none").string("").raw("end");
    REQUIRE(copy_of(w.view()) == expected);
    const bytes body = w.take();
    CHECK(w.view().empty());

    message_reader r(body);
    CHECK(r.byte() == 0xfe);
    CHECK(r.boolean());
    CHECK_FALSE(r.boolean());
    CHECK(r.uint32() == 699921578);
    CHECK(r.uint64() == 0x0102030405060708);
    CHECK(r.text() == "testing");
    CHECK(text_of(r.string()) == "\0\1"sv);
    CHECK(text_of(r.unsigned_mpint()) == "\x80");
    CHECK(text_of(r.mpint()) == "\xff\x21\x52\x41\x11");
    CHECK(r.name_list() == std::vector{"zlib"sv, "none"sv});
    CHECK(r.name_list().empty());
    CHECK_FALSE(r.finished());
    CHECK(r.left() == 3);
    CHECK(text_of(r.rest()) == "end");
    CHECK(r.finished());
}

TEST_CASE("integers given in two's complement are written in canonical form, as the examples of RFC 4251 section 5")
{
    struct vector {
        std::string_view given, body;
    };
    for (const vector& v : {vector{""sv, ""sv}, vector{"\0"sv, ""sv}, vector{"\0\0"sv, ""sv}, vector{"\0\x7f"sv, "\x7f"sv},
             vector{"\0\0\x80"sv, "\0\x80"sv}, vector{"\xff"sv, "\xff"sv}, vector{"\xff\xff"sv, "\xff"sv},
             vector{"\xff\x80"sv, "\x80"sv}, vector{"\xff\x7f"sv, "\xff\x7f"sv}, vector{"\xed\xcc"sv, "\xed\xcc"sv},
             vector{"\x09\xa3\x78\xf9\xb2\xe3\x32\xa7"sv, "\x09\xa3\x78\xf9\xb2\xe3\x32\xa7"sv}}) {
        message_writer w;
        w.mpint(view_of(v.given));
        const bytes expected = layout().string(v.body);
        const bytes body = w.take();
        REQUIRE(body == expected);
        message_reader r(body);
        CHECK(text_of(r.mpint()) == v.body);
        CHECK(r.finished());
    }
}

TEST_CASE("message_reader fails for good at the first value that does not fit")
{
    check_refused(layout(), [](message_reader& r) { CHECK(r.byte() == 0); });
    check_refused(layout(), [](message_reader& r) { CHECK_FALSE(r.boolean()); });
    check_refused(layout().raw("abc"), [](message_reader& r) { CHECK(r.uint32() == 0); });
    check_refused(layout().raw("abcdefg"), [](message_reader& r) { r.uint64(); });
    for (const unsigned long length : {4ul, 0x7ffffffful, 0x80000000ul, 0xfffffffcul, 0xfffffffful}) {
        check_refused(layout().uint32(length).raw("abc"), [](message_reader& r) { CHECK(r.string().empty()); });
        check_refused(layout().uint32(length).raw("abc"), [](message_reader& r) { CHECK(r.name_list().empty()); });
    }
    check_refused(layout().string("\0\1"sv), [](message_reader& r) { r.mpint(); });
    check_refused(layout().string("\xff\x80"sv), [](message_reader& r) { r.mpint(); });
    check_refused(layout().string("\xff"sv), [](message_reader& r) { r.unsigned_mpint(); });
    check_refused(layout().string("a,,b"), [](message_reader& r) { r.name_list(); });
    check_refused(layout().string("a b"), [](message_reader& r) { r.name_list(); });
    check_refused(layout().string(std::string(65, 'n')), [](message_reader& r) { r.name_list(); });
}

TEST_CASE("bytes behind the last field are seen")
{
    const bytes body = layout().uint32(1).byte(0);
    message_reader r(body);
    CHECK(r.uint32() == 1);
    CHECK(r.ok());
    CHECK_FALSE(r.finished());
}

TEST_CASE("message_writer refuses names that the peer would refuse and writes nothing of them")
{
    check_throws([](message_writer& w) { w.name_list({"good", ""}); });
    check_throws([](message_writer& w) { w.name_list({"with,comma"}); });
    check_throws([](message_writer& w) { w.name_list({"with space"}); });
    const std::string long_name(65, 'n');
    check_throws([&](message_writer& w) { w.name_list({long_name}); });
    const std::vector<std::string_view> many(1025, "n");
    check_throws([&](message_writer& w) { w.name_list(many); });
    const std::string longest(64, 'n');
    const std::vector<std::string_view> large(256, longest);
    check_throws([&](message_writer& w) { w.name_list(large); });

    message_writer w;
    const std::vector<std::string_view> most(1024, "n");
    const bytes body = w.name_list(most).take();
    message_reader r(body);
    CHECK(r.name_list() == most);
    CHECK(r.finished());
}

TEST_CASE("a string longer than 32 bits can count is refused before any byte is read")
{
    if constexpr (sizeof(std::size_t) > 4) {
        const std::byte one{};
        const std::span<const std::byte> huge(&one, std::size_t(1) << 32);
        check_throws([&](message_writer& w) { w.string(huge); });
        check_throws([&](message_writer& w) { w.unsigned_mpint(huge); });
    }
}
