// ghash_botan.cpp - Botan's GHASH, which uses carry-less multiplication where the processor has it, one block after the other.
#include "crypto/botan_compat.hpp"
#include "crypto/ghash.hpp"

#if !SSHOAL_BOTAN_3
#include <botan/ghash.h>
#endif

namespace sshoal::crypto {

#if !SSHOAL_BOTAN_3
namespace {

class ghash_by_botan final : public ghash {
public:
    explicit ghash_by_botan(const std::byte* h) : sum_(16) { ghash_.set_key(reinterpret_cast<const std::uint8_t*>(h), 16); }

    void hash(byte_view associated, byte_view text, std::byte to[16]) override
    {
        std::memset(sum_.data(), 0, sum_.size());
        ghash_.ghash_update(sum_, octets(associated), associated.size());
        ghash_.ghash_update(sum_, octets(text), text.size());
        ghash_.add_final_block(sum_, associated.size(), text.size());
        std::memcpy(to, sum_.data(), 16);
    }

private:
    Botan::GHASH ghash_;
    Botan::secure_vector<std::uint8_t> sum_;
};

} // namespace

std::unique_ptr<ghash> make_ghash_by_botan(const std::byte h[16]) { return std::make_unique<ghash_by_botan>(h); }

#else

std::unique_ptr<ghash> make_ghash_by_botan(const std::byte[16]) { return nullptr; }

#endif

} // namespace sshoal::crypto
