#include "catch.hpp"

#include "server_lookups.hpp"

#include <algorithm>

namespace sshoal::conf::test {
namespace {

using words = std::vector<std::string>;

std::string notes_of(std::string_view text, config_note what)
{
    std::string all;
    const sshd_config c = server_config_of(text);
    for (const auto& [kind, note] : c.notes())
        all += kind == what ? note + '\n' : "";
    return all;
}

} // namespace

TEST_CASE("sshd_config: the defaults")
{
    const sshd_settings s = server_of("");
    CHECK(s.ports == std::vector<std::uint16_t>{22});
    CHECK(s.listen.empty());
    CHECK(s.default_host_keys);
    CHECK(s.host_keys.size() == 3);
    CHECK(s.login_grace_time.count() == 120);
    CHECK(s.permit_root_login == root_login::prohibit_password);
    CHECK(s.authorized_keys_files == words{".ssh/authorized_keys", ".ssh/authorized_keys2"});
    CHECK(s.banner.empty());
    CHECK(s.force_command.empty());
    CHECK(s.chroot_directory.empty());
    CHECK(s.startups_full == 100);
    CHECK_FALSE(s.per_source_max_startups);
    CHECK_FALSE(s.end_programs_after);
    CHECK(s.allow_tcp_forwarding == forward_rule::yes);
    CHECK(s.permit_open.empty());
    CHECK(s.pid_file == "/run/sshoald.pid");
    CHECK_FALSE(s.place_of("port"));
    CHECK_FALSE(s.get("FutureKeyword"));
    CHECK_FALSE(sshd_settings().get("port"));
    CHECK(sshd_settings().describe().empty());
}

TEST_CASE("sshd_config: of several lines the first counts, and lists grow")
{
    CHECK(server_of("MaxSessions 1\nMaxSessions 2").max_sessions == 1);
    CHECK(server_of("Port 1\nport=2\nPort 2").ports == std::vector<std::uint16_t>{1, 2, 2});
    CHECK(server_of("AllowUsers a b\nAllowUsers c").allow_users == words{"a", "b", "c"});
    CHECK(server_of("AcceptEnv A\nAcceptEnv -B").accept_env == words{"A", "-B"});
    CHECK(server_of("HostKey /a\nHostKey /b\nHostKey /a").host_keys == words{"/a", "/b"});
    CHECK(server_of("SetEnv A=1 A=2 B=\"x y\"\nSetEnv C=1").set_env
          == std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "x y"}});
    CHECK(server_of("Subsystem a b \"c d\"\nSubsystem e f\nSubsystem a g").subsystems
          == std::vector<std::pair<std::string, std::string>>{{"a", "b \"c d\""}, {"e", "f"}});
    CHECK(server_value("RekeyLimit 1G\nRekeyLimit 500M 1h", "rekeylimit") == "1073741824 3600");
    CHECK(server_value("RekeyLimit default none", "rekeylimit") == "0 0");
    CHECK(server_value("PerSourceMaxStartups 3\nPerSourceMaxStartups none", "PerSourceMaxStartups") == "none");
    CHECK(server_of("AuthorizedKeysFile none").authorized_keys_files.empty());
}

