#include "transport/negotiate.hpp"

#include "crypto/packet_cipher.hpp"

#include <algorithm>

namespace sshoal::transport {
namespace {

using wire::contains;
using wire::name_list;

bool is_indicator(std::string_view name) noexcept
{
    return name == indicator::ext_info_client || name == indicator::ext_info_server || name == indicator::strict_client ||
           name == indicator::strict_server;
}

void fill(name_list& list, const name_vector& names) { list.names.assign(names.begin(), names.end()); }

failure no_match(std::string_view slot, const name_list& ours, const name_list& theirs)
{
    constexpr std::size_t each = 96; // keeps the whole text below 256 bytes whatever the peer sends
    const auto cut = [](const name_list& list) {
        std::string text;
        for (const std::string_view name : list) {
            if (!text.empty())
                text += ',';
            text += name;
            if (text.size() > each)
                break;
        }
        return printable(text, each);
    };
    std::string text = "no common " + std::string(slot) + "; ours: " + cut(ours) + "; theirs: " + cut(theirs);
    return {errc::no_common_algorithm, printable(text, 256)};
}

/// Chooses the algorithm of one slot: the first of the client's names that the server has too.
class chooser {
public:
    chooser(role self, const wire::msg::kexinit& ours, const wire::msg::kexinit& theirs) noexcept
        : self_(self), ours_(ours), theirs_(theirs)
    {
    }

    std::string choose(std::string_view slot, name_list wire::msg::kexinit::*field)
    {
        const name_list& client = (self_ == role::client ? ours_ : theirs_).*field;
        const name_list& server = (self_ == role::client ? theirs_ : ours_).*field;
        for (const std::string_view name : client)
            if (!is_indicator(name) && contains(server, name))
                return std::string(name);
        if (!failure_)
            failure_ = no_match(slot, ours_.*field, theirs_.*field);
        return {};
    }
    /// A cipher with its own tag needs no MAC.
    std::string choose_mac(std::string_view slot, name_list wire::msg::kexinit::*field, const std::string& cipher)
    {
        const crypto::cipher_info* const info = crypto::find_cipher(cipher);
        return info && info->aead ? std::string() : choose(slot, field);
    }
    const failure& failed() const noexcept { return failure_; }

private:
    role self_;
    const wire::msg::kexinit& ours_;
    const wire::msg::kexinit& theirs_;
    failure failure_;
};

bool same_first(const name_list& a, const name_list& b) noexcept
{
    return !a.empty() && !b.empty() && a.names.front() == b.names.front();
}

} // namespace

std::size_t find_host_key(const std::vector<presented_key>& host_keys, std::string_view algorithm)
{
    std::size_t i = 0;
    while (i < host_keys.size() && !host_keys[i].has_algorithm(algorithm))
        ++i;
    return i;
}

wire::msg::kexinit make_kexinit(const settings& s, crypto::random_source& random, bool first)
{
    wire::msg::kexinit m;
    random.fill(m.cookie);
    fill(m.kex_algorithms, s.algos.kex());
    if (first) {
        const bool client = s.self == role::client;
        if (client)
            m.kex_algorithms.names.push_back(indicator::ext_info_client);
        m.kex_algorithms.names.push_back(client ? indicator::strict_client : indicator::strict_server);
    }
    if (s.self == role::client) {
        fill(m.server_host_key_algorithms, s.algos.host_keys());
    } else {
        for (const std::string& name : s.algos.host_keys())
            if (find_host_key(s.host_keys, name) < s.host_keys.size())
                m.server_host_key_algorithms.names.push_back(name);
    }
    constexpr direction up = direction::client_to_server, down = direction::server_to_client;
    fill(m.encryption_client_to_server, s.algos.ciphers(up));
    fill(m.encryption_server_to_client, s.algos.ciphers(down));
    fill(m.mac_client_to_server, s.algos.macs(up));
    fill(m.mac_server_to_client, s.algos.macs(down));
    fill(m.compression_client_to_server, s.algos.compression(up));
    fill(m.compression_server_to_client, s.algos.compression(down));
    return m;
}

outcome<agreement> negotiate(role self, const wire::msg::kexinit& ours, const wire::msg::kexinit& theirs)
{
    using m = wire::msg::kexinit;
    chooser c(self, ours, theirs);
    agreement a;
    a.names.kex = c.choose("key exchange method", &m::kex_algorithms);
    a.names.host_key = c.choose("host key algorithm", &m::server_host_key_algorithms);
    std::string up = c.choose("cipher from client to server", &m::encryption_client_to_server);
    std::string down = c.choose("cipher from server to client", &m::encryption_server_to_client);
    std::string mac_up = c.choose_mac("MAC from client to server", &m::mac_client_to_server, up);
    std::string mac_down = c.choose_mac("MAC from server to client", &m::mac_server_to_client, down);
    std::string zip_up = c.choose("compression from client to server", &m::compression_client_to_server);
    std::string zip_down = c.choose("compression from server to client", &m::compression_server_to_client);
    if (c.failed())
        return c.failed();
    a.method = crypto::find_kex(a.names.kex);
    if (!a.method)
        return failure(errc::no_common_algorithm, "no key exchange method " + printable(a.names.kex, 64));
    if (self == role::server) {
        std::swap(up, down);
        std::swap(mac_up, mac_down);
        std::swap(zip_up, zip_down);
    }
    a.names.cipher_out = std::move(up);
    a.names.cipher_in = std::move(down);
    a.names.mac_out = std::move(mac_up);
    a.names.mac_in = std::move(mac_down);
    a.names.compression_out = std::move(zip_up);
    a.names.compression_in = std::move(zip_down);
    a.guessed_right = same_first(ours.kex_algorithms, theirs.kex_algorithms) &&
                      same_first(ours.server_host_key_algorithms, theirs.server_host_key_algorithms);
    return a;
}

bool strict_agreed(role self, const wire::msg::kexinit& ours, const wire::msg::kexinit& theirs) noexcept
{
    const auto& client = (self == role::client ? ours : theirs).kex_algorithms;
    const auto& server = (self == role::client ? theirs : ours).kex_algorithms;
    return contains(client, indicator::strict_client) && contains(server, indicator::strict_server);
}

} // namespace sshoal::transport
