// algorithms.hpp - which algorithms a connection may use, in order of preference (RFC 4253 §7.1).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

using name_vector = std::vector<std::string>;

/// The two directions of a connection. For each of them the ends agree on a cipher, a MAC and a compression of its own.
enum class direction : std::uint8_t { client_to_server, server_to_client };

/// Lists of algorithms, the preferred ones first. A default-constructed object holds the secure defaults; each setter takes
/// either a whole list ("aes128-gcm@openssh.com,aes256-ctr") or, as in OpenSSH's configuration, a change to the default: "+name"
/// appends, "-pattern" removes, "^name" moves to the front. An unknown name is errc::unknown_algorithm, reported by check() and
/// by connect(). Copies share their lists until one of them is changed.
class algorithms {
public:
    algorithms();
    algorithms(const algorithms&) = default; // and no moving: an object that was moved from has its lists still
    algorithms& operator=(const algorithms&) = default;

    algorithms& kex(std::string_view list);
    algorithms& host_keys(std::string_view list);      ///< signature algorithms for host keys
    algorithms& ciphers(std::string_view list);        ///< both directions
    algorithms& macs(std::string_view list);           ///< both directions; not used with AEAD ciphers
    algorithms& compression(std::string_view list);    ///< "none", "zlib@openssh.com"; both directions
    algorithms& public_keys(std::string_view list);    ///< signature algorithms accepted, or offered, in log-in

    /// These set the list of one direction, and leave the other one's as it is: for a lot of data that goes one way. A change
    /// ("+name") is a change to the default here too. The names of the directions are the same at both ends.
    algorithms& ciphers(direction d, std::string_view list);
    algorithms& macs(direction d, std::string_view list);
    algorithms& compression(direction d, std::string_view list);

    const name_vector& kex() const noexcept { return *kex_; }
    const name_vector& host_keys() const noexcept { return *host_keys_; }
    const name_vector& ciphers() const noexcept { return *ciphers_[0]; } ///< client to server, as the next two
    const name_vector& macs() const noexcept { return *macs_[0]; }
    const name_vector& compression() const noexcept { return *compression_[0]; }
    const name_vector& ciphers(direction d) const noexcept { return *ciphers_[std::size_t(d)]; }
    const name_vector& macs(direction d) const noexcept { return *macs_[std::size_t(d)]; }
    const name_vector& compression(direction d) const noexcept { return *compression_[std::size_t(d)]; }
    const name_vector& public_keys() const noexcept { return *public_keys_; }

    /// Returns: the first error of any setter so far.
    const failure& check() const noexcept { return failure_; }

    /// Returns: all algorithms that sshoal implements, those included that are off by default, for "-Q" listings and error texts.
    static const algorithms& all();

private:
    using shared_names = std::shared_ptr<const name_vector>;
    void change(shared_names& slot, std::string_view what, std::string_view list, const name_vector& defaults,
                const name_vector& known);

    using by_direction = std::array<shared_names, 2>;
    void change(by_direction& slot, std::string_view what, std::string_view list, const name_vector& defaults,
                const name_vector& known);

    shared_names kex_, host_keys_, public_keys_;
    by_direction ciphers_, macs_, compression_;
    failure failure_;
};

/// The algorithms that the two ends agreed on in the latest key exchange.
struct negotiated {
    std::string kex, host_key;
    std::string cipher_out, cipher_in, mac_out, mac_in, compression_out, compression_in; ///< mac is empty with AEAD ciphers
    bool strict_kex = false;
};

} // namespace sshoal
