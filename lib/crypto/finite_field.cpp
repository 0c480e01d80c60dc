// finite_field.cpp - Diffie-Hellman in finite fields: the fixed groups of RFC 3526 (RFC 8268) and groups that the server chose
// (RFC 4419).
#include "crypto/agreements.hpp"
#include "crypto/botan_compat.hpp"

#include <botan/dl_group.h>
#include <botan/exceptn.h>

#include <algorithm>

namespace sshoal::crypto {
namespace {

// At least twice the strength of any of these groups. (RFC 4253 §8 asks for x in 1..q-1; the peer cannot tell, and the time grows
// with the exponent's length.) 512 bits are enough for every negotiated cipher and hash, as in OpenSSH.
constexpr std::size_t exponent_bits = 512;
// This bounds the cost of hostile numbers. The negotiated limits are narrower.
constexpr std::size_t most_bits_ever = 16384;

class finite_field_agreement final : public key_agreement {
public:
    finite_field_agreement(std::shared_ptr<const compat::modular_power> field, random_source& random)
        : field_(std::move(field))
        , random_(random)
    {
    }

    bytes initiate() override
    {
        bits_ = std::min(exponent_bits, field_->p().bits() - 2);
        secure_bytes x((bits_ + 7) / 8);
        random_.fill(x);
        x_ = compat::to_integer(x);
        x_.mask_bits(bits_);
        x_.set_bit(bits_ - 1);
        return compat::to_bytes(field_->raise(field_->g(), x_, bits_));
    }

    result<secure_bytes> complete(byte_view reply) override
    {
        if (x_.is_zero() || !acceptable(reply))
            return errc::key_exchange_failed;
        return agree(reply);
    }

    result<response> respond(byte_view initial) override
    {
        if (!acceptable(initial)) // checked before any computation
            return errc::key_exchange_failed;
        response out;
        out.reply = initiate();
        auto secret = agree(initial);
        if (!secret)
            return secret.error();
        out.secret = std::move(*secret);
        return out;
    }

private:
    // RFC 4253 §8: the value must be in 1..p-1; with 1 and p-1 K could be guessed, so they are refused too.
    bool acceptable(byte_view value) const
    {
        while (!value.empty() && value.front() == std::byte(0))
            value = value.subspan(1);
        if (value.empty() || value.size() > field_->p().bytes())
            return false;
        const Botan::BigInt y = compat::to_integer(value);
        return y > 1 && y < field_->p() - 1;
    }

    result<secure_bytes> agree(byte_view theirs)
    {
        try {
            const Botan::BigInt k = field_->raise(compat::to_integer(theirs), x_, bits_);
            x_ = Botan::BigInt();
            if (k <= 1 || k == field_->p() - 1) // a value of small order, in a bad group
                return errc::key_exchange_failed;
            return as_mpint(compat::to_secure_bytes(k));
        } catch (const Botan::Exception&) {
            return errc::key_exchange_failed;
        }
    }

    std::shared_ptr<const compat::modular_power> field_;
    random_source& random_;
    Botan::BigInt x_;
    std::size_t bits_ = 0;
};

const char* botan_name(int number) noexcept
{
    return number == 14 ? "modp/ietf/2048" : number == 16 ? "modp/ietf/4096" : "modp/ietf/8192";
}

std::shared_ptr<const compat::modular_power> make_field(int number)
{
    const Botan::DL_Group group = compat::named_dl_group(botan_name(number));
    return std::make_shared<const compat::modular_power>(group.get_p(), group.get_g());
}

const std::shared_ptr<const compat::modular_power>& fixed_field(int number)
{
    using field = std::shared_ptr<const compat::modular_power>;
    switch (number) {
    case 14: {
        static const auto& f = *new field(make_field(14));
        return f;
    }
    case 16: {
        static const auto& f = *new field(make_field(16));
        return f;
    }
    default: {
        static const auto& f = *new field(make_field(18));
        return f;
    }
    }
}

byte_view without_zeros(byte_view magnitude) noexcept
{
    while (!magnitude.empty() && magnitude.front() == std::byte(0))
        magnitude = magnitude.subspan(1);
    return magnitude;
}

} // namespace

std::size_t dh_group::bits() const noexcept
{
    const byte_view n = without_zeros(p);
    if (n.empty())
        return 0;
    std::size_t top = 8;
    while ((std::to_integer<unsigned>(n.front()) >> (top - 1)) == 0)
        --top;
    return (n.size() - 1) * 8 + top;
}

result<void> check_group(const dh_group& group, std::size_t least_bits, std::size_t most_bits)
{
    const std::size_t bits = group.bits();
    if (bits < std::max<std::size_t>(least_bits, 64) || bits > std::min(most_bits, most_bits_ever))
        return errc::key_exchange_failed;
    const byte_view g = without_zeros(group.g);
    if ((group.p.back() & std::byte(1)) == std::byte(0) || g.empty() || g.size() > group.p.size())
        return errc::key_exchange_failed;
    const Botan::BigInt p = compat::to_integer(group.p), generator = compat::to_integer(g);
    if (generator < 2 || generator > p - 2)
        return errc::key_exchange_failed;
    return {};
}

result<std::unique_ptr<key_agreement>> make_group_agreement(const dh_group& group, random_source& random)
{
    if (auto sane = check_group(group, 0, most_bits_ever); !sane)
        return sane.error();
    try {
        auto field = std::make_shared<const compat::modular_power>(compat::to_integer(group.p), compat::to_integer(group.g));
        return std::unique_ptr<key_agreement>(std::make_unique<finite_field_agreement>(std::move(field), random));
    } catch (const Botan::Exception&) {
        return errc::key_exchange_failed;
    }
}

std::unique_ptr<key_agreement> make_fixed_group_agreement(int number, random_source& random)
{
    return std::make_unique<finite_field_agreement>(fixed_field(number), random);
}

dh_group fixed_group(int number)
{
    const auto& field = *fixed_field(number);
    return {compat::to_bytes(field.p()), compat::to_bytes(field.g())};
}

} // namespace sshoal::crypto
