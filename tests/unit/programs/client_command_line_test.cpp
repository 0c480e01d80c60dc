// The command line of ssh(1), and what -G shows of it.
#include "../client_command_line.hpp"
#include "../option_scanner.hpp"
#include "scene.hpp"

#include "catch.hpp"

using namespace programs;
using programs::test::temporary_folder;

namespace {

struct parsed {
    client_command_line line;
    client_settings config; ///< of the flags alone
};

parsed parse(std::vector<std::string> words)
{
    parsed p;
    p.line = parse_client_command_line(std::move(words));
    sshoal::config_facts nobody;
    p.config = *p.line.wishes.lines().lookup_now(p.line.host, nobody);
    return p;
}

/// Why a connection with this command line is refused; empty where it is not.
std::string refusal(std::vector<std::string> words, const std::string& file = "")
{
    const temporary_folder folder;
    try {
        client_command_line line = parse_client_command_line(std::move(words));
        line.wishes.file = folder.write("config", file);
        load_client_way(line.wishes, line.host);
        return {};
    } catch (const config_error& e) {
        return e.what();
    }
}

std::string described(std::vector<std::string> words, const std::string& file = "")
{
    const temporary_folder folder;
    client_command_line line = parse_client_command_line(std::move(words));
    line.wishes.file = folder.write("config", file);
    return describe_client_settings(line.wishes, line.host);
}

bool has_line(const std::string& text, const std::string& line)
{
    return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

} // namespace

TEST_CASE("ssh's command line: flags that ask not to do something cost nothing")
{
    const auto p = parse(
        {"-e", "none", "-S", "none", "-J", "none", "-y", "-K", "-k", "-g", "-a", "-x", "-2", "-q", "-tt", "u@h", "ls", "-l"});
    CHECK(p.line.host == "h");
    CHECK(p.config.user == "u");
    CHECK(p.line.command == "ls -l");
    CHECK(p.line.to_syslog);
    CHECK(p.config.request_tty == sshoal::terminal_wish::force);
    CHECK(refusal({"-e", "none", "-S", "none", "-J", "none", "-K", "-a", "-x", "h"},
                  "ProxyJump jump\nForwardAgent yes\nForwardX11 yes\n")
              .empty());
    CHECK(refusal({"-M", "-S", "/x y/%C", "-o", "ControlMaster=auto", "-o", "ControlPath=/x", "-oControlPersist=60s", "h"})
              .empty());
    CHECK(refusal({"-e", "^c", "-e", "~", "h"}).empty());
    CHECK(refusal({"-A", "-a", "-X", "-x", "h"}).empty()); // of these the last counts
}

TEST_CASE("ssh's command line: what is not implemented is refused by its name")
{
    for (const std::vector<std::string>& words : {std::vector<std::string>{"-L", "1:a"},
                                                  {"-R", "1:a:0"},
                                                  {"-D", "0"},
                                                  {"-w", "0"},
                                                  {"-I", "x"},
                                                  {"-O", "check"}}) {
        INFO(words.front());
        std::vector<std::string> all = words;
        all.push_back("h");
        CHECK(refusal(all).find(words.front() + ": ") != std::string::npos);
    }
    CHECK(refusal({"-L", "1:a:1", "-R", "1:a:1", "-D", "1", "-W", "a:1", "h"}).empty());
    CHECK(refusal({"-o", "NoSuchThing=1", "h"}) == "command line: NoSuchThing: Bad configuration option: nosuchthing");
    CHECK(refusal({"-e", "xx", "h"}).find("-e: EscapeChar: ") == 0);
    CHECK(refusal({"-y", "-E", "/x", "h"}) == "Can't specify both -y and -E");
    CHECK_THROWS_AS(parse({"-Z", "h"}), usage_error);
    CHECK_THROWS_AS(parse({"-p"}), usage_error);
    CHECK_THROWS_AS(parse({}), usage_error);
}

TEST_CASE("ssh's command line: forwardings")
{
    const sshoal::ssh_settings s = parse({"-L", "1:a:2", "-D", "*:3", "-R", "4", "-R", "/run/x:b:5", "h"}).config;
    REQUIRE(s.local_forwards.size() == 2);
    CHECK(s.local_forwards[0].target == sshoal::endpoint("a", 2));
    CHECK(s.local_forwards[1].listen == sshoal::endpoint("", 3));
    REQUIRE(s.remote_forwards.size() == 2);
    CHECK(s.remote_forwards[1].listen == sshoal::endpoint::unix_socket("/run/x"));
    CHECK(parse({"-g", "-L", "1:a:2", "h"}).config.local_forwards[0].listen == sshoal::endpoint("", 1));
    const sshoal::ssh_settings w = parse({"-L", "1:a:2", "-W", "b:3", "h"}).config;
    CHECK(w.local_forwards.empty());
    CHECK(w.exit_on_forward_failure);
    CHECK(w.session_type == sshoal::session_kind::none);
    CHECK(parse({"-o", "ClearAllForwardings=no", "-L", "1:a:2", "-W", "b:3", "h"}).config.local_forwards.size() == 1);
}

TEST_CASE("ssh's command line: places")
{
    const auto p = parse({"ssh://u%40x@[::1]:2200/"});
    CHECK(p.line.host == "::1");
    CHECK(p.config.user == "u@x");
    CHECK(p.config.port == 2200);
    CHECK(parse({"-p", "1", "-l", "first", "ssh://second@h:2"}).config.port == 1);
    CHECK(parse({"-l", "first", "second@h"}).config.user == "first");
    CHECK(parse({"a@b@h"}).config.user == "a@b");
    CHECK(parse({"h", "-p", "3", "--", "-v"}).line.command == "-v");
    CHECK(parse({"h", "-p", "3"}).config.port == 3);
    for (const char* wrong : {"ssh://h/path", "ssh://h:0", "ssh://", "ssh://@h", "@h", "u@", "-oProxyCommand=x@h", ""})
        CHECK_THROWS_AS(parse({"--", wrong}), usage_error);
    CHECK_THROWS_AS(parse({"h;id"}), config_error);
    CHECK_THROWS_AS(parse({"u;id@h"}), config_error);
}

TEST_CASE("ssh's command line: terminals")
{
    CHECK(parse({"-t", "h"}).config.request_tty == sshoal::terminal_wish::yes);
    CHECK(parse({"-t", "-t", "h"}).config.request_tty == sshoal::terminal_wish::force);
    CHECK(parse({"-t", "-T", "h"}).config.request_tty == sshoal::terminal_wish::no);
    CHECK(parse({"-T", "-t", "h"}).config.request_tty == sshoal::terminal_wish::yes);
    CHECK(parse({"-T", "-o", "RequestTTY=yes", "h"}).config.request_tty == sshoal::terminal_wish::no);
}

TEST_CASE("ssh -G: what it shows is a configuration that says the same")
{
    const std::string file
        = "Host nick\n HostName %h.example\n Port 2222\n User alice\n IdentityFile ~/.ssh/%u_k\n SendEnv LANG\n"
          " SetEnv A=1\n ProxyJump u@gate:22\n ControlMaster auto\n ControlPath ~/cm-%C\n"
          " LocalForward 8080 db:80\n ForwardAgent yes\n RekeyLimit 1G 1h\n LogLevel DEBUG\n";
    const std::string text = described({"-G", "nick"}, file);
    for (const char* line :
         {"host nick", "hostname nick.example", "port 2222", "user alice", "identityfile ~/.ssh/%u_k", "sendenv LANG",
          "setenv A=1", "proxyjump u@gate:22", "controlmaster auto", "controlpath ~/cm-%C", "localforward 8080 [db]:80",
          "forwardagent yes", "rekeylimit 1073741824 3600", "loglevel DEBUG", "batchmode no", "requesttty auto",
          "stricthostkeychecking ask", "connecttimeout none", "pubkeyauthentication true"}) {
        INFO(line);
        CHECK(has_line(text, line));
    }
    CHECK(described({"-G", "nick"}, text) == text);
    const std::string plain = described({"-G", "-p", "1", "-l", "bob", "-oUserKnownHostsFile=/x", "h"});
    CHECK(plain.starts_with("host h\nuser bob\nhostname h\nport 1\naddressfamily any\n"));
    CHECK(has_line(plain, "userknownhostsfile /x"));
    CHECK(has_line(plain, "identityfile ~/.ssh/id_ed25519"));
    CHECK(described({"-G", "h"}, plain) == plain);
}
