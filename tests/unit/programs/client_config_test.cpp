// ssh_config: which lines count, what is judged, and what becomes of keywords that are not implemented.
#include "../client_settings.hpp"
#include "scene.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

using namespace programs;
using programs::test::captured_log;
using programs::test::temporary_folder;

namespace {

/// What a file says about the host "t", complete and judged.
client_settings read(const std::string& text, const std::string& host = "t")
{
    const temporary_folder folder;
    client_wishes w;
    w.file = folder.write("config", text);
    return load_client_way(w, host).back();
}

/// Why the file cannot be used for the host "t"; empty where it can.
std::string complaint(const std::string& text)
{
    try {
        read(text);
        return {};
    } catch (const config_error& e) {
        const std::string what = e.what();
        return what.substr(what.rfind('/') + 1);
    }
}

std::string value_of(const client_settings& c, const std::string& variable)
{
    for (const auto& [name, value] : c.set_env)
        if (name == variable)
            return value;
    return {};
}

/// Keywords that ask for what is not there, values that make no sense, and words that no version knows.
constexpr const char* odd_lines[] = {"PKCS11Provider x",
                                     "ProxyJump jump",
                                     "RevokedHostKeys /x",
                                     "BindAddress 127.0.0.1",
                                     "Tunnel yes",
                                     "LocalForward 1 a:1",
                                     "FutureKeyword of a later version",
                                     "Ciphers no-such-cipher",
                                     "KexAlgorithms sntrup761x25519-sha512@openssh.com",
                                     "Port 99999",
                                     "BatchMode perhaps",
                                     "StrictHostKeyChecking",
                                     "Protocol 2",
                                     "CompressionLevel 9",
                                     "User \"never closed",
                                     "Match",
                                     "Include \"/no/such"};

} // namespace

TEST_CASE("configuration: what does not apply is not judged")
{
    for (const std::string odd : odd_lines) {
        INFO(odd);
        if (odd.starts_with("Match"))
            continue; // a Match of its own begins another part
        const captured_log log(verbosity::info);
        const client_settings c = read("Host other\n " + odd + "\nHost t\n User right\n");
        CHECK(c.user == "right");
        CHECK(log.text().empty());
        CHECK(read("Host t\n User right\nMatch host other\n " + odd + "\n").user == "right");
    }
}

TEST_CASE("configuration: what applies is judged, with its place")
{
    CHECK(complaint("Host t\n Port 99999\n") == "config line 2: Port: not a number from 1 to 65535: 99999");
    CHECK(complaint("FutureKeyword x\n") == "config line 1: FutureKeyword: Bad configuration option: futurekeyword");
    CHECK(complaint("\nUser \"x\n") == "config line 2: User: a quote is not closed");
    CHECK(complaint("Match\n") == "config line 1: Match: an argument is missing");
    CHECK(complaint("Host\n") == "config line 1: Host: an argument is missing");
    CHECK(complaint("KnownHostsCommand /x\n").find("config line 1: KnownHostsCommand: not implemented; ") == 0);
    CHECK(complaint("LocalForward 1 a:1\nClearAllForwardings yes\n").empty());
    for (const char* line : {"KnownHostsCommand /x", "Tunnel yes", "ProxyUseFdpass yes"})
        CHECK(complaint(line).find("not implemented") != std::string::npos);
}

TEST_CASE("configuration: what only wishes something is passed over with one debug line")
{
    for (const std::string line : {"ControlMaster auto", "ControlMaster yes", "ControlPath ~/.ssh/cm-%C", "ControlPersist 10m",
                                   "AddKeysToAgent yes", "UpdateHostKeys yes", "CheckHostIP yes",
                                   "IPQoS lowdelay throughput", "VerifyHostKeyDNS yes", "NoHostAuthenticationForLocalhost yes",
                                   "HostbasedAuthentication yes", "GSSAPIAuthentication yes", "FingerprintHash md5"}) {
        INFO(line);
        const captured_log log(verbosity::debug1);
        CHECK(complaint("LogLevel DEBUG1\n" + line + "\n").empty());
        const std::string keyword = line.substr(0, line.find(' '));
        CHECK(log.has("config line 2: " + keyword + ": not implemented\n"));
        const captured_log quiet(verbosity::info);
        CHECK(complaint(line + "\n").empty());
        CHECK(quiet.text().empty());
    }
    for (const char* line : {"ControlMaster no", "ControlPath none", "ForwardAgent no", "ForwardX11 false", "Protocol 2",
                             "CASignatureAlgorithms ssh-ed25519", "PermitRemoteOpen any", "EscapeChar none", "UseKeychain yes"}) {
        INFO(line);
        const captured_log log(verbosity::debug1);
        CHECK(complaint(std::string("LogLevel DEBUG1\n") + line + "\n").empty());
        CHECK_FALSE(log.has("line 2"));
    }
}

