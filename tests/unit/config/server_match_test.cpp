#include "catch.hpp"

#include "server_lookups.hpp"
#include "sshoal/key.hpp"

#include "sshoal/system_account.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sshoal::conf::test {
namespace {

bool holds(const std::string& condition, const login_facts& who = alice())
{
    return !login_of("Match " + condition + "\n  PermitTTY no", who).permit_tty;
}

} // namespace

TEST_CASE("sshd_config: the conditions of Match")
{
    for (const char* fits :
         {"all", "user alice", "User=alice", "user bob,al*", "user \"alice\"", "group staff", "group wheel,st*",
          "host pc.example.org",
          "host *.EXAMPLE.org", "address 192.0.2.7", "address 192.0.2.0/24", "address 192.*", "address !192.0.2.8,192.0.2.0/24",
          "localaddress 198.51.100.0/24", "localport 22", "localport 0022", "user alice address 192.0.2.0/24 localport=22",
          "version sshoal_*", "user *,!bob"}) {
        INFO(fits);
        CHECK(holds(fits));
    }
    for (const char* not_so :
         {"user bob", "user ALICE", "user *,!alice", "user !bob", "group wheel", "group staff,!alice", "host pc", "host !pc.*,*",
          "address 192.0.3.0/24", "address !192.0.2.7,192.0.2.0/24", "localaddress 192.0.2.7", "localport 23",
          "user alice localport 23",
          "rdomain x", "rdomain *", "invalid-user", "version OpenSSH_*"}) {
        INFO(not_so);
        CHECK_FALSE(holds(not_so));
    }
    login_facts stranger = alice();
    stranger.invalid_user = true;
    stranger.routing_domain = "x";
    CHECK(holds("invalid-user", stranger));
    CHECK(holds("rdomain x,y", stranger));
    for (const char* unknown : {"user *", "group *", "host *", "address *", "localaddress *", "localport 22", "rdomain *"})
        CHECK_FALSE(holds(unknown, login_facts()));
}

TEST_CASE("sshd_config: the first block that holds decides, and is stronger than the server's settings")
{
    const std::string text = "MaxSessions 1\nAllowUsers a\nSubsystem s one\nSubsystem t two\nRekeyLimit 1G 1h\n"
                             "Match user alice\n  MaxSessions 2\n  AllowUsers b\n  Subsystem s three\n  RekeyLimit 2G\n"
                             "Match address 192.0.2.0/24\n  MaxSessions 3\n  AllowUsers c\n  PermitTTY no\n"
                             "Match user bob\n  MaxAuthTries 1\n";
    const sshd_settings s = login_of(text);
    CHECK(s.max_sessions == 2);
    CHECK(s.allow_users == std::vector<std::string>{"b", "c"});
    CHECK_FALSE(s.permit_tty);
    CHECK(s.max_auth_tries == 6);
    CHECK(s.subsystems == std::vector<std::pair<std::string, std::string>>{{"s", "three"}, {"t", "two"}});
    CHECK(s.get("rekeylimit") == "2147483648 3600");
    CHECK(s.place_of("maxsessions")->line == 7);
    CHECK(server_of(text).max_sessions == 1);
    CHECK(server_config_of(text).has_match());
    CHECK_FALSE(server_config_of("Match all\nMaxSessions 5").has_match());
    CHECK(login_of(text, login_facts()).max_sessions == 1);
}

TEST_CASE("sshd_config: only some keywords may stand below Match, and Match all is no block of that kind")
{
    for (const char* global : {"Port 1", "ListenAddress ::1", "HostKey /x", "Ciphers aes128-ctr", "LoginGraceTime 1",
                               "MaxStartups 1",
                               "StrictModes no", "Compression no", "UsePAM no", "PidFile /x", "TerminateSessions yes"}) {
        INFO(global);
        const std::string why = server_trouble("Match user x\n" + std::string(global));
        CHECK(why.find("not allowed within a Match block") != std::string::npos);
        CHECK(server_trouble("Match all\n" + std::string(global)).empty());
    }
    CHECK(server_of("Match all\nPort 33").ports == std::vector<std::uint16_t>{33});
    CHECK(server_of("Match user alice\nMatch all\nPort 33").ports == std::vector<std::uint16_t>{33});
}

