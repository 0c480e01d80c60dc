#include "sshoal/revoked_keys.hpp"

#include "os/regular_file.hpp"
#include "trust/text_lines.hpp"

namespace sshoal {
namespace {

constexpr std::size_t largest_list = 64u << 20;
constexpr std::string_view binary_mark("SSHKRL\n\0", 8);

/// Returns: whether a line of an unknown type has a key: a blob begins with the length of a short name, which is "AAAA" in base64.
bool has_blob(std::string_view words) noexcept
{
    (void)trust::next_word(words);
    return words.starts_with("AAAA");
}

} // namespace

outcome<void> revoked_keys::read(std::string_view text, std::string_view source)
{
    const auto at = [&](const trust::text_line& line, std::string_view why) {
        const std::string where = source.empty() ? "line " : printable(source) + ':';
        return failure(errc::bad_key, where + std::to_string(line.number) + ": " + std::string(why));
    };
    std::vector<public_key> found;
    failure wrong;
    trust::each_line(text, [&](const trust::text_line& line) {
        if (wrong)
            return;
        if (!line.usable) {
            wrong = at(line, "the line is too long or has a NUL in it");
            return;
        }
        outcome<public_key> key = public_key::from_line(line.words);
        if (key)
            found.push_back(std::move(*key));
        else if (key.error().code() != errc::unsupported_key || !has_blob(line.words))
            wrong = at(line, key.error().context().empty() ? "no public key" : key.error().context());
    });
    if (wrong)
        return wrong;
    keys_.insert(found.begin(), found.end());
    return {};
}

outcome<void> revoked_keys::load(const std::string& path)
{
    const outcome<secure_bytes> content = os::read_file(path, largest_list);
    if (!content)
        return content.error();
    const std::string_view text = text_of(byte_view(*content));
    if (text.starts_with(binary_mark))
        return failure(errc::not_supported, printable(path) + ": a binary key revocation list; list the public keys in a text file");
    return read(text, path);
}

std::string why_revoked(const public_key& key, const std::vector<std::string>& files)
{
    for (const std::string& path : files) {
        revoked_keys list;
        if (const auto loaded = list.load(path); !loaded)
            return "the list of revoked keys cannot be used: " + loaded.error().context();
        if (list.contains(key))
            return "the key " + key.fingerprint() + " is revoked by " + printable(path);
    }
    return {};
}

} // namespace sshoal
