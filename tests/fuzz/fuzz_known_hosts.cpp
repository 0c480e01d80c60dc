// fuzz_known_hosts.cpp - a known_hosts file that somebody else wrote. What is added to it must be found again.
#include "base/bytes.hpp"
#include "sshoal/known_hosts.hpp"

#include <cstdlib>

using namespace sshoal;

namespace {

const public_key& some_key()
{
    static const public_key key =
        public_key::from_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFSd/I5o2VmK94/xl97txOHqVJoFQKWAnKVU6TIMCmSL").value();
    return key;
}

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    known_hosts hosts;
    hosts.read(text_of(view_of(std::span(data, size))), "fuzz");
    require(hosts.warnings().size() <= 101);
    for (const auto port : {std::uint16_t(22), std::uint16_t(2222)}) {
        for (const auto name : {"example.org", "a.b", "10.0.0.1", "::1", "", "*", "|1|"}) {
            (void)hosts.check(name, port, some_key());
            (void)hosts.authorities_for(name, port);
            for (const auto& key : hosts.keys_for(name, port))
                require(hosts.check(name, port, key) != host_status::unknown);
        }
    }
    for (const bool hashed : {false, true}) {
        const bool revoked = hosts.check("added.example", 2022, some_key()) == host_status::revoked;
        const auto line = hosts.add("added.example", 2022, some_key(), hashed);
        require(line.has_value());
        require(line->find('\n') == std::string::npos);
        require(hosts.check("added.example", 2022, some_key()) == (revoked ? host_status::revoked : host_status::match));
    }
    std::string all = "#\n";
    for (const known_host& k : hosts.entries())
        all += k.text() + "\n";
    known_hosts again;
    again.read(all);
    require(again.size() == hosts.size());
    const host_status before = hosts.check("added.example", 2022, some_key());
    (void)hosts.hash_names();
    require(hosts.check("added.example", 2022, some_key()) == before);
    require(hosts.find("added.example", 2022).size() >= 2);
    require(hosts.remove("added.example", 2022) >= 2);
    return 0;
}