TEST_CASE("sshd_config: a Match ends with the file in which it stands")
{
    std::string folder = (std::filesystem::temp_directory_path() / "sshoal-server-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const auto write = [&](const char* name, const char* text) { std::ofstream(folder + '/' + name) << text; };
    write("tty", "PermitTTY no\nMatch user alice\n  MaxSessions 7\nMatch user bob\n  MaxSessions 8\n");
    write("global", "Port 5\n");
    write("circle", "Include circle\n");
    config_reading how;
    how.folder = folder;
    const auto read = [&](const std::string& text) {
        auto c = sshd_config::parse(text, "file", how);
        INFO(text);
        REQUIRE(bool(c));
        return *c;
    };
    CHECK(read("Include tty\nPort 9").settings()->ports == std::vector<std::uint16_t>{9});
    CHECK_FALSE(read("Include tty").settings()->permit_tty);
    CHECK(read("Include tty").settings_for(alice())->max_sessions == 7);
    // Below a Match that holds, all of the file belongs to it.
    const sshd_config below = read("Match user alice\n  Include tty\n  MaxAuthTries 2");
    CHECK(below.settings()->permit_tty);
    CHECK_FALSE(below.settings_for(alice())->permit_tty);
    CHECK(below.settings_for(alice())->max_sessions == 7);
    CHECK(below.settings_for(alice())->max_auth_tries == 2);
    // Below one that does not hold, nothing of the file applies.
    const sshd_config nothing = read("Match user bob\n  Include tty");
    CHECK(nothing.settings_for(alice())->max_sessions == 10);
    CHECK(nothing.settings_for(alice())->permit_tty);
    CHECK(read("Include t* missing").settings_for(alice())->max_sessions == 7);
    CHECK(sshd_config::parse("Match user x\nInclude global", "file", how).error().context().find("/global line 1: ")
          != std::string::npos);
    CHECK(sshd_config::parse("Include circle", "file", how).error().context().find("16 deep") != std::string::npos);
    how.deepest_include = 1;
    CHECK(bool(sshd_config::parse("Include tty", "file", how)));
    how.deepest_include = 0;
    CHECK_FALSE(bool(sshd_config::parse("Include tty", "file", how)));
    CHECK(sshd_config::load(folder + "/none").error().context() == folder + "/none: No such file or directory");
    CHECK(bool(sshd_config::load(folder + "/global")));
    std::filesystem::remove_all(folder);
}

TEST_CASE("sshd_config: lists of users and groups, in the words of sshd")
{
    const auto why = [](const std::string& text) { return server_of(text).objection(alice()); };
    CHECK(why("").empty());
    for (const char* allowed : {"AllowUsers bob alice", "AllowUsers al*", "AllowUsers alice@192.0.2.*",
                                "AllowUsers alice@192.0.2.0/24",
                                "AllowUsers alice@*.example.org", "AllowUsers *@!192.0.2.8,192.0.2.0/24",
                                "AllowGroups wheel staff",
                                "DenyUsers bob", "DenyUsers alice@192.0.3.0/24", "DenyUsers alice@!192.0.2.7,*",
                                "DenyGroups wheel"}) {
        INFO(allowed);
        CHECK(why(allowed).empty());
    }
    for (const char* denied : {"AllowUsers bob", "AllowUsers alice@192.0.3.0/24", "AllowUsers alice@!192.0.2.7,192.0.2.0/24",
                               "AllowUsers !bob", "AllowUsers alice@!*.example.org,192.0.2.7"}) {
        INFO(denied);
        CHECK(why(denied) == "not listed in AllowUsers");
    }
    CHECK(why("DenyUsers a*\nAllowUsers alice") == "listed in DenyUsers");
    CHECK(why("DenyUsers alice@pc.*") == "listed in DenyUsers");
    CHECK(why("DenyGroups st*") == "a group is listed in DenyGroups");
    CHECK(why("AllowGroups wheel") == "none of user's groups are listed in AllowGroups");
    CHECK(login_of("AllowUsers bob\nMatch address 192.0.2.0/24\n  AllowUsers alice").objection(alice()).empty());
}

TEST_CASE("sshd_config: methods of log-in, one after the other as AuthenticationMethods says")
{
    using method_names = std::vector<std::string>;
    const sshd_settings any = server_of("");
    CHECK(any.next_methods({}) == method_names{"publickey", "password", "keyboard-interactive"});
    CHECK_FALSE(any.is_enough({}));
    CHECK(any.is_enough({"password"}));
    const sshd_settings both = server_of("AuthenticationMethods publickey,password publickey,keyboard-interactive");
    CHECK(both.next_methods({}) == method_names{"publickey"});
    CHECK_FALSE(both.is_enough({"publickey"}));
    CHECK_FALSE(both.is_enough({"password"}));
    CHECK(both.next_methods({"publickey"}) == method_names{"password", "keyboard-interactive"});
    CHECK(both.is_enough({"publickey", "password"}));
    CHECK(both.is_enough({"publickey", "keyboard-interactive"}));
    CHECK_FALSE(both.is_enough({"password", "publickey"}));
    // Two lists go forward side by side.
    const sshd_settings side = server_of("AuthenticationMethods publickey,password keyboard-interactive,password");
    CHECK(side.next_methods({"publickey"}) == method_names{"password", "keyboard-interactive"});
    CHECK(side.is_enough({"publickey", "keyboard-interactive", "password"}));
    // A list with a method that is not enabled leads nowhere.
    const sshd_settings off = server_of("PasswordAuthentication no\nAuthenticationMethods publickey,password publickey");
    CHECK(off.is_enough({"publickey"}));
    CHECK(server_trouble("PubkeyAuthentication no\nAuthenticationMethods publickey").starts_with("file line 2: "));
    CHECK(server_trouble("AuthenticationMethods hostbased").find("not enabled") != std::string::npos);
    CHECK(login_of("AuthenticationMethods publickey\nMatch user alice\nPubkeyAuthentication no").next_methods({}).empty());
    CHECK_FALSE(server_of("PasswordAuthentication no").is_enough({"password"}));
}

TEST_CASE("sshd_config: paths of an account, and accounts of the system")
{
    system_account a;
    a.name = "alice";
    a.home = "/home/alice";
    a.user_id = 7;
    CHECK(server_of("AuthorizedKeysFile .ssh/a /keys/%u-%U %h/b /x%%y").authorized_keys_paths(a)
          == std::vector<std::string>{"/home/alice/.ssh/a", "/keys/alice-7", "/home/alice/b", "/x%y"});
    CHECK(*server_of("ChrootDirectory /jail/%u").chroot_path(a) == "/jail/alice");
    CHECK(server_of("").chroot_path(a)->empty());
    a.home = "relative";
    CHECK_FALSE(bool(server_of("ChrootDirectory %h").chroot_path(a)));
    a.home = "/home/alice";
    const public_key key = private_key::generate(key_type::ed25519)->public_half();
    const std::string user = "\nAuthorizedKeysCommandUser %u-keys";
    const sshd_settings asks = server_of("AuthorizedKeysCommand /bin/keys \"%u of %h\" %t %k %f %U %C 100%%" + user);
    CHECK(*asks.authorized_keys_command_words(a, key, "192.0.2.7 5 192.0.2.1 22")
          == std::vector<std::string>{"/bin/keys", "alice of /home/alice", "ssh-ed25519", key.base64(), key.fingerprint(), "7",
                                      "192.0.2.7 5 192.0.2.1 22", "100%"});
    CHECK(asks.authorized_keys_command_account(a) == "alice-keys");
    CHECK(*server_of("AuthorizedKeysCommand /bin/keys" + user).authorized_keys_command_words(a, key, "")
          == std::vector<std::string>{"/bin/keys", "alice"});
    CHECK(server_of("").authorized_keys_command_words(a, key, "")->empty());
    CHECK(server_trouble("AuthorizedKeysCommand /bin/keys").find("without AuthorizedKeysCommandUser") != std::string::npos);
    login_facts root;
    root.user = "root";
    REQUIRE(bool(root.look_up_user()));
    CHECK_FALSE(root.invalid_user);
    CHECK_FALSE(root.groups.empty());
    root.user = "no-such-user-here";
    REQUIRE(bool(root.look_up_user()));
    CHECK(root.invalid_user);
    CHECK(root.groups.empty());
}

} // namespace sshoal::conf::test
