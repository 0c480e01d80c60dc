#include "keys/openssh_format.hpp"

#include "keys/key_blob.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace sshoal::keys {
namespace {

constexpr std::string_view magic("openssh-key-v1\0", 15);
constexpr std::uint32_t most_rounds = 2048; // about half a minute; a file must not be able to take more time
constexpr std::uint32_t written_rounds = 16;
constexpr std::size_t plain_block_size = 8;

failure damaged_file(std::string what) { return {errc::bad_key, "openssh-key-v1: " + std::move(what)}; }

secure_bytes secret(byte_view v) { return {v.begin(), v.end()}; }

/// Derives key and IV of the private section from the options of bcrypt.
outcome<secure_bytes> derive(byte_view options, std::string_view passphrase, std::size_t size)
{
    wire::reader in(options);
    const byte_view salt = in.string();
    const std::uint32_t rounds = in.u32();
    if (!in.finished() || salt.empty())
        return damaged_file("malformed KDF options");
    if (rounds == 0 || rounds > most_rounds)
        return damaged_file("bcrypt with " + std::to_string(rounds) + " rounds, the limit is " + std::to_string(most_rounds));
    auto key = crypto::bcrypt_pbkdf(passphrase, salt, rounds, size);
    if (!key)
        return failure(key.error(), "openssh-key-v1: bcrypt");
    return std::move(*key);
}

/// Returns nullptr for a cipher that ssh-keygen does not write.
const crypto::file_cipher* find_cipher(std::string_view name) noexcept
{
    if (name == "rijndael-cbc@lysator.liu.se")
        name = "aes256-cbc";
    return name == "des-cbc" ? nullptr : crypto::find_file_cipher(name);
}

outcome<secure_bytes> decrypt(std::string_view cipher_name, std::string_view kdf, byte_view options, byte_view section,
                              std::string_view passphrase)
{
    if ((kdf == "none") != (cipher_name == "none"))
        return damaged_file("a cipher without a KDF, or the other way round");
    if (kdf == "none") {
        if (!options.empty())
            return damaged_file("malformed KDF options");
        if (section.size() % plain_block_size != 0)
            return damaged_file("private section of the wrong size");
        return secret(section);
    }
    const auto* cipher = find_cipher(cipher_name);
    if (cipher == nullptr)
        return failure(errc::unsupported_key, "openssh-key-v1: cipher " + printable(cipher_name, 64));
    if (kdf != "bcrypt")
        return failure(errc::unsupported_key, "openssh-key-v1: KDF " + printable(kdf, 64));
    if (section.size() <= cipher->tag_size || (section.size() - cipher->tag_size) % cipher->block_size != 0)
        return damaged_file("private section of the wrong size");
    if (passphrase.empty())
        return failure(errc::passphrase_required);
    const auto material = derive(options, passphrase, cipher->key_size + cipher->iv_size);
    if (!material)
        return material.error();
    const byte_view key_and_iv(*material);
    auto plain
        = crypto::decrypt_block(cipher->name, key_and_iv.first(cipher->key_size), key_and_iv.subspan(cipher->key_size), section);
    if (!plain)
        return failure(plain.error(), plain.error() == errc::bad_passphrase ? "" : "openssh-key-v1: private section");
    return std::move(*plain);
}

/// Reads a number that is not negative. Other programs write more leading zeros than necessary.
byte_view read_mpint(wire::reader& in) noexcept
{
    byte_view v = in.string();
    if (!v.empty() && (v.front() & std::byte(0x80)) != std::byte(0))
        return in.fail();
    while (!v.empty() && v.front() == std::byte(0))
        v = v.subspan(1);
    return v;
}

/// Reads the numbers behind the type name. The caller checks the reader afterwards.
outcome<crypto::private_numbers> read_numbers(wire::reader& in)
{
    const std::string_view name = in.text();
    const auto type = find_key_type(name);
    if (!in.ok())
        return damaged_file("cut short");
    if (!type)
        return failure(errc::unsupported_key, "key type " + printable(name, 64));
    if (*type == key_type::ed25519) {
        const byte_view point = in.string();
        const byte_view both = in.string();
        if (!in.ok() || point.size() != 32 || both.size() != 64)
            return damaged_file("Ed25519 key of the wrong size");
        if (!equal(point, both.subspan(32)))
            return damaged_file("the halves of the Ed25519 key differ");
        return crypto::private_numbers(crypto::ed25519_private{secret(both.first(32)), copy_of(point)});
    }
    if (const auto group = curve_of(*type)) {
        const std::string_view group_name = in.text();
        const byte_view point = in.string();
        const byte_view scalar = read_mpint(in);
        if (!in.ok() || group_name != curve_name(*group) || point.size() != point_size(*group) || scalar.empty())
            return damaged_file("malformed ECDSA key");
        return crypto::private_numbers(crypto::ecdsa_private{*group, copy_of(point), secret(scalar)});
    }
    const byte_view n = read_mpint(in);
    const byte_view e = read_mpint(in);
    const byte_view d = read_mpint(in);
    const byte_view iqmp = read_mpint(in);
    const byte_view p = read_mpint(in);
    const byte_view q = read_mpint(in);
    if (!in.ok() || n.empty() || e.empty() || d.empty() || iqmp.empty() || p.empty() || q.empty())
        return damaged_file("malformed RSA key");
    return crypto::private_numbers(crypto::rsa_private{copy_of(n), copy_of(e), secret(d), secret(p), secret(q), secret(iqmp)});
}

void write_numbers(wire::secure_writer& out, const crypto::private_numbers& numbers)
{
    out.string(name_of(type_of(crypto::public_half(numbers))));
    if (const auto* ed = std::get_if<crypto::ed25519_private>(&numbers)) {
        out.string(byte_view(ed->point));
        out.u32(64).raw(ed->seed).raw(ed->point);
    } else if (const auto* ec = std::get_if<crypto::ecdsa_private>(&numbers)) {
        out.string(curve_name(ec->group)).string(byte_view(ec->point)).mpint(ec->scalar);
    } else if (const auto* rsa = std::get_if<crypto::rsa_private>(&numbers)) {
        out.mpint(rsa->n).mpint(rsa->e).mpint(rsa->d).mpint(rsa->iqmp).mpint(rsa->p).mpint(rsa->q);
    }
}

bool is_padding(byte_view rest) noexcept
{
    for (std::size_t i = 0; i < rest.size(); ++i)
        if (rest[i] != std::byte(i + 1))
            return false;
    return rest.size() < 256;
}

} // namespace

