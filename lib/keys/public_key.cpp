#include "keys/base64.hpp"
#include "keys/key_impl.hpp"
#include "os/regular_file.hpp"

#include <algorithm>
#include <cstring>

namespace sshoal {
namespace {

constexpr std::size_t most_public_file_bytes = 64 * 1024; // the largest key line is below 6 KiB

} // namespace

std::string_view name_of(key_type t) noexcept
{
    switch (t) {
    case key_type::ed25519: return "ssh-ed25519";
    case key_type::ecdsa_p256: return "ecdsa-sha2-nistp256";
    case key_type::ecdsa_p384: return "ecdsa-sha2-nistp384";
    case key_type::ecdsa_p521: return "ecdsa-sha2-nistp521";
    case key_type::rsa: break;
    }
    return "ssh-rsa";
}

public_key::impl::impl(crypto::public_numbers n, std::string c)
    : type(keys::type_of(n)), numbers(std::move(n)), blob(keys::encode_public_blob(numbers)), comment(std::move(c))
{
}

const crypto::verifying_key* public_key::impl::verifier() const
{
    std::call_once(once_, [this] {
        if (auto made = crypto::make_verifying_key(numbers))
            verifier_ = std::move(*made);
    });
    return verifier_.get();
}

namespace keys {

std::string_view without_mark(std::string_view text) noexcept
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

failure not_utf8(std::string_view text)
{
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return {errc::unsupported_key, "the file is UTF-16 text, as Windows PowerShell writes it; save it as ASCII or UTF-8"};
    return {};
}

std::string unacceptable(const crypto::public_numbers& numbers, std::string otherwise)
{
    const std::size_t bits = crypto::too_few_bits(numbers);
    if (bits == 0)
        return otherwise;
    return "RSA key of " + std::to_string(bits) + " bits, which can be broken; at least " + std::to_string(crypto::least_rsa_bits)
           + " are needed, so make a new key";
}

std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view next_word(std::string_view& text) noexcept
{
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    text = trimmed(text.substr(word.size()));
    return word;
}

outcome<public_key> read_unchecked(byte_view blob, std::string comment)
{
    auto numbers = decode_public_blob(blob);
    if (!numbers)
        return numbers.error();
    return public_key(std::make_shared<const public_key::impl>(std::move(*numbers), std::move(comment)));
}

outcome<key_line> split_key_line(std::string_view line)
{
    const std::string_view type = next_word(line);
    const std::string_view text = next_word(line);
    if (type.empty() || text.empty())
        return failure(errc::bad_key, "not a public key line");
    if (!find_key_type(type))
        return failure(errc::unsupported_key, "key type " + printable(type, 64));
    key_line parts;
    if (!decode_base64(text, parts.blob))
        return failure(errc::bad_key, "the base64 of the public key is damaged");
    parts.comment = line;
    bytes head(4 + type.size());
    store_u32(head.data(), std::uint32_t(type.size()));
    std::memcpy(head.data() + 4, type.data(), type.size());
    if (parts.blob.size() < head.size() || !equal(byte_view(parts.blob).first(head.size()), head))
        return failure(errc::bad_key, "the public key is not of the type that its line says");
    return parts;
}

} // namespace keys

outcome<public_key> public_key::from_blob(std::span<const std::byte> blob)
{
    auto key = keys::read_unchecked(blob, {});
    if (key && key->impl_->verifier() == nullptr)
        return failure(errc::bad_key,
                       keys::unacceptable(key->impl_->numbers, std::string(key->type_name()) + " key with unacceptable numbers"));
    return key;
}

outcome<public_key> public_key::from_line(std::string_view line)
{
    line = keys::trimmed(line);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
        return failure(errc::bad_key, "a public key is one line of text");
    const auto parts = keys::split_key_line(line);
    if (!parts)
        return parts.error();
    auto key = keys::read_unchecked(parts->blob, std::string(parts->comment));
    if (key && key->impl_->verifier() == nullptr)
        return failure(errc::bad_key,
                       keys::unacceptable(key->impl_->numbers, std::string(key->type_name()) + " key with unacceptable numbers"));
    return key;
}

outcome<public_key> public_key::load(const std::string& path)
{
    const auto content = os::read_file(path, most_public_file_bytes);
    if (!content)
        return content.error();
    std::string_view text = keys::without_mark(text_of(byte_view(*content)));
    if (const failure f = keys::not_utf8(text))
        return failure(f.code(), printable(path) + ": " + f.context());
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
        if (const auto words = keys::trimmed(line); words.empty() || words.front() == '#')
            continue;
        auto key = from_line(line);
        if (!key)
            return failure(key.error().code(), printable(path) + ": " + key.error().context());
        return key;
    }
    return failure(errc::bad_key, printable(path) + ": no public key in it");
}

