// The arguments of LocalForward, RemoteForward and DynamicForward.
#include "config/forward_spec.hpp"
#include "lookups.hpp"

namespace sshoal::conf::test {
namespace {

std::string shown(std::string_view text, forward_kind kind)
{
    const outcome<forward_spec> f = parse_forward(text, kind);
    if (!f)
        return "refused";
    const std::string line = shown_forward(*f, kind);
    const outcome<forward_spec> again = parse_shown_forward(line, kind);
    CHECK((again && shown_forward(*again, kind) == line));
    return line;
}

std::string local(std::string_view text) { return shown(text, forward_kind::local); }
std::string remote(std::string_view text) { return shown(text, forward_kind::remote); }
std::string dynamic(std::string_view text) { return shown(text, forward_kind::dynamic); }

} // namespace

TEST_CASE("forwardings: ports, hosts and paths at both ends")
{
    CHECK(local("8080:host:80") == "8080 [host]:80");
    CHECK(local("*:8080:host:80") == "[*]:8080 [host]:80");
    CHECK(local(":8080:[::1]:80") == "[]:8080 [::1]:80");
    CHECK(local("[2001:db8::1]:8080:host:80") == "[2001:db8::1]:8080 [host]:80");
    CHECK(local("8080:/run/x") == "8080 /run/x");
    CHECK(local("localhost:8080:/run/x") == "[localhost]:8080 /run/x");
    CHECK(local("/run/x:host:80") == "/run/x [host]:80");
    CHECK(local("/run/x:/run/y") == "/run/x /run/y");
    CHECK(local("/run/a\\:b:/run/c\\\\d") == "[/run/a:b] [/run/c\\d]");
    CHECK(local("/run/a b:host:80") == "[/run/a b] [host]:80");
    CHECK(remote("0:host:80") == "0 [host]:80");
    CHECK(remote("8080") == "8080 [socks]:0");
    CHECK(remote("*:8080") == "[*]:8080 [socks]:0");
    CHECK(remote("/run/x") == "/run/x [socks]:0");
    CHECK(remote("/run/x:host:80") == "/run/x [host]:80");
    CHECK(dynamic("1080") == "1080");
    CHECK(dynamic("[::1]:1080") == "[::1]:1080");
    CHECK(dynamic("/run/x") == "/run/x");
}

TEST_CASE("forwardings: what is none")
{
    for (const char* text : {"", "8080", "8080:host", "8080:host:0", "0:host:80", "65536:host:80", "8080:host:65536",
                             "8080:host:http", "a:b:c:d:e", "[::1:8080:host:80", "[::1]8080:host:80", "8080:host:80\\",
                             "-1:host:80", "1080:2080:host:80:x"}) {
        INFO(text);
        CHECK(local(text) == "refused");
    }
    for (const char* text : {"", "0", "host:0", "8080:host:80", "host:port"}) {
        INFO(text);
        CHECK(dynamic(text) == "refused");
    }
    CHECK(remote("8080:host:0") == "refused");
    const std::string longest(107 - 1, 'x'), longer(107, 'x');
    CHECK(local("/" + longest + ":host:80") == "/" + longest + " [host]:80");
    CHECK(local("/" + longer + ":host:80") == "refused");
    CHECK(local("1:" + std::string(1023, 'h') + ":80") != "refused");
    CHECK(local("1:" + std::string(1024, 'h') + ":80") == "refused");
}

TEST_CASE("forwardings: typed settings")
{
    const std::string text = "LocalForward 8080 db:5432\nLocalForward *:1 /run/%u\nDynamicForward 1080\nRemoteForward 80 [::1]:81\n"
                             "RemoteForward 90\nPermitRemoteOpen a:1 b:*\nStreamLocalBindMask 0111\n";
    const ssh_settings s = settings_of(text);
    REQUIRE(s.local_forwards.size() == 3);
    CHECK(s.local_forwards[0].listen == endpoint("localhost", 8080));
    CHECK(s.local_forwards[0].target == endpoint("db", 5432));
    CHECK(s.local_forwards[1].listen == endpoint("", 1));
    CHECK(s.local_forwards[1].target == endpoint::unix_socket("/run/alice"));
    CHECK(s.local_forwards[2].listen == endpoint("localhost", 1080));
    CHECK(s.local_forwards[2].target == endpoint());
    REQUIRE(s.remote_forwards.size() == 2);
    CHECK(s.remote_forwards[0].listen == endpoint("localhost", 80));
    CHECK(s.remote_forwards[0].target == endpoint("::1", 81));
    CHECK(s.remote_forwards[1].target == endpoint());
    CHECK(s.permit_remote_open == std::vector<std::string>{"a:1", "b:*"});
    CHECK(s.stream_local_bind_mask == 0111);
    CHECK(s.get_all("localforward") == std::vector<std::string>{"8080 [db]:5432", "[*]:1 /run/alice"});

    CHECK(settings_of(text + "GatewayPorts yes").local_forwards[0].listen == endpoint("", 8080));
    CHECK(settings_of(text + "GatewayPorts yes").remote_forwards[0].listen == endpoint("localhost", 80));
    const ssh_settings clear = settings_of(text + "ClearAllForwardings yes\nPermitRemoteOpen none\n");
    CHECK(clear.local_forwards.empty());
    CHECK(clear.remote_forwards.empty());
    CHECK(settings_of("PermitRemoteOpen none").permit_remote_open == std::vector<std::string>{"none"});
    CHECK(settings_of("").permit_remote_open.empty());
    CHECK(trouble_of("LocalForward 8080 db").code() == errc::bad_configuration);
    CHECK(trouble_of("LocalForward 8080 db:1 x").code() == errc::bad_configuration);
}

} // namespace sshoal::conf::test
