// Under which name a host key is looked for.
#include "../client_settings.hpp"
#include "../client_trust.hpp"
#include "scene.hpp"

#include "catch.hpp"

using namespace programs;
using programs::test::temporary_folder;

namespace {

constexpr char key[] = " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

/// Whether a key in known_hosts under this name counts for a host that is configured so.
bool counts(const std::string& name, void (*configure)(client_settings&))
{
    const temporary_folder folder;
    client_settings c;
    c.host_name = "real.example";
    c.port = 22;
    configure(c);
    c.user_known_hosts = {folder.write("known", name + key)};
    c.global_known_hosts.clear();
    return !make_client_trust(c, std::make_shared<bool>(false))->preferred_algorithms({}).empty();
}

} // namespace

TEST_CASE("trust: a host is known by HostName, behind a ProxyCommand too, or by HostKeyAlias")
{
    const auto direct = [](client_settings&) {};
    const auto by_proxy = [](client_settings& c) { c.proxy_command = "nc gate 22"; };
    const auto by_proxy_at_port = [](client_settings& c) { c.proxy_command = "nc gate 22", c.port = 2222; };
    const auto by_alias = [](client_settings& c) { c.proxy_command = "nc gate 22", c.port = 2222, c.host_key_alias = "alias"; };
    CHECK(counts("real.example", direct));
    CHECK(counts("real.example", by_proxy));
    CHECK_FALSE(counts("typed", by_proxy));
    CHECK(counts("[real.example]:2222", by_proxy_at_port));
    CHECK(counts("alias", by_alias));
    CHECK_FALSE(counts("[real.example]:2222", by_alias));
}
