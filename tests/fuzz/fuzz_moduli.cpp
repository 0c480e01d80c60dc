// fuzz_moduli.cpp - the file of groups for group exchange: what is read must keep the promises of its reader.
#include "base/bytes.hpp"
#include "keys/moduli.hpp"

#include <cstdlib>

using namespace sshoal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = text_of(view_of(std::span(data, size)));
    const auto groups = keys::read_moduli(text);
    const auto few = keys::read_moduli(text, 2);
    if (few.size() != (groups.size() < 2 ? groups.size() : 2))
        std::abort();
    for (const auto& group : groups) {
        // The first byte of p is not zero, so its length says its size.
        if (group.p.empty() || group.p[0] == std::byte(0) || group.p.size() < 256 || group.p.size() > 2048 || group.g.empty())
            std::abort();
    }
    return 0;
}