TEST_CASE("configuration: what the user may miss is a warning in a file, and refused where it is asked for by name")
{
    for (const std::string line :
         {"CertificateFile x", "PKCS11Provider x"}) {
        INFO(line);
        const captured_log log(verbosity::info);
        CHECK(complaint(line + "\n").empty());
        CHECK(log.has("config line 1: " + line.substr(0, line.find(' ')) + ": not implemented; "));
        client_wishes w;
        w.set(line);
        w.file = "none";
        CHECK_THROWS_AS(load_client_way(w, "t"), config_error);
    }
}

TEST_CASE("configuration: of a keyword that is not implemented, too, the first value counts")
{
    CHECK(complaint("KnownHostsCommand none\nKnownHostsCommand /x\n").empty());
    CHECK_FALSE(complaint("KnownHostsCommand /x\nKnownHostsCommand none\n").empty());
    const temporary_folder folder;
    client_wishes w;
    w.set("ForwardAgent=no");
    w.set("KnownHostsCommand none");
    w.file = folder.write("config", "ForwardAgent yes\nKnownHostsCommand /x\n");
    const captured_log log(verbosity::info);
    load_client_way(w, "t");
    CHECK(log.text().empty());
}

TEST_CASE("configuration: IgnoreUnknown passes over what this program lacks, but not what forbids something")
{
    const captured_log log(verbosity::debug1);
    CHECK(complaint("LogLevel DEBUG1\nIgnoreUnknown Future*\nFutureKeyword x\nfuturekeyword2 y\n").empty());
    CHECK(log.has("config line 3: Ignored unknown option \"FutureKeyword\""));
    CHECK(complaint("IgnoreUnknown *\nTunnel yes\nLocalForward 1 a:1\nFutureKeyword x\n").empty());
    CHECK_FALSE(complaint("IgnoreUnknown other\nFutureKeyword x\n").empty());
    CHECK_FALSE(complaint("FutureKeyword x\nIgnoreUnknown *\n").empty()); // as in ssh: only what stands behind it
    CHECK_FALSE(complaint("IgnoreUnknown a\nIgnoreUnknown *\nFutureKeyword x\n").empty()); // the first counts
    CHECK_FALSE(complaint("Host other\n IgnoreUnknown *\nHost t\n FutureKeyword x\n").empty());
    for (const char* line : {"KnownHostsCommand /x", "ProxyUseFdpass yes"})
        CHECK_FALSE(complaint(std::string("IgnoreUnknown *\n") + line + "\n").empty());
}

TEST_CASE("configuration: an Include has no effect below a block that does not apply, and none on the block")
{
    const temporary_folder folder;
    const std::string inner = folder.write("inner", "Host *\n SetEnv A=inner\n FutureKeyword\n");
    const std::string harmless = folder.write("harmless", "Host *\n SetEnv A=inner\n");
    const auto included_by = [&](const std::string& head, const std::string& file, const std::string& tail = "") {
        return head + "Include " + file + "\n" + tail;
    };
    CHECK(value_of(read(included_by("Host other\n ", inner)), "A").empty());
    CHECK(value_of(read(included_by("Match host other\n ", inner)), "A").empty());
    CHECK(value_of(read(included_by("Match host other exec \"touch " + folder.path("ran") + "\"\n ", inner)), "A").empty());
    CHECK_FALSE(std::filesystem::exists(folder.path("ran")));
    CHECK(value_of(read(included_by("Host t\n ", harmless)), "A") == "inner");
    CHECK(value_of(read(included_by("", harmless)), "A") == "inner");
    // Two deep: what is included by a file that is not read is not read either.
    const std::string middle = folder.write("middle", "Match all\n Include " + inner + "\n");
    CHECK(value_of(read(included_by("Host other\n ", middle)), "A").empty());
    CHECK_THROWS_AS(read(included_by("Host t\n ", middle)), config_error);
    // A Host in the included file ends with it.
    const std::string elsewhere = folder.write("elsewhere", "Host other\n User wrong\n");
    CHECK(read(included_by("Host t\n ", elsewhere, " User right\n")).user == "right");
    CHECK(read(included_by("", elsewhere, "User right\n")).user == "right");
    // What is not there has no effect; what includes itself is an error.
    CHECK(complaint(included_by("", folder.path("none*"))).empty());
    CHECK(complaint(included_by("", folder.path("no/such/folder/*.conf"))).empty());
    const std::string loop = folder.path("loop");
    folder.write("loop", included_by("", loop));
    CHECK(complaint(included_by("", loop)).find("more than 16 deep") != std::string::npos);
    CHECK(complaint(included_by("Host other\n ", loop)).empty());
}

