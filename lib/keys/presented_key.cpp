#include "sshoal/presented_key.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace sshoal {

struct presented_key::wrapping {
    std::vector<std::byte> blob;
    std::vector<std::string> algorithms;
};

presented_key::presented_key(public_key bare, std::vector<std::byte> blob, std::vector<std::string> algorithms)
    : bare_(std::move(bare))
    , around_(std::make_shared<const wrapping>(wrapping{std::move(blob), std::move(algorithms)}))
{
}

outcome<presented_key> presented_key::from_blob(std::span<const std::byte> blob)
{
    outcome<public_key> key = public_key::from_blob(blob);
    if (!key)
        return key.error();
    return presented_key(std::move(*key));
}

const certificate* presented_key::certificate() const noexcept { return nullptr; }

std::span<const std::byte> presented_key::blob() const noexcept
{
    if (around_)
        return around_->blob;
    return bare_ ? bare_.blob() : std::span<const std::byte>();
}

std::vector<std::string_view> presented_key::algorithms() const
{
    if (around_)
        return {around_->algorithms.begin(), around_->algorithms.end()};
    return bare_ ? bare_.signature_algorithms() : std::vector<std::string_view>();
}

bool presented_key::has_algorithm(std::string_view name) const noexcept
{
    if (around_)
        return std::find(around_->algorithms.begin(), around_->algorithms.end(), name) != around_->algorithms.end();
    return bare_ && bare_.can_verify(name);
}

std::string_view presented_key::signature_algorithm(std::string_view algorithm) noexcept
{
    constexpr std::string_view of_certificates = "-cert-v01@openssh.com";
    if (algorithm.ends_with(of_certificates))
        algorithm.remove_suffix(of_certificates.size());
    return algorithm;
}

checked_signature presented_key::verify(std::string_view algorithm, std::span<const std::byte> message,
                                        std::span<const std::byte> signature) const
{
    if (!has_algorithm(algorithm))
        return {};
    return bare_.verify(signature_algorithm(algorithm), message, signature);
}

bool operator==(const presented_key& a, const presented_key& b) noexcept
{
    return bool(a) == bool(b) && equal(a.blob(), b.blob());
}

} // namespace sshoal