TEST_CASE("sshd_config: forms of its own")
{
    const sshd_settings s = server_of("ListenAddress 192.0.2.1\nListenAddress [::1]:2222\nListenAddress ::2\n"
                                      "ListenAddress a.org:3\n"
                                      "ListenAddress [::3]");
    REQUIRE(s.listen.size() == 5);
    CHECK(s.listen[0].host == "192.0.2.1");
    CHECK_FALSE(s.listen[0].port);
    CHECK(s.listen[1].host == "::1");
    CHECK(s.listen[1].port == std::uint16_t(2222));
    CHECK(s.listen[2].host == "::2");
    CHECK(s.listen[3].host == "a.org");
    CHECK(s.listen[3].port == std::uint16_t(3));
    CHECK(s.listen[4].host == "::3");
    CHECK_FALSE(s.listen[4].port);
    CHECK(server_value("MaxStartups 10", "maxstartups") == "10:30:10");
    CHECK(server_value("MaxStartups 3:50:60", "maxstartups") == "3:50:60");
    CHECK(server_value("PerSourceNetBlockSize 24", "persourcenetblocksize") == "24:128");
    CHECK(server_value("PermitListen 80 a:*", "permitlisten") == "*:80 a:*");
    CHECK(server_of("PermitOpen any").permit_open.empty());
    CHECK(server_of("PermitOpen none").permit_open == words{"none"});
    CHECK(server_value("PermitRootLogin prohibit-password", "permitrootlogin") == "without-password");
    CHECK(server_value("Compression delayed", "compression") == "yes");
    CHECK(server_value("AllowTcpForwarding all", "allowtcpforwarding") == "yes");
    CHECK(server_value("ForceCommand  a \"b  c\" # d", "forcecommand") == "a \"b  c\" # d");
    CHECK(server_value("VersionAddendum some text # comment", "versionaddendum") == "some text");
    CHECK(server_of("VersionAddendum none").version_addendum.empty());
    CHECK(server_value("PubkeyAuthOptions verify-required touch-required", "pubkeyauthoptions")
          == "touch-required verify-required");
    CHECK(server_of("Banner here").banner.ends_with("/here"));
    CHECK(server_value("ChallengeResponseAuthentication no", "kbdinteractiveauthentication") == "no");
    CHECK(server_of("EndProgramsAfter 2m").end_programs_after == std::chrono::seconds(120));
    CHECK_FALSE(server_of("EndProgramsAfter none").end_programs_after);
}

TEST_CASE("sshd_config: what a keyword does not take is an error with its place, wherever it stands")
{
    for (const char* bad :
         {"Port 0", "Port 65536", "Port 22 23", "PermitTTY true", "PermitTTY yes no", "LoginGraceTime none", "LoginGraceTime x",
          "ListenAddress [::1", "ListenAddress a:0", "ListenAddress a:65536", "ListenAddress :22", "ListenAddress a rdomain b",
          "ListenAddress \"\"", "MaxStartups 0", "MaxStartups 10:0:20", "MaxStartups 10:101:20", "MaxStartups 20:30:10",
          "MaxStartups 1:2", "MaxStartups x", "PerSourceNetBlockSize 33", "PerSourceNetBlockSize 32:129",
          "PerSourceMaxStartups x",
          "AllowUsers a@10.0.0.1/8", "AllowUsers a@10.0.0.0/33", "AllowUsers \"\"", "AcceptEnv A=b", "SetEnv A", "Subsystem a",
          "PermitOpen a", "PermitOpen :1", "PermitOpen a:x", "PermitOpen a:1 any", "PermitListen a:b", "PermitRootLogin maybe",
          "AuthorizedKeysFile none x", "AuthorizedKeysFile %k", "AuthorizedKeysFile a %", "ChrootDirectory rel",
          "ChrootDirectory /%d", "AuthenticationMethods wrong", "AuthenticationMethods any password", "AuthenticationMethods publickey,publickey",
          "AuthenticationMethods keyboard-interactive:pam", "PerSourceMaxStartups 0", "ChannelTimeout x",
          "PerSourcePenalties x", "PerSourcePenalties yes crash:1", "PubkeyAuthOptions x", "Ciphers nothing-known", "Port",
          "AllowUsers \"never closed", "MaxAuthTries 2147483648", "MaxSessions -1", "AuthorizedKeysCommand rel",
          "FutureKeyword x",
          "Match", "Match user", "Match nothing x", "Match all user x", "Match user x all", "Match address 10.0.0.1/8",
          "Match address 10.0.0.0/8,", "Match localport x", "Match localport 65536", "Include", "Include \"\""}) {
        INFO(bad);
        CHECK(server_trouble(bad).starts_with("file line 1: "));
        CHECK(server_trouble("Match user x\n  " + std::string(bad)).starts_with("file line 2: "));
    }
    const auto read = sshd_config::parse("Port 1\nMatch user x\n  MaxSessions  y", "file");
    REQUIRE_FALSE(bool(read));
    CHECK(read.error().detail()->place->line == 3);
    CHECK(read.error().detail()->place->column == 16);
    CHECK(server_trouble("FutureKeyword x") == "file line 1: FutureKeyword: Bad configuration option: futurekeyword");
    CHECK(server_trouble("AddressFamily inet\nListenAddress ::1").starts_with("file line 2: ListenAddress: "));
    CHECK(server_trouble("ListenAddress 127.0.0.1\nAddressFamily inet6").starts_with("file line 1: ListenAddress: "));
    CHECK(server_trouble("ListenAddress localhost\nAddressFamily inet6").empty());
    CHECK(server_trouble("Ciphers -*") == "file line 1: Ciphers: no algorithm is left");
    CHECK(server_trouble(std::string_view("Port 1\n\0", 8)).find("NUL") != std::string::npos);
}

