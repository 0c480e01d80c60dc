// A client's part of SOCKS 5 (RFC 1928, RFC 1929).
#include "net/proxy/proxy_talk.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace sshoal::net {
namespace {

constexpr std::byte socks_version{5}, log_in_version{1}, connect_command{1}, no_log_in{0}, by_password{2};
constexpr std::byte address_ipv4{1}, address_name{3}, address_ipv6{4};
constexpr unsigned no_method = 0xff;
constexpr std::size_t head_of_reply = 4; // socks_version, reply, a zero byte, type of the address
constexpr std::size_t port_size = 2;

std::string reply_text(unsigned code)
{
    switch (code) {
    case 1: return "general failure";
    case 2: return "the connection is not allowed by the rules of the proxy";
    case 3: return "network unreachable";
    case 4: return "host unreachable";
    case 5: return "connection refused";
    case 6: return "time to live expired";
    case 7: return "command not supported";
    case 8: return "type of address not supported";
    default: return "reply " + std::to_string(code);
    }
}

void append_text(bytes& to, std::string_view text)
{
    to.push_back(std::byte(text.size()));
    append(to, view_of(text));
}

void append_address(bytes& to, const std::string& host)
{
    std::byte number[16];
    if (::inet_pton(AF_INET, host.c_str(), number) == 1) {
        to.push_back(address_ipv4);
        append(to, byte_view(number).first(4));
    } else if (::inet_pton(AF_INET6, host.c_str(), number) == 1) {
        to.push_back(address_ipv6);
        append(to, byte_view(number));
    } else {
        to.push_back(address_name);
        append_text(to, host);
    }
}

constexpr std::size_t longest_text = 255;
bool fits_socks(std::string_view text) noexcept { return !text.empty() && text.size() <= longest_text; }

class socks5_talk final : public proxy_talk {
public:
    socks5_talk(const proxy& through, const endpoint& target)
    {
        sending_ = {socks_version, std::byte(1), no_log_in};
        if (through.logs_in()) {
            sending_ = {socks_version, std::byte(2), no_log_in, by_password};
            log_in_.push_back(log_in_version);
            append_text(log_in_, through.user());
            append_text(log_in_, through.password());
        }
        request_ = {socks_version, connect_command, std::byte(0)};
        append_address(request_, target.address());
        request_.push_back(std::byte(target.port() >> 8));
        request_.push_back(std::byte(target.port() & 0xff));
    }

    std::size_t wanted() const noexcept override { return whole_ - taken_.size(); }
    state take(byte_view from) override
    {
        append(taken_, from.first(std::min(from.size(), wanted())));
        return wanted() > 0 ? state::reading : next();
    }

private:
    enum class part : unsigned char { method, log_in, reply, address_length, address };
    state next();
    state take_method();
    state take_reply();
    state after(part p, std::size_t size)
    {
        part_ = p;
        whole_ = size;
        taken_.clear();
        return state::reading;
    }
    unsigned at(std::size_t i) const noexcept { return std::to_integer<unsigned>(taken_[i]); }

    part part_ = part::method;
    std::size_t whole_ = 2;
    bytes taken_; // of the current part
    bytes log_in_, request_;
};

/// The bytes of the current part are complete.
proxy_talk::state socks5_talk::next()
{
    switch (part_) {
    case part::method: return take_method();
    case part::log_in:
        if (at(1) != 0)
            return refuse("the user or the password is wrong");
        sending_ = request_;
        return after(part::reply, head_of_reply);
    case part::reply: return take_reply();
    case part::address_length: return after(part::address, at(0) + port_size);
    case part::address: break;
    }
    return state::granted;
}

proxy_talk::state socks5_talk::take_method()
{
    if (taken_[0] != socks_version)
        return refuse("it is no SOCKS 5 proxy; its first byte is " + std::to_string(at(0)));
    if (taken_[1] == no_log_in) {
        sending_ = request_;
        return after(part::reply, head_of_reply);
    }
    if (taken_[1] == by_password && !log_in_.empty()) {
        sending_ = log_in_;
        return after(part::log_in, 2);
    }
    if (at(1) == no_method)
        return refuse(log_in_.empty() ? "it wants a log-in" : "it takes no log-in with a password");
    return refuse("it has chosen a method that was not offered: " + std::to_string(at(1)));
}

proxy_talk::state socks5_talk::take_reply()
{
    if (taken_[0] != socks_version)
        return refuse("a reply of version " + std::to_string(at(0)));
    if (at(1) != 0)
        return refuse(reply_text(at(1)));
    if (taken_[3] == address_ipv4)
        return after(part::address, 4 + port_size);
    if (taken_[3] == address_ipv6)
        return after(part::address, 16 + port_size);
    if (taken_[3] == address_name)
        return after(part::address_length, 1);
    return refuse("its reply has an address of type " + std::to_string(at(3)));
}

} // namespace

proxy_talk_outcome begin_socks5(const proxy& through, const endpoint& target)
{
    if (!target.is_tcp() || !fits_socks(target.address()))
        return failure(errc::invalid_argument, "no target for a SOCKS proxy: " + printable(target.describe()));
    if (through.logs_in() && (!fits_socks(through.user()) || through.password().size() > longest_text))
        return failure(errc::invalid_argument, "a user or a password that SOCKS 5 has no room for");
    return std::make_unique<socks5_talk>(through, target);
}

} // namespace sshoal::net
