// The parts of sshd_config that sshoald carries out itself, and what it says of the rest.
#include "../server_config.hpp"
#include "../option_scanner.hpp"
#include "scene.hpp"

#include "catch.hpp"

#include <syslog.h>

using namespace programs;
using programs::test::captured_log;
using programs::test::temporary_folder;

namespace {

std::shared_ptr<const server_config> read_server(const std::string& text, const std::vector<std::string>& lines = {})
{
    const temporary_folder folder;
    return load_server_config(folder.write("sshd_config", text), lines);
}

/// Returns: why it cannot be used; empty if it can.
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

} // namespace

TEST_CASE("sshoald: what it passes over is one debug line, and what is deprecated a line for everyone")
{
    const captured_log log(verbosity::debug1);
    read_server("PermitTunnel yes\nUseLogin yes\n");
    CHECK(log.has("sshd_config line 1: PermitTunnel: not implemented\n"));
    const captured_log quiet(verbosity::info);
    read_server("PermitTunnel yes\nUseLogin yes\nMatch user a\nLogLevel DEBUG\n");
    CHECK_FALSE(quiet.has("PermitTunnel"));
    CHECK(quiet.has("sshd_config line 2: UseLogin is deprecated and has no effect\n"));
    CHECK(quiet.has("sshd_config line 4: LogLevel has no effect within a Match block\n"));
    CHECK(read_server("UsePAM yes\n")->server->use_pam);
    CHECK(quiet.has("sshd_config line 1: UsePAM: there is no PAM here;"));
}

TEST_CASE("sshoald: a configuration that cannot be used is an error with its place")
{
    CHECK(server_complaint("FutureKeyword x\n") == "sshd_config line 1: FutureKeyword: Bad configuration option: futurekeyword");
    CHECK(server_complaint("EndProgramsAfter soon\n").starts_with("sshd_config line 1: EndProgramsAfter: not a time"));
    CHECK(server_complaint("RefuseConnection yes\n") == "sshd_config line 1: RefuseConnection: not implemented");
    CHECK(server_complaint("Port 1\nSubsystem sftp internal-sftp -Z\n").starts_with("sshd_config line 2: Subsystem: internal-sftp: "));
    CHECK(server_complaint("ForceCommand internal-sftp -Q requests\n").starts_with("sshd_config line 1: ForceCommand: internal-sftp: "));
    CHECK_THROWS_WITH(load_server_config("/no/such/file", {}), "/no/such/file: No such file or directory");
    CHECK(load_server_config("none", {"Port 5"})->server->ports.front() == 5);
    CHECK(read_server("PermitTTY yes\n", {"PermitTTY no", "PermitTTY yes"})->server->permit_tty == false);
    CHECK_THROWS_AS(load_server_config("none", {"Port x"}), config_error);
}

TEST_CASE("sshoald: the settings of a log-in, and the log-in that -C describes")
{
    const auto config = read_server("Match user alice address 192.0.2.0/24 localport 22\n  PermitTTY no\n");
    sshoal::login_facts who;
    read_login_facts(who, "user=alice,addr=192.0.2.1,host=pc,laddr=192.0.2.2,lport=22,rdomain=x");
    CHECK(who.host == "pc");
    CHECK(who.local_address == "192.0.2.2");
    CHECK(who.routing_domain == "x");
    CHECK_FALSE(settings_for(*config, who)->permit_tty);
    read_login_facts(who, "lport=23");
    CHECK(settings_for(*config, who)->permit_tty);
    read_login_facts(who, "invalid-user");
    CHECK(who.invalid_user);
    for (const char* bad : {"user", "user=", "lport=0", "lport=65536", "colour=red"})
        CHECK_THROWS_AS(read_login_facts(who, bad), usage_error);
    const auto plain = read_server("");
    CHECK(settings_for(*plain, who) == plain->server);
}

TEST_CASE("sshoald: internal-sftp, and the names of facilities")
{
    CHECK_FALSE(internal_sftp_call("/usr/lib/sftp-server"));
    CHECK_FALSE(internal_sftp_call(""));
    const auto call = internal_sftp_call("internal-sftp -R -d \"/a b\"");
    REQUIRE(call);
    CHECK(call->read_only);
    CHECK(call->start == "/a b");
    CHECK(facility_named("LOCAL7") == LOG_LOCAL7);
    CHECK(facility_named("AUTH") == LOG_AUTH);
}
