#include "sshoal/hash.hpp"

#include "crypto/hash.hpp"
#include "sshoal/error.hpp"

#include <algorithm>
#include <array>

namespace sshoal {
namespace {

constexpr std::array<std::string_view, 6> known_names{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"};
constexpr std::array<crypto::hash_algorithm, 6> known_hashes{
    crypto::hash_algorithm::md5,    crypto::hash_algorithm::sha1,   crypto::hash_algorithm::sha224,
    crypto::hash_algorithm::sha256, crypto::hash_algorithm::sha384, crypto::hash_algorithm::sha512,
};

crypto::hash_algorithm algorithm_of(std::string_view name)
{
    const auto at = std::find(known_names.begin(), known_names.end(), name);
    if (at == known_names.end())
        throw error(failure(errc::unknown_algorithm, "no such hash: " + printable(name)));
    return known_hashes[std::size_t(at - known_names.begin())];
}

} // namespace

struct hasher::state {
    explicit state(crypto::hash_algorithm a)
        : algorithm(a)
        , running(a)
    {
    }
    crypto::hash_algorithm algorithm;
    crypto::running_digest running;
};

std::span<const std::string_view> hasher::names() noexcept { return known_names; }
bool hasher::knows(std::string_view name) noexcept
{
    return std::find(known_names.begin(), known_names.end(), name) != known_names.end();
}

hasher::hasher(std::string_view name)
    : state_(std::make_unique<state>(algorithm_of(name)))
{
}
hasher::~hasher() = default;
hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;

std::size_t hasher::size() const noexcept { return crypto::digest_size(state_->algorithm); }
void hasher::update(std::span<const std::byte> data) { state_->running.update(data); }
std::vector<std::byte> hasher::finish() { return state_->running.finish(); }

} // namespace sshoal
