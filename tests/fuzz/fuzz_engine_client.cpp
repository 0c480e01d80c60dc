// fuzz_engine_client.cpp - a whole client engine against a peer that holds real keys and says anything; see engine_script.hpp.
#include "engine_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    sshoal::fuzz::script(sshoal::role::client, std::as_bytes(std::span(data, size))).run();
    return 0;
}
