// revoked_keys.hpp - keys that must not be trusted any more (sshd_config(5), RevokedKeys; ssh_config(5), RevokedHostKeys).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sshoal SSHOAL_API {

/// A list of keys, from text files with one public key in each line. A program that cannot read the list must trust no key.
class revoked_keys {
public:
    /// Adds the keys of a text. `source` is the name that errors give it. Keys of types that sshoal does not know are left out, since
    /// nobody can log in with them. Errors: errc::bad_key for a line that has no key, with the line's number; the list stays as it
    /// was.
    outcome<void> read(std::string_view text, std::string_view source = {});

    /// Adds the keys of a file. Errors: as read(); errc::file_error, also if there is no such file; errc::not_supported for a binary
    /// key revocation list (KRL).
    outcome<void> load(const std::string& path);

    /// Returns: whether the key is in the list. Comments are not compared.
    bool contains(const public_key& key) const { return keys_.find(key) != keys_.end(); }
    std::size_t size() const noexcept { return keys_.size(); }

private:
    std::unordered_set<public_key> keys_;
};

/// Looks for a key in files. Returns: empty text; or why the key must not be trusted: the file that lists it, or the file that cannot
/// be read. Blocks.
std::string why_revoked(const public_key& key, const std::vector<std::string>& files);

} // namespace sshoal