TEST_CASE("configuration: system files of the shape that distributions ship")
{
    const temporary_folder folder;
    const std::string crypto = folder.write("back-ends/openssh.config",
                                            "Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-cbc\n"
                                            "MACs hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com\n"
                                            "GSSAPIKeyExchange no\n"
                                            "KexAlgorithms mlkem768x25519-sha256,curve25519-sha256,ecdh-sha2-nistp256\n"
                                            "PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ssh-ed25519-cert-v01@openssh.com\n"
                                            "CASignatureAlgorithms ecdsa-sha2-nistp256,sk-ssh-ed25519@openssh.com\n"
                                            "RequiredRSASize 2048\n");
    // Debian and macOS
    const std::string debian = folder.write("debian", "Include " + folder.path("ssh_config.d/*.conf")
                                                          + "\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n"
                                                            "    GSSAPIAuthentication yes\n");
    folder.write("ssh_config.d/20-systemd-ssh-proxy.conf", "Host unix/* vsock/* machine/*\n"
                                                           "    ProxyCommand /usr/lib/systemd/systemd-ssh-proxy %h %p\n"
                                                           "    ProxyUseFdpass yes\n    CheckHostIP no\n"
                                                           "    StrictHostKeyChecking no\n    UserKnownHostsFile /dev/null\n");
    // Fedora
    folder.write("ssh_config.d/50-redhat.conf", "Match final all\n\tInclude " + crypto
                                                    + "\n\tInclude /no/such/folder/*.config\n\tGSSAPIAuthentication yes\n"
                                                      "\tForwardX11Trusted yes\n\tSendEnv XMODIFIERS\n");
    const captured_log log(verbosity::info);
    client_wishes w;
    w.file = debian;
    const client_settings c = load_client_way(w, "t").back();
    CHECK(log.text().empty());
    CHECK(c.proxy_command.empty());
    CHECK(c.strict_host_key_checking == sshoal::host_key_checking::ask);
    CHECK(c.hash_known_hosts);
    CHECK(c.required_rsa_size == 2048u); // from the second reading
    using names = std::vector<std::string>;
    CHECK(c.algorithms.ciphers() == names{"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"});
    CHECK(c.algorithms.macs() == names{"hmac-sha2-256-etm@openssh.com"});
    CHECK(c.algorithms.kex() == names{"curve25519-sha256", "ecdh-sha2-nistp256"});
    CHECK(c.algorithms.public_keys() == names{"ecdsa-sha2-nistp256"});
    CHECK(c.send_env == names{"LANG", "LC_*", "XMODIFIERS", "LANG", "LC_*"});
}

TEST_CASE("configuration: algorithms that are not there are left out of a list, and never more is allowed than the list says")
{
    using names = std::vector<std::string>;
    const names usual = sshoal::algorithms().ciphers();
    CHECK(read("Ciphers aes128-cbc,aes128-ctr,3des-cbc\n").algorithms.ciphers() == names{"aes128-ctr"});
    CHECK(read("Ciphers +3des-cbc\n").algorithms.ciphers() == usual);
    CHECK(read("Ciphers ^3des-cbc\n").algorithms.ciphers() == usual);
    CHECK(read("Ciphers ^3des-cbc,aes256-ctr\n").algorithms.ciphers().front() == "aes256-ctr");
    CHECK(read("Ciphers -3des-cbc,aes*-ctr\n").algorithms.ciphers().size() == usual.size() - 3);
    CHECK(read("HostKeyAlgorithms +ssh-dss,ssh-rsa\n").algorithms.host_keys().back() == "ssh-rsa");
    CHECK(read("HostKeyAlgorithms +ssh-dss\n").algorithms.host_keys() == sshoal::algorithms().host_keys());
    CHECK(complaint("Ciphers 3des-cbc,aes128-cbc\n").find("config line 1: Ciphers: cipher list: unknown name \"3des-cbc\"") == 0);
    CHECK_FALSE(complaint("Ciphers +\n").empty());
    CHECK_FALSE(complaint("MACs -*\n").empty());
    // The first line counts, and the second is not even looked at.
    CHECK(read("Ciphers aes128-ctr\nCiphers nonsense\n").algorithms.ciphers() == names{"aes128-ctr"});
}

