// Who may log in to sshoald, and whose files a thread of it may open.
#include "../server_account.hpp"
#include "scene.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

using namespace programs;
using programs::test::temporary_folder;

namespace {

sshoal::sshd_settings settings_of(const std::string& text = {})
{
    return sshoal::sshd_config::parse(text).value().settings().value();
}

std::string why_not(const sshoal::sshd_settings& s, const account& a, const std::string& address, bool by_password)
{
    sshoal::login_facts from;
    from.address = from.host = address;
    return objection(s, a, from, by_password);
}

account someone()
{
    account a;
    a.name = "alice";
    a.home = "/home/alice";
    a.shell = "/bin/sh";
    a.user_id = a.group_id = 1000;
    a.group_ids = {1000, 1001};
    a.groups = {"alice", "staff"};
    return a;
}

bool opens(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

} // namespace

TEST_CASE("sshoald: a locked account is barred, and with UsePAM its keys are not, as under sshd")
{
    account a = someone();
    sshoal::sshd_settings c = settings_of();
    CHECK(why_not(c, a, "192.0.2.1", false).empty());
    a.locked = true;
    CHECK(why_not(c, a, "192.0.2.1", false) == "account is locked");
    CHECK(why_not(c, a, "192.0.2.1", true) == "account is locked");
    c.use_pam = true;
    CHECK(why_not(c, a, "192.0.2.1", false).empty());
}

TEST_CASE("sshoald: a password that has expired bars passwords and no keys; an account that has expired bars both")
{
    account a = someone();
    const sshoal::sshd_settings c = settings_of();
    a.password_barred = "its password must be changed first";
    CHECK(why_not(c, a, "192.0.2.1", false).empty());
    CHECK(why_not(c, a, "192.0.2.1", true) == "its password must be changed first");
    a.barred = "account has expired";
    CHECK(why_not(c, a, "192.0.2.1", false) == "account has expired");
}

TEST_CASE("sshoald: lists of users and groups are told in the words of sshd")
{
    const account a = someone();
    sshoal::sshd_settings c = settings_of("AllowUsers bob al*@192.0.2.*");
    CHECK(why_not(c, a, "192.0.2.1", false).empty());
    CHECK(why_not(c, a, "198.51.100.1", false) == "not listed in AllowUsers");
    CHECK(why_not(settings_of("AllowUsers alice@192.0.2.0/24"), a, "192.0.2.1", false).empty());
    c.deny_groups = {"staff"};
    CHECK(why_not(c, a, "192.0.2.1", false) == "a group is listed in DenyGroups");
    c.deny_users = {"alice"};
    CHECK(why_not(c, a, "192.0.2.1", false) == "listed in DenyUsers");
    CHECK(why_not(settings_of("AllowGroups wheel"), a, "192.0.2.1", false) == "none of user's groups are listed in AllowGroups");
}

TEST_CASE("sshoald: PermitRootLogin in all its forms")
{
    account root = someone();
    root.user_id = 0;
    const auto may = [&](const std::string& value, bool by_password) {
        return why_not(settings_of("PermitRootLogin " + value), root, "192.0.2.1", by_password).empty();
    };
    CHECK(may("yes", true));
    CHECK(may("yes", false));
    CHECK_FALSE(may("no", false));
    CHECK(may("prohibit-password", false));
    CHECK_FALSE(may("without-password", true));
    CHECK(may("forced-commands-only", false)); // the options of the key decide then
    CHECK(why_not(settings_of("PermitRootLogin no"), someone(), "192.0.2.1", true).empty());
}

TEST_CASE("sshoald: an account is found with all its groups")
{
    const auto root = find_account("root");
    REQUIRE(root);
    CHECK(root->user_id == 0);
    CHECK_FALSE(root->home.empty());
    CHECK(std::find(root->group_ids.begin(), root->group_ids.end(), 0u) != root->group_ids.end());
    CHECK_FALSE(root->groups.empty());
    CHECK_FALSE(find_account("no-such-user-here"));
}

TEST_CASE("sshoald: a user's files are opened as that user by one thread, while the others stay who they are")
{
    const struct ::passwd* nobody = ::getpwnam("nobody");
    if (::geteuid() != 0 || nobody == nullptr) {
        WARN("SKIPPED: needs root and an account \"nobody\"");
        return;
    }
    account a = someone();
    a.user_id = nobody->pw_uid;
    a.group_id = nobody->pw_gid;
    a.group_ids = {nobody->pw_gid};
    const temporary_folder folder;
    REQUIRE(::chmod(folder.path("").c_str(), 0711) == 0);
    const std::string secret = folder.write("secret", "root's"), own = folder.write("own", "nobody's");
    REQUIRE(::chmod(secret.c_str(), 0600) == 0);
    REQUIRE(::chown(own.c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
    REQUIRE(::chmod(own.c_str(), 0600) == 0);
    bool secret_as_user = true, own_as_user = false, still_root = false;
    const bool became = as_user(a, [&] {
        secret_as_user = opens(secret);
        own_as_user = opens(own);
        still_root = ::getuid() == 0 && ::geteuid() == 0; // to signal this process takes root
    });
    CHECK(became);
    CHECK_FALSE(secret_as_user);
    CHECK(own_as_user);
    CHECK(still_root);
    CHECK(opens(secret));
    // One that works all the while never sees another identity.
    std::atomic<bool> over{false};
    std::atomic<unsigned> failures{0}, tries{0};
    std::thread worker([&] {
        while (!over) {
            failures += opens(secret) ? 0 : 1;
            ++tries;
        }
    });
    for (int i = 0; i < 50 || tries < 50; ++i)
        as_user(a, [&] { own_as_user = own_as_user && opens(own) && !opens(secret); });
    over = true;
    worker.join();
    CHECK(own_as_user);
    CHECK(failures == 0);
    CHECK_THROWS_AS(as_user(a, [] { throw std::runtime_error("x"); }), std::runtime_error);
}
