// fuzz_client_config.cpp - an ssh_config that somebody else wrote: each error has a place, and each answer can be shown.
#include "base/bytes.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/ssh_config.hpp"

#include <cstdlib>

using namespace sshoal;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    config_reading how;
    how.deepest_include = 0; // no file of this machine is read
    const auto read = ssh_config::parse(text_of(view_of(std::span(data, size))), "fuzz", how);
    if (!read) {
        require(read.error().code() == errc::bad_configuration && read.error().detail() != nullptr);
        return 0;
    }
    (void)read->hostnames();
    config_facts facts;
    facts.local_user = "alice";
    facts.home = "/home/alice";
    facts.host_name = "desk.example.org";
    facts.local_addresses = {"192.0.2.1"};
    for (const auto* host : {"work", "a.example.org", "10.0.0.1", "%h", "-x", ""}) {
        const auto found = read->lookup_now(host, facts);
        if (!found)
            require(found.error().code() == errc::bad_configuration);
        else
            require(found->describe().ends_with('\n'));
    }
    return 0;
}