TEST_CASE("configuration: of variables the first value counts")
{
    const client_settings c = read("SetEnv A=1 A=11 B=2\nSetEnv A=3 C=4\n");
    CHECK(value_of(c, "A") == "1");
    CHECK(value_of(c, "B") == "2");
    CHECK(c.set_env.size() == 2);
    CHECK(read("SendEnv A LC_* LANG\nSendEnv -LC_* B -A\n").send_env == std::vector<std::string>{"LANG", "B"});
}

TEST_CASE("configuration: a byte order mark, CRLF, pipes, and what cannot be read")
{
    CHECK(read("\xef\xbb\xbfHost t\r\n User right\r\n\r\n").user == "right");
    const temporary_folder folder;
    const std::string pipe = folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::thread writer([&] { std::ofstream(pipe) << "User right\n"; });
    // As "-F <(command)": opened when the writer is there.
    const int kept = ::open(pipe.c_str(), O_RDONLY);
    client_wishes w;
    w.file = pipe;
    const client_settings c = load_client_way(w, "t").back();
    writer.join();
    ::close(kept);
    CHECK(c.user == "right");
    w.file = folder.path("none");
    CHECK_THROWS_WITH(load_client_way(w, "t"), "Can't open user config file " + folder.path("none") + ": No such file or directory");
    w.file = folder.path("");
    CHECK_THROWS_WITH(load_client_way(w, "t"), "Can't open user config file " + folder.path("") + ": Is a directory");
    w.file = "none";
    CHECK_NOTHROW(load_client_way(w, "t"));
}

TEST_CASE("configuration: Match")
{
    const std::string me = local_user();
    const auto applies = [&](const std::string& conditions, const std::string& before = "") {
        return value_of(read(before + "Match " + conditions + "\n SetEnv A=1\n"), "A") == "1";
    };
    CHECK(applies("all"));
    CHECK(applies("host t"));
    CHECK(applies("host T,x"));
    CHECK(applies("HOST ?"));
    CHECK_FALSE(applies("host other"));
    CHECK_FALSE(applies("!host t"));
    CHECK_FALSE(applies("host *,!t"));
    CHECK(applies("!host other"));
    CHECK(applies("host t.example originalhost t", "HostName %h.example\n"));
    CHECK_FALSE(applies("host t", "HostName t.example\n"));
    CHECK_FALSE(applies("originalhost t.example", "HostName t.example\n"));
    CHECK(applies("user alice", "User alice\n"));
    CHECK(applies("user " + me));
    CHECK_FALSE(applies("user bob", "User alice\n"));
    CHECK(applies("localuser " + me));
    CHECK_FALSE(applies("localuser not-" + me));
    CHECK(applies("tagged x", "Tag x\n"));
    CHECK_FALSE(applies("tagged x"));
    CHECK(applies("exec \"test %h-%n-%p = t.example-t-22\"", "HostName t.example\n"));
    CHECK_FALSE(applies("exec false"));
    CHECK(applies("!exec false"));
    CHECK(applies("final all"));
    CHECK(applies("final host t.example", "HostName t.example\n"));
    CHECK_FALSE(applies("canonical all")); // nothing else asks for a second reading
    CHECK_FALSE(applies("host t localnetwork 10.0.0.0/8 !originalhost t"));
    CHECK_FALSE(applies("localnetwork 10.0.0.0/8 host other"));
    // Values of the first reading stay; Host of the second is about the name that HostName gave.
    const client_settings c = read("HostName t.example\nSetEnv A=1\nMatch final all\n SetEnv A=2\nHost t.example\n User second\n");
    CHECK(value_of(c, "A") == "1");
    CHECK(c.user == "second");
    CHECK(complaint("Match host t nonsense x\n").find("there is no condition nonsense") != std::string::npos);
    CHECK(complaint("Match host\n").find("a value is missing behind host") != std::string::npos);
    for (const char* wrong : {"all host t", "host t all", "final host t all"})
        CHECK_FALSE(complaint(std::string("Match ") + wrong + "\n").empty());
}

TEST_CASE("configuration: the command of Match exec runs only where nothing else decides against the block")
{
    const temporary_folder folder;
    const std::string ran = folder.path("ran");
    read("Match exec \"touch " + ran + "\" host other\n User x\n");
    CHECK_FALSE(std::filesystem::exists(ran));
    read("Match exec \"touch " + ran + "; cat\" host t\n User x\n"); // standard input is empty for it
    CHECK(std::filesystem::exists(ran));
}