outcome<commented_key> read_openssh(byte_view content, std::string_view passphrase)
{
    wire::reader in(content);
    if (text_of(in.take(magic.size())) != magic)
        return damaged_file("not this format");
    const std::string_view cipher = in.text();
    const std::string_view kdf = in.text();
    const byte_view options = in.string();
    const std::uint32_t count = in.u32();
    if (in.ok() && count != 1)
        return damaged_file(std::to_string(count) + " keys in one file");
    const byte_view outer_blob = in.string();
    byte_view section = in.string();
    if (!in.ok())
        return damaged_file("cut short");
    // An authenticated cipher's tag stands behind the section and does not count towards its length.
    const auto* const known = find_cipher(cipher);
    if (known == nullptr && cipher != "none")
        return failure(errc::unsupported_key, "openssh-key-v1: cipher " + printable(cipher, 64));
    const std::size_t tag_size = known == nullptr ? 0 : known->tag_size;
    if (in.left() != tag_size)
        return damaged_file(in.left() < tag_size ? "cut short" : "bytes behind its end");
    section = byte_view(section.data(), section.size() + tag_size);
    const auto plain = decrypt(cipher, kdf, options, section, passphrase);
    if (!plain)
        return plain.error();

    wire::reader secret_part{byte_view(*plain)};
    const std::uint32_t check = secret_part.u32();
    const std::uint32_t again = secret_part.u32();
    if (!secret_part.ok() || check != again)
        return cipher == "none" ? damaged_file("check values differ") : failure(errc::bad_passphrase);
    auto numbers = read_numbers(secret_part);
    if (!numbers)
        return numbers.error();
    const std::string_view comment = secret_part.text();
    if (!secret_part.ok() || !is_padding(secret_part.rest()))
        return damaged_file("cut short, or wrong padding");
    // The public half outside is neither encrypted nor authenticated; it must equal the one that belongs to the private half.
    if (!equal(encode_public_blob(crypto::public_half(*numbers)), outer_blob))
        return damaged_file("public and private half differ");
    return commented_key{std::move(*numbers), std::string(comment)};
}

outcome<byte_view> openssh_public_blob(byte_view content)
{
    wire::reader in(content);
    if (text_of(in.take(magic.size())) != magic)
        return damaged_file("not this format");
    in.string(); // cipher
    in.string(); // KDF
    in.string(); // options of the KDF
    const std::uint32_t count = in.u32();
    const byte_view blob = in.string();
    if (!in.ok() || count != 1)
        return damaged_file("cut short, or not one key");
    return blob;
}

secure_bytes private_fields(const crypto::private_numbers& numbers)
{
    secure_bytes fields;
    wire::secure_writer out(fields);
    write_numbers(out, numbers);
    return fields;
}

secure_bytes write_openssh(const crypto::private_numbers& numbers, std::string_view comment, std::string_view passphrase,
                           crypto::random_source& random)
{
    const std::string_view cipher_name = passphrase.empty() ? "none" : "aes256-ctr";
    const auto* cipher = crypto::find_file_cipher(cipher_name);
    const bool encrypted = !passphrase.empty() && cipher != nullptr;

    secure_bytes section;
    wire::secure_writer inner(section);
    std::byte check[4];
    random.fill(check);
    inner.raw(check).raw(check);
    write_numbers(inner, numbers);
    inner.string(comment);
    const std::size_t block = encrypted ? cipher->block_size : plain_block_size;
    for (std::uint8_t i = 1; section.size() % block != 0; ++i)
        inner.u8(i);

    bytes options;
    if (encrypted) {
        std::byte salt[16];
        random.fill(salt);
        wire::writer(options).string(byte_view(salt)).u32(written_rounds);
        const auto material = crypto::bcrypt_pbkdf(passphrase, salt, written_rounds, cipher->key_size + cipher->iv_size).value();
        const byte_view key_and_iv(material);
        section = crypto::encrypt_block(cipher_name, key_and_iv.first(cipher->key_size), key_and_iv.subspan(cipher->key_size),
                                        section)
                      .value();
    }
    secure_bytes content;
    wire::secure_writer out(content);
    out.raw(view_of(magic))
        .string(cipher_name)
        .string(std::string_view(encrypted ? "bcrypt" : "none"))
        .string(byte_view(options))
        .u32(1);
    out.string(byte_view(encode_public_blob(crypto::public_half(numbers)))).string(byte_view(section));
    return content;
}

} // namespace sshoal::keys
