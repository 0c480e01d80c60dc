#include "keys/public_half.hpp"

#include "keys/armor.hpp"
#include "keys/openssh_format.hpp"

namespace sshoal::keys {

outcome<public_key> public_half_of_text(std::string_view text)
{
    const auto key = private_key::parse(text);
    if (key)
        return key->public_half();
    if (key.error().code() != errc::passphrase_required)
        return key.error();
    const auto block = read_armor(text);
    if (!block)
        return block.error();
    const auto blob = openssh_public_blob(block->content);
    if (!blob)
        return key.error();
    return public_key::from_blob(*blob);
}

} // namespace sshoal::keys
