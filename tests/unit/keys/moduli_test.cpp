// moduli_test.cpp - moduli files with good, doubtful and damaged lines.
#include "keys/moduli.hpp"
#include "catch.hpp"

#include <set>

using namespace sshoal;
using namespace sshoal::keys;

namespace {

/// An odd number of this many bits, told apart by `mark`; whether it is prime is not the reader's business.
std::string digits(std::size_t bits, char mark = 'A')
{
    std::string text(bits / 4, 'F');
    text[4] = mark;
    return text;
}

std::string line(std::size_t bits, char mark = 'A')
{
    return "20120821044040 2 6 100 " + std::to_string(bits - 1) + " 2 " + digits(bits, mark) + "\n";
}

std::size_t count(std::string_view text) { return read_moduli(text).size(); }

crypto::dh_group group_of(std::size_t bits, char mark = 'A') { return read_moduli(line(bits, mark)).at(0); }

} // namespace

TEST_CASE("good lines become groups")
{
    const auto groups = read_moduli("# Time Type Tests Tries Size Generator Modulus\n" + line(2048) + "\n" + line(3072)
                                    + "20120821044040\t2 4 1 4095 05 " + digits(4096));
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].bits() == 2048);
    CHECK(groups[0].p.size() == 256);
    CHECK(groups[0].g == bytes{std::byte(2)});
    CHECK(groups[2].g == bytes{std::byte(5)});
    CHECK(count(line(2048) + "\r\n" + line(2048)) == 2);
}

TEST_CASE("what editors leave in a file, a byte order mark and CRLF, is passed over")
{
    std::string dos = line(2048) + line(3072);
    for (std::size_t at = 0; (at = dos.find('\n', at)) != std::string::npos; at += 2)
        dos.replace(at, 1, "\r\n");
    CHECK(count("\xef\xbb\xbf" + dos) == 2);
    CHECK(read_moduli(dos).at(1).p == read_moduli(line(3072)).at(0).p);
}

TEST_CASE("the generator is hexadecimal")
{
    CHECK(read_moduli("0 2 6 100 2047 1f2 " + digits(2048)).at(0).g == bytes{std::byte(1), std::byte(0xf2)});
}

TEST_CASE("composite, untested, short and malformed lines are left out")
{
    const std::string p = digits(2048);
    for (const std::string& bad : std::vector<std::string>{ "0 2 7 100 2047 2 " + p,
                                                            "0 2 1 100 2047 2 " + p,
                                                            "0 2 0 100 2047 2 " + p,
                                                            "0 2 6 0 2047 2 " + p,
                                                            "0 4 6 100 2047 2 " + p,
                                                            "0 2 6 100 2048 2 " + p,
                                                            "0 2 6 100 2046 2 " + p,
                                                            "0 2 6 100 2047 0 " + p,
                                                            "0 2 6 100 2047 1 " + p,
                                                            "0 2 6 100 2047 2",
                                                            "0 2 6 100 2047 2 ",
                                                            "0 2 6 100 2047 2 0",
                                                            "0 2 6 100 2047 2 " + p + " more",
                                                            "0 2 6 100 2047 2 xx" + p,
                                                            "0 2 6 100 2047 2 " + p.substr(0, 511) + "g",
                                                            "0 2 6 100 2047 2 " + p.substr(0, 511) + "E",
                                                            "0 -2 6 100 2047 2 " + p,
                                                            "0 2 6 100 99999999999999999999 2 " + p,
                                                            std::string("\0\0\0", 3),
                                                            std::string("x") })
        CHECK(count(bad + "\n" + line(2048)) == 1);
    CHECK(count(line(1024)) == 0);
    CHECK(count(line(16384)) == 1);
    CHECK(count(line(16392)) == 0);
    CHECK(count(line(65536)) == 0);
    const std::string good = line(2048);
    for (std::size_t n = 0; n + 1 < good.size(); ++n)
        CHECK(count(std::string_view(good).substr(0, n)) == 0);
}

TEST_CASE("the number of groups is bounded")
{
    std::string many;
    for (int i = 0; i < 20; ++i)
        many += line(2048);
    CHECK(read_moduli(many, 7).size() == 7);
}

TEST_CASE("the size closest to the wish is chosen, from above if there is one")
{
    const std::vector<crypto::dh_group> groups{group_of(3072), group_of(2048), group_of(8192), group_of(4096)};
    crypto::deterministic_random random(1);
    const auto bits = [&](std::size_t least, std::size_t preferred, std::size_t greatest) {
        const auto group = choose_group(groups, least, preferred, greatest, random);
        return group ? group->bits() : 0;
    };
    CHECK(bits(2048, 3072, 8192) == 3072);
    CHECK(bits(2048, 3000, 8192) == 3072);
    CHECK(bits(2048, 5000, 8192) == 8192);
    CHECK(bits(2048, 5000, 6000) == 4096);
    CHECK(bits(2048, 9000, 16384) == 8192);
    CHECK(bits(2048, 1, 8192) == 2048);
    CHECK(bits(0, 0, 8192) == 2048);
    CHECK(bits(5000, 5000, 6000) == 0);
    CHECK(bits(8192, 4096, 2048) == 0);
    CHECK_FALSE(choose_group({}, 2048, 3072, 8192, random).has_value());
}

TEST_CASE("all groups of the chosen size are used")
{
    const std::vector<crypto::dh_group> groups{group_of(2048, 'A'), group_of(3072), group_of(2048, 'B'), group_of(2048, 'C')};
    crypto::deterministic_random random(1);
    std::set<bytes> seen;
    for (int i = 0; i < 100; ++i)
        seen.insert(choose_group(groups, 2048, 2048, 2048, random)->p);
    CHECK(seen.size() == 3);
}
