// sshd_config: what loads, and what becomes of keywords that are not implemented.
#include "../server_config.hpp"
#include "scene.hpp"

#include "catch.hpp"

using namespace programs;
using programs::test::captured_log;
using programs::test::temporary_folder;

namespace {

server_config read_server(const std::string& text)
{
    const temporary_folder folder;
    server_config c;
    read_server_config(c, folder.write("sshd_config", text));
    complete_server_config(c);
    return c;
}

/// Why it cannot be used; empty where it can.
std::string server_complaint(const std::string& text)
{
    try {
        read_server(text);
        return {};
    } catch (const config_error& e) {
        const std::string what = e.what();
        return what.substr(what.rfind('/') + 1);
    }
}

bool loads(const std::string& text) { return server_complaint(text).empty(); }

} // namespace

TEST_CASE("sshd_config: files of the shape that distributions ship")
{
    const temporary_folder folder;
    const captured_log log(verbosity::info);
    // Debian
    const server_config c = read_server("Include " + folder.path("sshd_config.d/*.conf")
                                 + "\nKbdInteractiveAuthentication no\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\n"
                                   "Subsystem\tsftp\t/usr/lib/openssh/sftp-server\n");
    CHECK(c.interactive == false);
    CHECK(c.accept_env == std::vector<std::string>{"LANG", "LC_*"});
    CHECK(c.subsystems.size() == 1);
    // Fedora
    const server_config f = read_server("SyslogFacility AUTHPRIV\nChallengeResponseAuthentication no\nGSSAPIAuthentication yes\n"
                                 "GSSAPICleanupCredentials no\nX11Forwarding yes\nAuthorizedKeysFile\t.ssh/authorized_keys\n"
                                 "Ciphers aes256-gcm@openssh.com,aes128-cbc\nCASignatureAlgorithms ecdsa-sha2-nistp256\n"
                                 "GSSAPIKexAlgorithms gss-curve25519-sha256-\nRequiredRSASize 2048\nIPQoS af21 cs1\n");
    CHECK(f.algorithms.ciphers() == std::vector<std::string>{"aes256-gcm@openssh.com"});
    CHECK(f.required_rsa_bits == 2048u);
    CHECK(log.text().empty());
}

TEST_CASE("sshd_config: what would only allow more, or is a matter of taste, is passed over with one debug line")
{
    for (const std::string line :
         {"AllowTcpForwarding yes", "AllowTcpForwarding local", "AllowAgentForwarding yes", "X11Forwarding yes",
          "PermitTunnel yes", "GatewayPorts clientspecified", "PermitUserRC yes", "PrintMotd yes", "PrintLastLog yes",
          "PermitEmptyPasswords yes", "IPQoS lowdelay throughput", "VersionAddendum Some-1", "FingerprintHash md5",
          "HostbasedAuthentication yes", "ExposeAuthInfo yes"}) {
        INFO(line);
        const captured_log log(verbosity::debug1);
        CHECK(loads(line + "\n"));
        CHECK(log.has("sshd_config line 1: " + line.substr(0, line.find(' ')) + ": not implemented\n"));
        const captured_log quiet(verbosity::info);
        CHECK(loads(line + "\n"));
        CHECK(quiet.text().empty());
    }
}

TEST_CASE("sshd_config: what forbids something, and is not implemented, is refused")
{
    for (const char* line : {"AuthenticationMethods publickey,password", "RevokedKeys /x", "TrustedUserCAKeys /x", "UseDNS yes",
                             "AuthorizedKeysCommand /x", "PerSourcePenalties yes", "PerSourceMaxStartups 3",
                             "ChannelTimeout *=5m", "UnusedConnectionTimeout 5m", "Match all", "RefuseConnection yes",
                             "PermitRootLogin forced-commands-only", "AllowUsers \"never closed", "Port"}) {
        INFO(line);
        CHECK_FALSE(loads(std::string(line) + "\n"));
    }
    for (const char* line : {"AuthenticationMethods any", "RevokedKeys none", "AllowTcpForwarding no", "DisableForwarding yes",
                             "PermitOpen none", "Protocol 2", "UseDNS no", "TCPKeepAlive no"}) {
        INFO(line);
        const captured_log log(verbosity::debug1);
        CHECK(loads(std::string(line) + "\n"));
        CHECK(log.text().empty());
    }
    CHECK(server_complaint("FutureKeyword x\n") == "sshd_config line 1: FutureKeyword: Bad configuration option: futurekeyword");
    server_config c;
    CHECK_THROWS_WITH(read_server_config(c, "/no/such/file"), "/no/such/file: No such file or directory");
}

TEST_CASE("sshd_config: keywords of our own")
{
    const captured_log log(verbosity::info);
    const server_config plain = read_server("");
    CHECK(plain.terminate_sessions == false);
    CHECK_FALSE(plain.program_patience);
    CHECK(plain.use_pam == false);
    CHECK(plain.host_keys_by_default);
    CHECK(describe_server_config(plain).find("endprogramsafter") == std::string::npos);
    const server_config c = read_server("TerminateSessions yes\nEndProgramsAfter 2m\nEndProgramsAfter none\nUsePAM yes\nHostKey /k\n");
    CHECK(c.terminate_sessions == true);
    CHECK(c.program_patience == std::chrono::seconds(120));
    CHECK(c.use_pam == true);
    CHECK_FALSE(c.host_keys_by_default);
    CHECK(describe_server_config(c).find("endprogramsafter 120\n") != std::string::npos);
    CHECK_FALSE(read_server("EndProgramsAfter none\nEndProgramsAfter 5\n").program_patience);
    CHECK(server_complaint("EndProgramsAfter soon\n") == "sshd_config line 1: EndProgramsAfter: not a time: soon");
}

TEST_CASE("sshd_config: a byte order mark and CRLF, as editors leave them")
{
    const server_config c = read_server("\xef\xbb\xbfPort 2222\r\nPermitTTY no\r\n# end\r\n");
    CHECK(c.ports == std::vector<std::uint16_t>{2222});
    CHECK(c.permit_tty == false);
}
