#include "keys/armor.hpp"
#include "keys/key_impl.hpp"
#include "keys/openssh_format.hpp"
#include "keys/pem_format.hpp"
#include "os/regular_file.hpp"

namespace sshoal {
namespace {

constexpr std::size_t most_private_file_bytes = 1024 * 1024;
constexpr std::string_view openssh_label = "OPENSSH PRIVATE KEY";

} // namespace

namespace keys {

outcome<private_key> make_private_key(crypto::private_numbers numbers, std::string comment)
{
    auto signer = crypto::make_signing_key(numbers);
    if (!signer)
        return failure(signer.error(), unacceptable(crypto::public_half(numbers), "public and private half do not make a key"));
    public_key half(std::make_shared<const public_key::impl>(crypto::public_half(numbers), std::move(comment)));
    return private_key(
        std::make_shared<const private_key::impl>(private_key::impl{std::move(half), std::move(numbers), std::move(*signer)}));
}

} // namespace keys

outcome<private_key> private_key::generate(key_type type, std::size_t bits, std::string comment)
{
    auto& random = crypto::system_random();
    if (type == key_type::ed25519)
        return keys::make_private_key(crypto::generate_ed25519(random), std::move(comment));
    if (const auto group = keys::curve_of(type))
        return keys::make_private_key(crypto::generate_ecdsa(*group, random), std::move(comment));
    auto numbers = crypto::generate_rsa(bits == 0 ? 3072 : bits, random);
    if (!numbers)
        return failure(numbers.error(), "RSA key of " + std::to_string(bits) + " bits");
    return keys::make_private_key(std::move(*numbers), std::move(comment));
}

outcome<private_key> private_key::parse(std::string_view text, std::string_view passphrase)
{
    const auto block = keys::read_armor(text);
    if (!block)
        return block.error();
    if (block->label == openssh_label) {
        auto key = keys::read_openssh(block->content, passphrase);
        if (!key)
            return key.error();
        return keys::make_private_key(std::move(key->numbers), std::move(key->comment));
    }
    auto numbers = keys::read_pem(*block, passphrase);
    if (!numbers)
        return numbers.error();
    return keys::make_private_key(std::move(*numbers), {});
}

outcome<private_key> private_key::load(const std::string& path, std::string_view passphrase)
{
    const auto content = os::read_file(path, most_private_file_bytes);
    if (!content)
        return content.error();
    auto key = parse(text_of(byte_view(*content)), passphrase);
    if (!key)
        return failure(key.error().code(), printable(path) + (key.error().context().empty() ? "" : ": ") + key.error().context());
    return key;
}

const public_key& private_key::public_half() const noexcept
{
    static const public_key none;
    return impl_ ? impl_->half : none;
}

outcome<std::vector<std::byte>> private_key::sign(std::string_view algorithm, std::span<const std::byte> message) const
{
    const auto* wanted = keys::find_signature_algorithm(algorithm);
    if (wanted == nullptr || !impl_ || wanted->type != impl_->half.type())
        return failure(errc::unknown_algorithm, "no signature of this key with " + printable(algorithm, 64));
    return keys::encode_signature(*wanted, impl_->signer->sign(wanted->hash, message, crypto::system_random()));
}

std::string private_key::to_openssh(std::string_view passphrase) const
{
    const auto content = keys::write_openssh(impl_->numbers, impl_->half.comment(), passphrase, crypto::system_random());
    return keys::write_armor(openssh_label, content);
}

outcome<void> private_key::save(const std::string& path, std::string_view passphrase) const
{
    std::string text = to_openssh(passphrase);
    auto written = os::write_new_file(path, view_of(text));
    wipe(text.data(), text.size());
    return written;
}

} // namespace sshoal