TEST_CASE("sshd_config: numbers at their limits")
{
    CHECK(server_value("MaxStartups 1:1:1", "maxstartups") == "1:1:1");
    CHECK(server_value("MaxStartups 1:100:2147483647", "maxstartups") == "1:100:2147483647");
    CHECK(server_value("PerSourceNetBlockSize 0:0", "persourcenetblocksize") == "0:0");
    CHECK(server_value("PerSourceNetBlockSize 32:128", "persourcenetblocksize") == "32:128");
    CHECK(server_of("Port 1\nPort 65535").ports.back() == 65'535);
    CHECK(server_value("MaxAuthTries 2147483647", "maxauthtries") == "2147483647");
    CHECK(server_trouble("Match localport 65535").empty());
}

TEST_CASE("sshd_config: a level of the log, limits of keys and a refusal can be those of one user")
{
    const std::string text = "LogLevel ERROR\nRekeyLimit 1G 1h\nMatch user alice\nLogLevel DEBUG3\nRekeyLimit 2G\nRefuseConnection yes";
    const sshd_settings all = server_of(text);
    CHECK(all.log_level == "ERROR");
    CHECK_FALSE(all.refuse_connection);
    CHECK(notes_of(text, config_note::warning).empty());
    const sshd_settings hers = login_of(text);
    CHECK(hers.log_level == "DEBUG3");
    CHECK(hers.rekey_bytes == std::uint64_t(2) << 30);
    CHECK(hers.rekey_time == std::chrono::hours(1));
    CHECK(hers.refuse_connection);
}

TEST_CASE("sshd_config: classes of traffic and the hash of fingerprints")
{
    CHECK(server_of("").ip_qos.interactive == 0x10);
    CHECK(server_of("").ip_qos.bulk == 0x08);
    CHECK(server_of("IPQoS none").ip_qos.interactive == -1);
    CHECK(server_of("IPQoS ef 0xfe").ip_qos.bulk == 0xfe);
    CHECK(server_of("FingerprintHash md5").fingerprint_hash == "MD5");
    CHECK(server_of("").fingerprint_hash == "SHA256");
}

TEST_CASE("sshd_config: what would only allow more, or is a matter of taste, is passed over with a note")
{
    for (const std::string line :
         {"PermitTunnel yes", "PrintMotd yes",
          "PrintLastLog yes", "PermitEmptyPasswords yes", "HostbasedAuthentication yes"}) {
        INFO(line);
        CHECK(notes_of(line, config_note::debug) == "file line 1: " + line.substr(0, line.find(' ')) + ": not implemented\n");
        CHECK(notes_of(line, config_note::warning).empty());
    }
    CHECK(notes_of("Ciphers aes128-ctr,tomorrow", config_note::debug).find("tomorrow is not implemented") != std::string::npos);
    CHECK(notes_of("LogLevel DEBUG\nRekeyLimit 1G\nMatch all\nRekeyLimit 2G", config_note::warning).empty());
    CHECK(notes_of("UseLogin yes", config_note::warning).find("deprecated") != std::string::npos);
}

TEST_CASE("sshd_config: what forbids something, and is not implemented, is refused")
{
    for (const char* line :
         {"TrustedUserCAKeys /x", "AuthorizedPrincipalsFile /x", "RDomain x", "HostKeyAgent /x"}) {
        INFO(line);
        CHECK(server_trouble(line).find("not implemented") != std::string::npos);
    }
    for (const char* line : {"AuthenticationMethods any", "RevokedKeys none", "DisableForwarding yes", "Protocol 2", "UseDNS no",
                             "TCPKeepAlive no", "UnusedConnectionTimeout 0", "AuthorizedKeysCommand none", "DebianBanner no"}) {
        INFO(line);
        CHECK(server_trouble(line).empty());
        CHECK(server_config_of(line).notes().empty());
    }
}

TEST_CASE("sshd_config: penalties of sources")
{
    CHECK_FALSE(server_of("").penalties.enabled);
    CHECK_FALSE(server_of("PerSourcePenalties no").penalties.enabled);
    const sshd_penalties usual = server_of("PerSourcePenalties yes").penalties;
    CHECK(usual.enabled);
    CHECK(usual.auth_fail == std::chrono::seconds(5));
    CHECK(usual.least == std::chrono::seconds(15));
    const sshd_penalties p = server_of("PerSourcePenalties authfail:1m noauth:0 min:2 max:1h max-sources4:7 overflow:deny-all "
                                       "overflow6:permissive\nPerSourcePenaltyExemptList 192.0.2.0/24,!192.0.2.7")
                                 .penalties;
    CHECK(p.enabled);
    CHECK(p.auth_fail == std::chrono::minutes(1));
    CHECK(p.no_auth == std::chrono::seconds(0));
    CHECK(p.least == std::chrono::seconds(2));
    CHECK(p.longest == std::chrono::hours(1));
    CHECK(p.max_sources4 == 7);
    CHECK(p.max_sources6 == 65'536);
    CHECK(p.deny_all4);
    CHECK_FALSE(p.deny_all6);
    CHECK(p.exempt == words{"192.0.2.0/24", "!192.0.2.7"});
    for (const char* wrong : {"PerSourcePenalties authfail:never", "PerSourcePenalties max-sources4:0", "PerSourcePenalties yes no",
                              "PerSourcePenalties overflow:perhaps", "PerSourcePenalties other:5"}) {
        INFO(wrong);
        CHECK_FALSE(server_trouble(wrong).empty());
    }
}

TEST_CASE("sshd_config: times for channels and connections that nobody uses")
{
    CHECK(server_of("").idle.channels.empty());
    CHECK(server_of("ChannelTimeout none").idle.channels.empty());
    CHECK(server_of("UnusedConnectionTimeout none").idle.connection.count() == 0);
    const sshd_settings s = server_of("ChannelTimeout session=5m direct-*=0\nUnusedConnectionTimeout 1m30s");
    REQUIRE(s.idle.channels.size() == 2);
    CHECK(s.idle.channels[0] == std::pair(std::string("session"), std::chrono::milliseconds(300'000)));
    CHECK(s.idle.channels[1] == std::pair(std::string("direct-*"), std::chrono::milliseconds(0)));
    CHECK(s.idle.connection == std::chrono::seconds(90));
    CHECK_FALSE(server_trouble("ChannelTimeout session").empty());
}

TEST_CASE("sshd_config: lines of the command line come before the file, and Match is stronger")
{
    sshd_config c = server_config_of("MaxSessions 1\nPort 22\nPort 23\nMatch all\nPermitTTY yes");
    REQUIRE(bool(c.set("MaxSessions 5")));
    REQUIRE(bool(c.set("PermitTTY=no")));
    REQUIRE(bool(c.set("Port 1000")));
    REQUIRE(bool(c.set("Port 1001")));
    CHECK(c.settings()->max_sessions == 5);
    CHECK_FALSE(c.settings()->permit_tty);
    CHECK(c.settings_for(alice())->permit_tty);
    CHECK(c.settings()->ports == std::vector<std::uint16_t>{1000, 1001});
    for (const char* bad : {"Match all", "Include x", "Future x", "Port x"})
        CHECK_FALSE(bool(c.set(bad)));
    const auto refused = c.set("Port x");
    CHECK(refused.error().context().starts_with("command line: "));
    CHECK(c.settings()->max_sessions == 5);
}

TEST_CASE("sshd_config: the description has the form and the order of sshd -T")
{
    const std::string_view text = "Port 1\nPort 2\nListenAddress 192.0.2.1\nListenAddress [::1]:5\nAllowUsers a b\n"
                                  "SetEnv A=1 B=2\n"
                                  "Subsystem sftp internal-sftp -u 022\nBanner none\nVersionAddendum #\nSetEnv C=3";
    const std::string all = server_of(text).describe();
    CHECK(all.starts_with("port 1\nport 2\naddressfamily any\nlistenaddress 192.0.2.1:1\nlistenaddress 192.0.2.1:2\n"
                          "listenaddress [::1]:5\nusepam no\nlogingracetime 120\n"));
    CHECK(all.find("\nallowusers a\nallowusers b\nsetenv A=1\nsetenv B=2\nauthenticationmethods any\n") != std::string::npos);
    CHECK(all.find("\nsubsystem sftp internal-sftp -u 022\n") != std::string::npos);
    CHECK(all.find("\nbanner none\n") != std::string::npos);
    CHECK(all.find("\nversionaddendum none\n") != std::string::npos);
    CHECK(all.find("\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n") != std::string::npos);
    CHECK(all.find("endprogramsafter") == std::string::npos);
    const std::string plain = server_of("").describe();
    CHECK(plain.find("\nlistenaddress [::]:22\nlistenaddress 0.0.0.0:22\n") != std::string::npos);
    CHECK(server_of("AddressFamily inet").describe().find("::") == std::string::npos);
}

TEST_CASE("sshd_config: a byte order mark and CRLF, as editors leave them")
{
    const sshd_settings s = server_of("\xef\xbb\xbfPort 2222\r\nPermitTTY no\r\n# end\r\n");
    CHECK(s.ports == std::vector<std::uint16_t>{2222});
    CHECK_FALSE(s.permit_tty);
}

TEST_CASE("sshd_config: files of the shape that distributions ship")
{
    const sshd_settings debian = server_of("Include /no/such/folder/*.conf\nKbdInteractiveAuthentication no\nX11Forwarding yes\n"
                                           "PrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n");
    CHECK_FALSE(debian.kbdinteractive_authentication);
    CHECK(debian.accept_env == words{"LANG", "LC_*"});
    CHECK(debian.subsystems.size() == 1);
    const std::string_view text = "SyslogFacility AUTHPRIV\nChallengeResponseAuthentication no\nGSSAPIAuthentication yes\n"
                                  "GSSAPICleanupCredentials no\nX11Forwarding yes\nAuthorizedKeysFile\t.ssh/authorized_keys\n"
                                  "Ciphers aes256-gcm@openssh.com,aes128-cbc\nCASignatureAlgorithms ecdsa-sha2-nistp256\n"
                                  "GSSAPIKexAlgorithms gss-curve25519-sha256-\nRequiredRSASize 2048\nIPQoS af21 cs1\n";
    const sshd_settings fedora = server_of(text);
    CHECK(fedora.algorithms.ciphers() == words{"aes256-gcm@openssh.com"});
    CHECK(fedora.required_rsa_size == 2048);
    CHECK(notes_of(text, config_note::warning).empty());
}

} // namespace sshoal::conf::test
