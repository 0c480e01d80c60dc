// packet_cipher.hpp - protects and opens whole binary packets, in place (RFC 4253 §6, RFC 5647 as OpenSSH uses it, EtM MACs,
// chacha20-poly1305@openssh.com). One object protects one direction between two key exchanges.
//
// A whole packet is  [4 length][1 padding length][payload][padding][tag]  with tag_size() bytes at its end.
#pragma once

#include "base/bytes.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sshoal::crypto {

/// The properties of a protection that the framing uses.
struct packet_shape {
    std::size_t block_size = 8;   ///< the size of the padded part is a multiple of this; at least 8
    std::size_t tag_size = 0;     ///< bytes behind the padding
    std::size_t head_size = 4;    ///< bytes that open_length() needs
    bool length_is_padded = true; ///< whether the padded part includes the four length bytes (not with AEAD and EtM)
};

class packet_sealer {
public:
    virtual ~packet_sealer() = default;
    const packet_shape& shape() const noexcept { return shape_; }
    /// Encrypts the packet and writes its tag. `packet` includes room for the tag at its end.
    virtual void seal(std::uint32_t sequence, byte_span packet) = 0;

protected:
    packet_shape shape_;
};

class packet_opener {
public:
    virtual ~packet_opener() = default;
    const packet_shape& shape() const noexcept { return shape_; }
    /// Returns the length field from the first head_size bytes. The call may decrypt them in place, so call it exactly once for
    /// each packet, before open(). The result is not authenticated yet.
    virtual std::uint32_t open_length(std::uint32_t sequence, byte_span head) = 0;
    /// Verifies the tag and decrypts in place. Returns false if the packet is damaged; then `packet` holds no plaintext except
    /// the bytes that open_length() has decrypted.
    [[nodiscard]] virtual bool open(std::uint32_t sequence, byte_span packet) = 0;

protected:
    packet_shape shape_;
};

struct cipher_info {
    std::string_view name;
    std::size_t key_size;
    std::size_t iv_size;    ///< 0 if no IV is derived
    std::size_t block_size; ///< for the rekey rule of RFC 4344 §3.2
    bool aead;              ///< has its own tag; no MAC is negotiated
};

struct mac_info {
    std::string_view name;
    std::size_t key_size;
    std::size_t tag_size;
    bool etm; ///< encrypt-then-MAC
};

/// These return all implemented algorithms in sshoal's order of preference, those that are off by default last.
std::span<const cipher_info> ciphers() noexcept;
std::span<const mac_info> macs() noexcept;
const cipher_info* find_cipher(std::string_view name) noexcept;
const mac_info* find_mac(std::string_view name) noexcept;

/// Keys for one direction, with the sizes given in cipher_info and mac_info.
struct packet_keys {
    byte_view key;
    byte_view iv;
    byte_view mac_key;
};

/// `mac` is ignored for AEAD ciphers. `cipher` "none" is the plain framing before the first NEWKEYS. Returns null if a name is
/// unknown or a key has the wrong size.
std::unique_ptr<packet_sealer> make_sealer(std::string_view cipher, std::string_view mac, const packet_keys&);
std::unique_ptr<packet_opener> make_opener(std::string_view cipher, std::string_view mac, const packet_keys&);

} // namespace sshoal::crypto
