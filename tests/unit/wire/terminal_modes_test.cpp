#include "message_check.hpp"
#include "wire/terminal_modes.hpp"

using namespace sshoal;
using namespace wire_test;
using sshoal::wire::terminal_modes;

namespace {

bytes repeated(unsigned count)
{
    layout l;
    for (unsigned i = 0; i < count; ++i)
        l.byte(1 + i % 159).uint32(i);
    return l.byte(0);
}

std::size_t kept(const bytes& encoded)
{
    const exact_copy copy(encoded);
    const auto modes = terminal_modes::decode(copy.view());
    REQUIRE(modes.has_value());
    return modes->modes.size();
}

} // namespace

TEST_CASE("terminal modes are pairs of opcode and value, closed by TTY_OP_END")
{
    terminal_modes modes;
    modes.modes = {{terminal_modes::op_ispeed, 38400}, {53, 1}, {53, 0}};
    const bytes expected = layout().byte(128).uint32(38400).byte(53).uint32(1).byte(53).uint32(0).byte(0);
    CHECK(wire::encoded(modes) == expected);
    const auto decoded = terminal_modes::decode(expected);
    REQUIRE(decoded.has_value());
    CHECK(wire::encoded(*decoded) == expected);
    CHECK(decoded->value_of(128) == 38400u);
    CHECK(decoded->value_of(53) == 0u);
    CHECK_FALSE(decoded->value_of(54).has_value());
}

TEST_CASE("no modes, 130, 131 and 10000 modes are read, and at most 256 kept")
{
    CHECK(kept({}) == 0);
    CHECK(kept(layout().byte(0)) == 0);
    CHECK(kept(repeated(130)) == 130);
    CHECK(kept(repeated(131)) == 131);
    CHECK(kept(repeated(255)) == 255);
    CHECK(kept(repeated(256)) == 256);
    CHECK(kept(repeated(257)) == 256);
    CHECK(kept(repeated(10000)) == 256);
}

TEST_CASE("opcodes from 160 on, TTY_OP_END and the end of the bytes end the parsing")
{
    CHECK(kept(layout().byte(159).uint32(1)) == 1);
    CHECK(kept(layout().byte(1).uint32(3).byte(160).byte(1)) == 1);
    CHECK(kept(layout().byte(255).byte(1).uint32(3)) == 0);
    CHECK(kept(layout().byte(1).uint32(3).byte(0).byte(2)) == 1);
}

TEST_CASE("an argument that is cut short is refused, even past the number of modes kept")
{
    for (unsigned n = 0; n < 4; ++n) {
        layout cut, late;
        cut.byte(1).uint32(3).byte(2);
        for (unsigned i = 0; i < 300; ++i)
            late.byte(1).uint32(i);
        late.byte(2);
        for (unsigned i = 0; i < n; ++i) {
            cut.byte(0);
            late.byte(0);
        }
        CHECK_FALSE(accepted<terminal_modes>(cut));
        CHECK_FALSE(accepted<terminal_modes>(late));
    }
}
