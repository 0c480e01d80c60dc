// The values that describe a tunnel.
#include "sshoal/ssh_config.hpp"
#include "sshoal/tunnel.hpp"

#include <algorithm>

namespace sshoal::forward {
namespace {

bool same(const dial_options& a, const dial_options& b) noexcept
{
    return a.family() == b.family() && a.attempt_delay() == b.attempt_delay() && a.address_timeout() == b.address_timeout()
           && a.timeout() == b.timeout() && a.attempts() == b.attempts() && a.max_addresses() == b.max_addresses()
           && a.bind_address() == b.bind_address() && a.bind_interface() == b.bind_interface()
           && a.keep_alive() == b.keep_alive();
}

bool same(const options& a, const options& b) noexcept
{
    return a.max_streams() == b.max_streams() && a.request_timeout() == b.request_timeout() && a.permit_open() == b.permit_open()
           && a.socket_mode() == b.socket_mode() && a.replaces_socket() == b.replaces_socket() && same(a.dial(), b.dial());
}

endpoint parsed(std::string_view target) { return endpoint::parse(target).value(); }

} // namespace

rule::rule(kind k, endpoint listen, endpoint target, options how)
    : how_(std::move(how)), listen_(std::move(listen)), target_(std::move(target)), kind_(k)
{
    const bool names_its_own = k == kind::dynamic || k == kind::remote_dynamic;
    if (listen_.what() == endpoint::kind::none || (target_.what() == endpoint::kind::none && !names_its_own))
        throw error(failure(errc::invalid_argument, "an endpoint without address"));
}

rule rule::local(endpoint listen, endpoint target, options how)
{
    return rule(kind::local, std::move(listen), std::move(target), std::move(how));
}
rule rule::local(std::string_view listen, std::string_view target, options how)
{
    return local(parse_listen(listen).value(), parsed(target), std::move(how));
}
rule rule::remote(endpoint listen, endpoint target, options how)
{
    return rule(kind::remote, std::move(listen), std::move(target), std::move(how));
}
rule rule::remote(std::string_view listen, std::string_view target, options how)
{
    return remote(parse_listen(listen).value(), parsed(target), std::move(how));
}
rule rule::dynamic(endpoint listen, options how) { return rule(kind::dynamic, std::move(listen), endpoint(), std::move(how)); }
rule rule::dynamic(std::string_view listen, options how) { return dynamic(parse_listen(listen).value(), std::move(how)); }
rule rule::remote_dynamic(endpoint listen, options how)
{
    return rule(kind::remote_dynamic, std::move(listen), endpoint(), std::move(how));
}
rule rule::remote_dynamic(std::string_view listen, options how)
{
    return remote_dynamic(parse_listen(listen).value(), std::move(how));
}

std::string rule::to_string() const
{
    std::string text = std::string(name_of(kind_)) + " " + listen_.to_string();
    if (target_.what() != endpoint::kind::none)
        text += " " + target_.to_string();
    return text;
}

bool operator==(const rule& a, const rule& b) noexcept
{
    return a.kind_ == b.kind_ && a.listen_ == b.listen_ && a.target_ == b.target_ && same(a.how_, b.how_);
}

std::vector<rule> rules_from(const ssh_settings& s)
{
    constexpr unsigned all_mode_bits = 0777;
    const options how = options()
                            .socket_mode(all_mode_bits & ~s.stream_local_bind_mask)
                            .replace_socket(s.stream_local_bind_unlink)
                            .permit_open(s.permit_remote_open);
    const auto is_socks = [](const ssh_forward& f) { return f.target.what() == endpoint::kind::none; };
    std::vector<rule> all;
    for (const ssh_forward& f : s.local_forwards)
        all.push_back(is_socks(f) ? rule::dynamic(f.listen, how) : rule::local(f.listen, f.target, how));
    for (const ssh_forward& f : s.remote_forwards)
        all.push_back(is_socks(f) ? rule::remote_dynamic(f.listen, how) : rule::remote(f.listen, f.target, how));
    return all;
}

std::string_view name_of(rule::kind k) noexcept
{
    switch (k) {
    case rule::kind::local: return "local";
    case rule::kind::remote: return "remote";
    case rule::kind::dynamic: return "dynamic";
    case rule::kind::remote_dynamic: break;
    }
    return "remote dynamic";
}

bool tunnel_health::ready() const noexcept
{
    const bool all = std::all_of(rules.begin(), rules.end(), [](const rule_health& r) { return r.listening; });
    return all && link.state == link_state::up;
}

} // namespace sshoal::forward
