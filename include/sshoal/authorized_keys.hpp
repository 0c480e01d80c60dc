// authorized_keys.hpp - the keys that may log in to an account, in OpenSSH's format (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>
#include <sshoal/key_options.hpp>

#include <cstdint>
#include <memory>

namespace sshoal SSHOAL_API {

/// One usable line.
struct authorized_key {
    std::string options; ///< the text in front of the key; empty for a key without restrictions
    public_key key;
    std::size_t line; ///< the number of the line in its file or text, counted from 1
    /// The options as they are understood; null if there are none, or if one of them is not understood.
    std::shared_ptr<const key_options> rules = nullptr;
    std::size_t number = 0; ///< the place among all lines that the list has, in the order in which they were read
};

/// This choice says how authorized_keys::load() treats the file.
class authorized_keys_options {
public:
    authorized_keys_options() = default;

    /// A larger file is an error.
    authorized_keys_options& max_bytes(std::size_t limit)
    {
        max_bytes_ = limit;
        return *this;
    }
    /// The file, and each folder above it up to `home` (up to the root for a file that lies elsewhere), must belong to this user
    /// or to root, and no other user may be able to write to it.
    authorized_keys_options& strict_modes(std::uint32_t user_id, std::string home)
    {
        strict_ = true;
        user_id_ = user_id;
        home_ = std::move(home);
        return *this;
    }

    std::size_t max_bytes() const noexcept { return max_bytes_; }
    bool strict() const noexcept { return strict_; }
    std::uint32_t user_id() const noexcept { return user_id_; }
    const std::string& home() const noexcept { return home_; }

private:
    std::size_t max_bytes_ = 16 * 1024 * 1024;
    bool strict_ = false;
    std::uint32_t user_id_ = 0;
    std::string home_;
};

/// The entries of any number of authorized_keys files. find() is the question of a server that applies the options; contains() is
/// for programs that do not, so a key that stands on any line with options is not contained() in the list.
class authorized_keys {
public:
    /// Adds the entries of a text in the format of the file. `source` is the name that warnings give it.
    void read(std::string_view text, std::string_view source = {});

    /// Adds the entries of a file.
    /// Returns: false where there is no such file.
    /// Errors: errc::file_error, also for anything but a regular file (a FIFO is not waited for), for a file that is too large,
    /// and, with strict modes, if another user could change the file or a folder above it.
    outcome<bool> load(const std::string& path, const authorized_keys_options& options = {});

    /// Returns: whether the key may log in without restrictions; false also if any line restricts the key.
    bool contains(const public_key& key) const;

    /// Returns: the first line that lets this key log in, as sshd chooses it: lines with options that object to this use, or that are
    /// not understood, are passed over. Null if there is none. Lifetime: until the next call that changes the list.
    const authorized_key* find(const public_key& key, const key_use& use) const;

    /// Lines without options.
    const std::vector<authorized_key>& entries() const noexcept { return entries_; }
    /// Lines with options, also with such that are not understood.
    const std::vector<authorized_key>& restricted() const noexcept { return restricted_; }
    /// Messages "source:line: why" about lines that let nobody in; at most a hundred.
    const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    void read_line(std::string_view words, std::string_view source, std::size_t line);

    std::vector<authorized_key> entries_, restricted_;
    std::vector<std::string> warnings_;
};

} // namespace sshoal
