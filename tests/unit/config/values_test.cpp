#include "catch.hpp"

#include "lookups.hpp"
#include "sshoal/key.hpp"

namespace sshoal::conf::test {
namespace {

bool is_refused(std::string_view text)
{
    const failure f = trouble_of(text);
    INFO(f.message());
    CHECK(f.code() == errc::bad_configuration);
    CHECK(f.detail() != nullptr);
    return f.context().starts_with("file line 1: ");
}

} // namespace

TEST_CASE("values: each form is shown in one way")
{
    CHECK(value_of("BatchMode TRUE", "batchmode") == "yes");
    CHECK(value_of("BatchMode no", "BatchMode") == "no");
    CHECK(value_of("RequestTTY yes", "requesttty") == "true");
    CHECK(value_of("StrictHostKeyChecking off", "stricthostkeychecking") == "false");
    CHECK(value_of("Port 0022", "port") == "22");
    CHECK(value_of("ConnectTimeout 1m30", "connecttimeout") == "90");
    CHECK(value_of("", "connecttimeout") == "none");
    CHECK(value_of("ServerAliveInterval 1h1m1s", "serveraliveinterval") == "3661");
    CHECK(value_of("RekeyLimit 1G 1h", "rekeylimit") == "1073741824 3600");
    CHECK(value_of("RekeyLimit default none", "rekeylimit") == "0 0");
    CHECK(value_of("StreamLocalBindMask 0177", "streamlocalbindmask") == "0177");
    CHECK(value_of("IPQoS af21", "ipqos") == "af21 af21");
    CHECK(value_of("IPQoS 0x20 ef", "ipqos") == "cs1 ef");
    CHECK(value_of("LogLevel debug1", "loglevel") == "DEBUG");
    CHECK(value_of("EscapeChar ^B", "escapechar") == "^B");
    CHECK(value_of("KbdInteractiveAuthentication no", "ChallengeResponseAuthentication") == "no");
    CHECK(value_of("ChallengeResponseAuthentication no", "kbdinteractiveauthentication") == "no");
}

TEST_CASE("values: what a keyword does not take is an error with its place")
{
    for (const char* bad :
         {"BatchMode maybe", "BatchMode yes no", "Port 0", "Port 65536", "Port x", "Port 22 23", "ConnectTimeout 1x",
          "ConnectTimeout 99999999999", "RekeyLimit 15", "RekeyLimit 1G 1h x", "RekeyLimit x", "StreamLocalBindMask 0999",
          "StreamLocalBindMask 01000", "IPQoS wrong", "LogLevel loud", "EscapeChar ab", "SetEnv A", "SetEnv =b",
          "SendEnv A=b", "UserKnownHostsFile none x", "UserKnownHostsFile \"\"", "Ciphers nothing-known", "User \"\"",
          "RequiredRSASize 1023", "CanonicalDomains none x"}) {
        INFO(bad);
        CHECK(is_refused(bad));
        if (!std::string_view(bad).starts_with("Ciphers"))
            CHECK(trouble_of("Host other\n" + std::string(bad)).context().starts_with("file line 2: "));
    }
    CHECK(settings_of("Host other\nCiphers nothing-known").port == 22); // another version may know them
    CHECK(settings_of("Host other\nTunnel yes").port == 22);
    CHECK(trouble_of("Host other\nJunk 1").context().find("Bad configuration option") != std::string::npos);
    CHECK(settings_of("IgnoreUnknown J*\nHost other\nJunk 1").port == 22);
    const failure f = trouble_of("Host work\n  Port  x");
    CHECK(f.detail()->place->line == 2);
    CHECK(f.detail()->place->column == 9);
    CHECK(f.detail()->place->file == "file");
}

TEST_CASE("values: numbers at their limits")
{
    CHECK(value_of("Port 1", "port") == "1");
    CHECK(value_of("Port 65535", "port") == "65535");
    CHECK(value_of("RekeyLimit 16", "rekeylimit") == "16 0");
    CHECK(value_of("RequiredRSASize 1024", "requiredrsasize") == "1024");
    CHECK(value_of("StreamLocalBindMask 0777", "streamlocalbindmask") == "0777");
    CHECK(value_of("ConnectTimeout 2147483647", "connecttimeout") == "2147483647");
    CHECK(is_refused("ConnectTimeout 2147483648"));
}

TEST_CASE("values: of several lines the first counts, and lists grow")
{
    CHECK(settings_of("Port 1\nPort 2").port == 1);
    CHECK(settings_of("SetEnv A=1 A=2 B=3\nSetEnv C=4").set_env
          == std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "3"}});
    CHECK(settings_of("SendEnv A B*\nSendEnv C -B*").send_env == std::vector<std::string>{"A", "C"});
    CHECK(settings_of("IdentityFile a\nIdentityFile b\nIdentityFile a").identity_files == std::vector<std::string>{"a", "b"});
    CHECK(settings_of("UserKnownHostsFile a b\nUserKnownHostsFile c").user_known_hosts == std::vector<std::string>{"a", "b"});
    CHECK(settings_of("UserKnownHostsFile none").user_known_hosts.empty());
    CHECK(settings_of("").user_known_hosts.at(0) == "/home/alice/.ssh/known_hosts");
    CHECK(settings_of("ProxyCommand none\nProxyCommand x").proxy_command.empty());
}

