// The output of "sshd -T": settings in OpenSSH's form and order, which other programs read to learn what a server does.
#include "config/server_settings.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

void tell(std::string& out, std::string_view keyword, std::string_view text)
{
    out += lower_case(keyword);
    out += ' ';
    out += text.empty() ? "none" : text;
    out += '\n';
}

std::string shown_address(const std::string& host, std::uint16_t port)
{
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

void tell_addresses(std::string& out, const sshd_settings& s)
{
    std::vector<sshd_listen> places = s.listen;
    if (places.empty()) {
        std::vector<std::string> every;
        if (s.address_family != "inet")
            every.emplace_back("::");
        if (s.address_family != "inet6")
            every.emplace_back("0.0.0.0");
        for (const std::uint16_t port : s.ports)
            for (const std::string& host : every)
                tell(out, "listenaddress", shown_address(host, port));
        return;
    }
    for (const sshd_listen& place : places)
        for (const std::uint16_t port : place.port ? std::vector<std::uint16_t>{*place.port} : s.ports)
            tell(out, "listenaddress", shown_address(place.host, port));
}

bool takes_lines(const keyword& k) noexcept
{
    return k.what == form::each_number || k.what == form::each_file || k.what == form::names || k.what == form::environment
           || k.what == form::subsystem;
}

} // namespace

std::string described_server(const sshd_settings& typed, const setting_store& all)
{
    std::string out;
    for (std::size_t i = 0; i < all.table().size(); ++i) {
        const keyword& k = all.table()[i];
        const value* const v = all.find(i);
        if (k.what == form::listen)
            tell_addresses(out, typed);
        else if (v == nullptr || v->empty() || k.show == shown::never || (k.show == shown::if_set && all[i].by_default))
            continue;
        else if (takes_lines(k))
            for (const std::string& one : *v)
                tell(out, k.name, one);
        else if (k.name == "UnusedConnectionTimeout" && v->front() == "0")
            tell(out, k.name, "none");
        else
            tell(out, k.name, joined_words(*v, " "));
    }
    return out;
}

} // namespace sshoal::conf
