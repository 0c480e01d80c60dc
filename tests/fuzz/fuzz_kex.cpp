// fuzz_kex.cpp - every key exchange method at both ends: an honest KEXINIT, or one from the input, and then anything in
// its messages. Input: role and method, then entries of two bytes of length and a payload, which travels
// as a packet without keys.
#include "../engine/pair.hpp"

#include <cstdlib>

using namespace sshoal;
namespace et = engine::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    byte_view input = std::as_bytes(std::span(data, size));
    et::pair p;
    et::end& victim = data[0] & 1 ? p.client : p.server;
    et::end& peer = p.other(victim);
    const name_vector& methods = algorithms::all().kex();
    for (et::end* e : {&p.client, &p.server}) {
        e->options.transport.algos.kex(methods[data[1] % methods.size()]);
        e->keep_trace = false;
    }
    p.ends_with_stream = false;
    p.start();
    if (data[0] & 2) { // the input brings its own KEXINIT
        const std::string_view line = "SSH-2.0-fuzz\r\n";
        peer.core->output().clear();
        std::memcpy(peer.core->output().append(line.size()), line.data(), line.size());
        et::guts(peer).writer_.install(crypto::make_sealer("none", {}, {}), true);
    }
    p.carry(peer, victim);
    for (input = input.subspan(2); input.size() >= 2 && !victim.core->ended();) {
        const std::size_t length = std::to_integer<std::size_t>(input[0]) << 8 | std::to_integer<std::size_t>(input[1]);
        const byte_view payload = input.subspan(2, std::min(length, input.size() - 2));
        input = input.subspan(2 + payload.size());
        if (!payload.empty())
            et::inject(peer, payload);
        p.carry(peer, victim);
        victim.core->output().clear();
    }
    // A signature over what both ends computed cannot be guessed.
    if (&victim == &p.client && (victim.host_key_asked || victim.established > 0))
        std::abort();
    return 0;
}