TEST_CASE("values: how keys are kept in an agent")
{
    const auto kept = [](const std::string& words) { return settings_of("AddKeysToAgent " + words); };
    CHECK(settings_of("").add_keys_to_agent == agent_keeping::no);
    CHECK(kept("yes").add_keys_to_agent == agent_keeping::yes);
    CHECK(kept("ask").add_keys_to_agent == agent_keeping::ask);
    CHECK(kept("confirm").add_keys_to_agent == agent_keeping::confirm);
    CHECK(kept("confirm 5m").agent_key_lifetime == std::chrono::minutes(5));
    CHECK(kept("1h").add_keys_to_agent == agent_keeping::yes);
    CHECK(kept("1h").agent_key_lifetime == std::chrono::hours(1));
    CHECK(value_of("AddKeysToAgent yes", "addkeystoagent") == "true");
    CHECK(value_of("AddKeysToAgent 1h", "addkeystoagent") == "3600");
    CHECK(value_of("AddKeysToAgent confirm 1h", "addkeystoagent") == "confirm 3600");
    CHECK(value_of("AddKeysToAgent 0", "addkeystoagent") == "true");
    CHECK(value_of("AddKeysToAgent confirm 0", "addkeystoagent") == "confirm");
    for (const char* bad : {"AddKeysToAgent", "AddKeysToAgent maybe", "AddKeysToAgent yes 5m", "AddKeysToAgent ask 5m",
                            "AddKeysToAgent confirm x", "AddKeysToAgent confirm 5m x"})
        CHECK(is_refused(bad));
}

TEST_CASE("values: classes of traffic, and channels that are idle")
{
    CHECK(settings_of("").ip_qos.interactive == 0x10);
    CHECK(settings_of("IPQoS none cs1").ip_qos.interactive == -1);
    CHECK(settings_of("IPQoS none cs1").ip_qos.bulk == 0x20);
    const ssh_settings s = settings_of("ChannelTimeout session=5m x11-connection=10");
    CHECK(s.channel_timeouts
          == std::vector<std::pair<std::string, std::chrono::milliseconds>>{{"session", std::chrono::minutes(5)},
                                                                            {"x11-connection", std::chrono::seconds(10)}});
    CHECK(is_refused("ChannelTimeout session"));
    CHECK(value_of("ChannelTimeout none", "channeltimeout") == "none");
}

TEST_CASE("values: the words of KnownHostsCommand")
{
    const public_key key = public_key::from_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB0s4nG2cEKj5J5uYQm3UuV8x0cVbKvF0dKZ0Y0wz0Xv").value();
    const auto words = [&](const std::string& command, const public_key& of) {
        return settings_of("Port 2222\nHostName %h.example.org\nKnownHostsCommand " + command)
            .known_hosts_command_words("[work.example.org]:2222", of);
    };
    using list = std::vector<std::string>;
    CHECK(words("/bin/x %I %t %f %K", public_key()).value() == list{"/bin/x", "ORDER", "NONE", "NONE", "NONE"});
    CHECK(words("/bin/x %I %t %f %K", key).value() == list{"/bin/x", "HOSTNAME", "ssh-ed25519", key.fingerprint(), key.base64()});
    CHECK(words("/bin/x \"%H  %n\" %h%%%p ${PLACE}", key).value()
          == list{"/bin/x", "[work.example.org]:2222  work", "work.example.org%2222", "elsewhere"});
    CHECK(words("bin/x", key).error().context().find("no absolute path") != std::string::npos);
    CHECK(settings_of("KnownHostsCommand none").known_hosts_command_words("work", key).value().empty());
    CHECK(is_refused("KnownHostsCommand /bin/x %z"));
    CHECK(is_refused("KnownHostsCommand /bin/x ${NOT_SET}"));
}

TEST_CASE("values: algorithms that are not implemented are left out, and a list of them alone is an error")
{
    const ssh_settings s = settings_of("Ciphers aes256-ctr,cipher-of-tomorrow@example.org,aes128-ctr");
    CHECK(s.get("ciphers") == "aes256-ctr,aes128-ctr");
    CHECK(s.algorithms.ciphers() == name_vector{"aes256-ctr", "aes128-ctr"});
    CHECK(std::any_of(s.notes.begin(), s.notes.end(), [](const auto& n) {
        return n.first == config_note::debug && n.second.find("cipher-of-tomorrow") != std::string::npos;
    }));
    CHECK(settings_of("Ciphers +cipher-of-tomorrow").algorithms.ciphers() == algorithms().ciphers());
    CHECK(settings_of("Ciphers -*ctr,nothing").algorithms.ciphers().size() < algorithms().ciphers().size());
    CHECK(settings_of("Ciphers ^aes256-ctr").algorithms.ciphers().front() == "aes256-ctr");
}

TEST_CASE("values: keywords that are not done pass, warn or are refused")
{
    const auto note_of = [](std::string_view text) {
        const ssh_settings s = settings_of(text);
        return s.notes.empty() ? std::string() : (s.notes[0].first == config_note::warning ? "W " : "D ") + s.notes[0].second;
    };
    CHECK(note_of("CheckHostIP no").empty());
    CHECK(note_of("CheckHostIP yes").starts_with("D file line 1: CheckHostIP: not implemented"));
    CHECK(note_of("CertificateFile x").starts_with("W file line 1: CertificateFile: not implemented"));
    CHECK(note_of("UseRoaming yes").starts_with("W file line 1: UseRoaming is deprecated"));
    CHECK(note_of("Protocol 2").empty());
    CHECK(is_refused("Tunnel yes"));
    CHECK(settings_of("IgnoreUnknown tun*\nTunnel yes").get("tunnel") == "true");
    CHECK(trouble_of("IgnoreUnknown refuse*\nRefuseConnection gone").code() == errc::bad_configuration);
    ssh_config c = config_of("Host *");
    REQUIRE(bool(c.set("CertificateFile=x")));
    const auto asked = c.lookup_now("work", some_facts());
    REQUIRE_FALSE(bool(asked));
    CHECK(asked.error().context().starts_with("command line: CertificateFile: not implemented"));
}

} // namespace sshoal::conf::test
