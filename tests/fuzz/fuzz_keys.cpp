// fuzz_keys.cpp - public keys as blobs and lines, private keys as text and as the bytes inside the armour. The first character of
// the input chooses the form. A key that is accepted must come back from its own encoding.
#include "base/bytes.hpp"
#include "keys/armor.hpp"
#include "keys/key_blob.hpp"
#include "keys/openssh_format.hpp"
#include "keys/pem_format.hpp"
#include "sshoal/key.hpp"
#include "wire/reader.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sshoal;

namespace {

constexpr std::string_view passphrase = "x";

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void check_public(const outcome<public_key>& key)
{
    if (!key)
        return;
    const auto again = public_key::from_blob(key->blob());
    require(again.has_value());
    require(*again == *key);
    const auto line = public_key::from_line(key->line());
    require(line.has_value());
    require(*line == *key);
    require(!key->fingerprint().empty());
    require(!key->signature_algorithms().empty());
}

void check_private(const outcome<private_key>& key)
{
    if (!key)
        return;
    const auto again = private_key::parse(key->to_openssh());
    require(again.has_value());
    require(again->public_half() == key->public_half());
}

/// Key derivation that the file makes expensive on purpose teaches a fuzzer nothing.
bool cheap_to_open(byte_view content)
{
    constexpr std::string_view magic("openssh-key-v1\0", 15);
    if (content.size() < magic.size())
        return true;
    wire::reader r(content.subspan(magic.size()));
    r.string();
    r.string();
    wire::reader options(r.string());
    options.string();
    const auto rounds = options.u32();
    return !r.ok() || !options.ok() || rounds <= 2;
}

void read_block(byte_view content, std::string_view label, std::string_view dek_info, std::string_view with)
{
    keys::armored block;
    block.label = label;
    block.dek_info = dek_info;
    block.encrypted = !dek_info.empty();
    block.content.assign(content.begin(), content.end());
    (void)keys::read_pem(block, with);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Nothing that is a key is larger, and the arithmetic of larger ones is slow.
    if (size == 0 || size > 8192)
        return 0;
    const byte_view rest = view_of(std::span(data + 1, size - 1));
    switch (char(data[0])) {
    case 'b': check_public(public_key::from_blob(rest)); break;
    case 'l': check_public(public_key::from_line(text_of(rest))); break;
    case 't': check_private(private_key::parse(text_of(rest))); break;
    case 'o': (void)keys::read_openssh(rest, {}); break;
    case 'O':
        if (cheap_to_open(rest))
            (void)keys::read_openssh(rest, passphrase);
        break;
    case '8': read_block(rest, "PRIVATE KEY", {}, {}); break;
    case 'E': read_block(rest, "ENCRYPTED PRIVATE KEY", {}, {}); break;
    case 'r': read_block(rest, "RSA PRIVATE KEY", {}, {}); break;
    case 'R': read_block(rest, "RSA PRIVATE KEY", "AES-128-CBC,00112233445566778899AABBCCDDEEFF", passphrase); break;
    case 'e': read_block(rest, "EC PRIVATE KEY", {}, {}); break;
    case 's': // a signature blob, as if from a 2048-bit key where it is RSA
        for (const auto name : {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "rsa-sha2-512"}) {
            if (const auto* algorithm = keys::find_signature_algorithm(name))
                (void)keys::decode_signature(*algorithm, rest, 256);
        }
        break;
    default: break;
    }
    return 0;
}
