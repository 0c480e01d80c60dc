#include "keys/armor.hpp"

#include "keys/base64.hpp"
#include "keys/key_impl.hpp"

namespace sshoal::keys {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

std::string_view next_line(std::string_view& text) noexcept
{
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    return trimmed(without_mark(line)); // a file joined from several files has marks in its middle
}

/// Returns the label of a line such as "-----BEGIN label-----", or nothing for other lines.
std::string_view label_in(std::string_view line, std::string_view mark) noexcept
{
    if (!line.starts_with(mark) || !line.ends_with(dashes) || line.size() <= mark.size() + dashes.size())
        return {};
    return line.substr(mark.size(), line.size() - mark.size() - dashes.size());
}

/// `other` is the label of a block that is not a private key.
failure no_key(std::string_view text, std::string_view other)
{
    text = trimmed(without_mark(text));
    if (failure f = not_utf8(text))
        return f;
    if (text.starts_with("PuTTY-User-Key-File-"))
        return {errc::unsupported_key, "PuTTY's private key format; puttygen can export it for OpenSSH"};
    if (find_key_type(next_word(text)))
        return {errc::bad_key, "this is a public key, not a private one"};
    if (text.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY"))
        return {errc::unsupported_key, "ssh.com's private key format; ssh-keygen -i can convert it where it is not encrypted"};
    if (!other.empty())
        return {errc::bad_key, "no private key found, only " + printable(other, 64)};
    return {errc::bad_key, "no private key found"};
}

} // namespace

outcome<armored> read_armor(std::string_view text, std::string_view label_end)
{
    const std::string_view whole = text;
    armored block;
    std::string_view other;
    while (block.label.empty()) {
        if (text.empty())
            return no_key(whole, other);
        const std::string_view label = label_in(next_line(text), begin_mark);
        if (!label.empty() && label.ends_with(label_end))
            block.label = label;
        else if (!label.empty())
            other = label;
    }
    secure_bytes digits;
    digits.reserve(text.size());
    for (bool in_headers = true;;) {
        if (text.empty())
            return failure(errc::bad_key, "the private key is cut short");
        const std::string_view line = next_line(text);
        if (line.starts_with(dashes)) {
            if (label_in(line, end_mark) != block.label)
                return failure(errc::bad_key, "the private key does not end as it began");
            break;
        }
        if (const auto colon = line.find(':'); in_headers && colon != std::string_view::npos) {
            const std::string_view name = line.substr(0, colon);
            const std::string_view value = trimmed(line.substr(colon + 1));
            if (name == "Proc-Type")
                block.encrypted = value == "4,ENCRYPTED";
            else if (name == "DEK-Info")
                block.dek_info = value;
            continue;
        }
        in_headers = false;
        const byte_view characters = view_of(line);
        digits.insert(digits.end(), characters.begin(), characters.end());
    }
    if (!decode_base64(text_of(byte_view(digits)), block.content) || block.content.empty())
        return failure(errc::bad_key, "the base64 of the private key is damaged");
    return block;
}

std::string write_armor(std::string_view label, byte_view content)
{
    constexpr std::size_t width = 70;
    secure_bytes digits(base64_size(content.size()));
    encode_base64(content, reinterpret_cast<char*>(digits.data()));
    std::string text;
    // Reserves the whole size: a growing string would leave copies of the key in memory that is never wiped.
    text.reserve(digits.size() + digits.size() / width + 2 * (label.size() + begin_mark.size() + dashes.size() + 2));
    text.append(begin_mark).append(label).append(dashes).append("\n");
    for (std::string_view left = text_of(byte_view(digits)); !left.empty();) {
        const std::string_view line = left.substr(0, width);
        text.append(line).append("\n");
        left.remove_prefix(line.size());
    }
    text.append(end_mark).append(label).append(dashes).append("\n");
    return text;
}

} // namespace sshoal::keys
