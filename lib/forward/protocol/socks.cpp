#include "forward/protocol/socks.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace sshoal::forward {
namespace {

constexpr std::uint8_t version4 = 4, version5 = 5;
constexpr std::uint8_t connect_command = 1;
constexpr std::uint8_t no_log_in = 0, no_method = 0xff;
constexpr std::uint8_t address_ipv4 = 1, address_name = 3, address_ipv6 = 4;
constexpr std::size_t rest_of_request4 = 7; // command, port, address
constexpr std::size_t head_of_request5 = 4; // version, command, a zero byte, type of the address
constexpr std::size_t port_size = 2;
constexpr std::uint8_t granted4 = 90, refused4 = 91;

std::uint8_t code5(socks_result r) noexcept
{
    switch (r) {
    case socks_result::granted: return 0;
    case socks_result::failed: return 1;
    case socks_result::not_allowed: return 2;
    case socks_result::network_unreachable: return 3;
    case socks_result::host_unreachable: return 4;
    case socks_result::refused: return 5;
    case socks_result::command_not_supported: return 7;
    case socks_result::address_not_supported: break;
    }
    return 8;
}

/// The bound address is left out: all zero.
bytes reply_of(std::uint8_t version, socks_result r)
{
    bytes b;
    if (version == version4) {
        b.resize(8);
        b[1] = std::byte(r == socks_result::granted ? granted4 : refused4);
        return b;
    }
    b.resize(10);
    b[0] = std::byte(version5);
    b[1] = std::byte(code5(r));
    b[3] = std::byte(address_ipv4);
    return b;
}

std::string text_of_address(int family, const std::byte* from)
{
    char text[INET6_ADDRSTRLEN] = {};
    return ::inet_ntop(family, from, text, sizeof text) ? text : "";
}

/// SOCKS 4a: the address 0.0.0.x, where x is not 0, says that a name follows.
bool means_name(const std::byte* ipv4) noexcept
{
    return ipv4[0] == std::byte(0) && ipv4[1] == std::byte(0) && ipv4[2] == std::byte(0) && ipv4[3] != std::byte(0);
}

bool is_host_name(std::string_view host) noexcept
{
    const auto fits = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; };
    return !host.empty() && std::all_of(host.begin(), host.end(), fits);
}

} // namespace

socks_reader::state socks_reader::take(byte_view from)
{
    append(taken_, from.first(std::min(from.size(), wanted())));
    // Texts of SOCKS 4 end with a zero byte, so they are read byte by byte.
    if (part_ == part::user4)
        return taken_.back() == std::byte(0) ? end_of_user4() : take_text(most_user, "user");
    if (part_ == part::host4)
        return taken_.back() == std::byte(0) ? take_host(text_of(byte_view(taken_).first(taken_.size() - 1)))
                                             : take_text(most_host, "host");
    return wanted() > 0 ? state::reading : next();
}

/// The bytes of the current part are complete.
socks_reader::state socks_reader::next()
{
    switch (part_) {
    case part::version:
        version_ = at(0);
        if (version_ == version4)
            return after(part::fixed4, rest_of_request4);
        if (version_ == version5)
            return after(part::methods, 1);
        why_ = failure(errc::protocol_error, "SOCKS version " + std::to_string(version_));
        return state::refused;
    case part::fixed4: return begin_request4();
    case part::methods: return begin_methods();
    case part::request5: return begin_address5();
    case part::length5:
        if (at(0) == 0)
            return refuse(socks_result::failed, "an empty name");
        return after(part::rest5, std::size_t(at(0)) + port_size);
    case part::rest5: return take_address5();
    case part::user4:
    case part::host4: break;
    }
    return state::reading;
}

socks_reader::state socks_reader::after(part p, std::size_t size)
{
    part_ = p;
    wanted_ = size;
    taken_.clear();
    return state::reading;
}

// -- SOCKS 4 ------------------------------------------------------------------------------------------------------------------

socks_reader::state socks_reader::begin_request4()
{
    if (at(0) != connect_command)
        return refuse(socks_result::command_not_supported, "command " + std::to_string(at(0)));
    port_ = std::uint16_t(at(1) << 8 | at(2));
    // The type of the address says whether a name follows the user.
    address_type_ = means_name(&taken_[3]) ? address_name : address_ipv4;
    target_ = endpoint(text_of_address(AF_INET, &taken_[3]), port_);
    return after(part::user4, 1);
}

/// A text of SOCKS 4 goes on.
socks_reader::state socks_reader::take_text(std::size_t most, std::string_view what)
{
    if (taken_.size() > most)
        return refuse(socks_result::failed, "a " + std::string(what) + " of more than " + std::to_string(most) + " bytes");
    wanted_ = taken_.size() + 1;
    return state::reading;
}

socks_reader::state socks_reader::end_of_user4() { return address_type_ == address_name ? after(part::host4, 1) : state::done; }

// -- SOCKS 5 ------------------------------------------------------------------------------------------------------------------

/// The part is read twice: the number of methods, and that number with the methods.
socks_reader::state socks_reader::begin_methods()
{
    const std::size_t count = at(0);
    if (taken_.size() < 1 + count) {
        wanted_ = 1 + count;
        return state::reading;
    }
    const bool offered = std::find(taken_.begin() + 1, taken_.end(), std::byte(no_log_in)) != taken_.end();
    answer_ = {std::byte(version5), std::byte(offered ? no_log_in : no_method)};
    if (offered)
        return after(part::request5, head_of_request5);
    why_ = failure(errc::not_supported, "SOCKS with a log-in");
    return state::refused;
}

socks_reader::state socks_reader::begin_address5()
{
    if (at(0) != version5)
        return refuse(socks_result::failed, "a request of version " + std::to_string(at(0)));
    if (at(1) != connect_command)
        return refuse(socks_result::command_not_supported, "command " + std::to_string(at(1)));
    address_type_ = at(3);
    switch (address_type_) {
    case address_ipv4: return after(part::rest5, 4 + port_size);
    case address_ipv6: return after(part::rest5, 16 + port_size);
    case address_name: return after(part::length5, 1);
    default: break;
    }
    return refuse(socks_result::address_not_supported, "an address of type " + std::to_string(address_type_));
}

socks_reader::state socks_reader::take_address5()
{
    const std::size_t size = taken_.size() - port_size;
    port_ = std::uint16_t(at(size) << 8 | at(size + 1));
    if (address_type_ == address_name)
        return take_host(text_of(byte_view(taken_).first(size)));
    target_ = endpoint(text_of_address(address_type_ == address_ipv4 ? AF_INET : AF_INET6, taken_.data()), port_);
    return state::done;
}

// -- both ---------------------------------------------------------------------------------------------------------------------

socks_reader::state socks_reader::take_host(std::string_view host)
{
    if (!is_host_name(host))
        return refuse(socks_result::failed, "the name \"" + printable(host, 64) + "\"");
    target_ = endpoint(std::string(host), port_);
    return state::done;
}

socks_reader::state socks_reader::refuse(socks_result r, std::string why)
{
    answer_ = reply_of(version_, r);
    why_ = failure(errc::not_supported, "SOCKS: " + std::move(why));
    return state::refused;
}

bytes socks_reader::reply(socks_result r) const { return reply_of(version_, r); }

} // namespace sshoal::forward
