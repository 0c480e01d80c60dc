// hash.hpp - message digests by name, with the names that SFTP's check-file uses.
#pragma once

#include <sshoal/api.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

/// A digest that is computed step by step.
///
///     hasher h("sha256");
///     h.update(bytes);
///     std::vector<std::byte> digest = h.finish();
class hasher {
public:
    /// "md5", "sha1", "sha224", "sha256", "sha384", "sha512".
    static std::span<const std::string_view> names() noexcept;
    static bool knows(std::string_view name) noexcept;

    /// Errors (thrown): errc::unknown_algorithm.
    explicit hasher(std::string_view name);
    ~hasher();
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;

    std::size_t size() const noexcept; ///< bytes of the digest
    void update(std::span<const std::byte> data);
    /// Returns: the digest of all data since the last finish().
    std::vector<std::byte> finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sshoal