key_type public_key::type() const noexcept { return impl_->type; }
std::span<const std::byte> public_key::blob() const noexcept { return impl_->blob; }
const std::string& public_key::comment() const noexcept { return impl_->comment; }

std::size_t public_key::bits() const noexcept
{
    if (const auto group = keys::curve_of(impl_->type))
        return crypto::curve_bits(*group);
    const auto* rsa = std::get_if<crypto::rsa_public>(&impl_->numbers);
    if (rsa == nullptr)
        return 256;
    std::size_t bits = rsa->n.size() * 8;
    for (unsigned top = std::to_integer<unsigned>(rsa->n.front()); (top & 0x80) == 0 && bits != 0; top = top << 1 | 1)
        --bits;
    return bits;
}

std::string public_key::line() const
{
    std::string text(type_name());
    text += ' ';
    text += keys::base64(impl_->blob);
    if (impl_->comment.empty())
        return text;
    text += ' ';
    // A comment from a private key file may hold any character; in a key line it must not start a new line.
    for (const char c : impl_->comment)
        text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return text;
}

std::string public_key::base64() const { return keys::base64(impl_->blob); }

std::vector<std::string_view> public_key::signature_algorithms() const
{
    std::vector<std::string_view> names;
    for (const auto& algorithm : keys::signature_algorithms())
        if (algorithm.type == impl_->type)
            names.push_back(algorithm.name);
    return names;
}

bool public_key::can_verify(std::string_view algorithm) const noexcept
{
    const auto* known = keys::find_signature_algorithm(algorithm);
    return impl_ && known != nullptr && known->type == impl_->type;
}

checked_signature public_key::verify(std::string_view algorithm, std::span<const std::byte> message,
                                     std::span<const std::byte> signature) const
{
    if (!impl_)
        return {};
    const auto* wanted = keys::find_signature_algorithm(algorithm);
    if (wanted == nullptr || wanted->type != impl_->type)
        return {};
    const auto raw = keys::decode_signature(*wanted, signature, (bits() + 7) / 8);
    if (!raw)
        return {};
    const auto* verifier = impl_->verifier();
    return checked_signature(verifier != nullptr && verifier->verify(wanted->hash, message, *raw));
}

bool operator==(const public_key& a, const public_key& b) noexcept
{
    if (a.impl_ == b.impl_)
        return true;
    return a.impl_ && b.impl_ && equal(a.impl_->blob, b.impl_->blob);
}

std::strong_ordering operator<=>(const public_key& a, const public_key& b) noexcept
{
    if (!a.impl_ || !b.impl_)
        return bool(a.impl_) <=> bool(b.impl_);
    const byte_view x(a.impl_->blob), y(b.impl_->blob);
    const int order = std::memcmp(x.data(), y.data(), std::min(x.size(), y.size()));
    return order != 0 ? order <=> 0 : x.size() <=> y.size();
}

} // namespace sshoal

std::size_t std::hash<sshoal::public_key>::operator()(const sshoal::public_key& key) const noexcept
{
    if (!key)
        return 0;
    const auto blob = key.blob();
    return std::hash<std::string_view>()(std::string_view(reinterpret_cast<const char*>(blob.data()), blob.size()));
}
