// fuzz_authorized_keys.cpp - an authorized_keys file that a user wrote: no line with options may let a key in without them.
#include "base/bytes.hpp"
#include "sshoal/authorized_keys.hpp"

#include <cstdlib>

using namespace sshoal;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    authorized_keys keys;
    keys.read(text_of(view_of(std::span(data, size))), "fuzz");
    require(keys.warnings().size() <= 101);
    for (const auto& entry : keys.entries())
        require(entry.options.empty() && entry.key && entry.line > 0);
    for (const auto& entry : keys.restricted()) {
        require(!entry.options.empty() && entry.key);
        require(!keys.contains(entry.key));
        const auto rules = key_options::parse(entry.options);
        require(rules.has_value() == bool(entry.rules));
        require(!rules || !rules->allowed.command || entry.options.find('=') != std::string::npos);
    }
    return 0;
}
