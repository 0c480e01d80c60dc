#include "catch.hpp"
#include "os/account_names.hpp"
#include "sshoal/system_account.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

using namespace sshoal;

TEST_CASE("an account is found by its name and by its number, as the C library has it")
{
    const struct ::passwd* const root = ::getpwuid(0);
    REQUIRE(root != nullptr);
    const std::string name = root->pw_name, home = root->pw_dir, shell = root->pw_shell;
    const std::uint32_t group = root->pw_gid;
    for (const auto& found : {system_account::find(name), system_account::find(0)}) {
        REQUIRE(found.has_value());
        REQUIRE(found->has_value());
        CHECK((*found)->name == name);
        CHECK((*found)->home == home);
        CHECK((*found)->shell == shell);
        CHECK((*found)->user_id == 0);
        CHECK((*found)->group_id == group);
        CHECK((*found)->groups.empty());
    }
    CHECK(os::home_of(name) == home);
}

TEST_CASE("an account that is in no database is nothing, and no error")
{
    const auto by_name = system_account::find("no such user, ever");
    REQUIRE(by_name.has_value());
    CHECK_FALSE(by_name->has_value());
    const auto by_number = system_account::find(0xfffffff0u);
    REQUIRE(by_number.has_value());
    CHECK_FALSE(by_number->has_value());
    CHECK_FALSE(os::home_of("no such user, ever"));
    CHECK(name_of_group(0xfffffff0u).empty());
}

TEST_CASE("the groups of an account have its own, and names")
{
    auto found = system_account::find(0);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    system_account& root = **found;
    CHECK(root.find_groups());
    CHECK(std::count(root.groups.begin(), root.groups.end(), root.group_id) == 1);
    const struct ::group* const own = ::getgrgid(root.group_id);
    REQUIRE(own != nullptr);
    CHECK(name_of_group(root.group_id) == own->gr_name);
}

TEST_CASE("patterns of names have * and ?")
{
    CHECK(matches_pattern("*.example.org", "a.example.org"));
    CHECK_FALSE(matches_pattern("*.example.org", "example.org"));
    CHECK(matches_pattern("h?st*", "host"));
    CHECK_FALSE(matches_pattern("h?st", "HOST"));
    CHECK(matches_pattern("*", ""));
    CHECK_FALSE(matches_pattern("?", ""));
}
