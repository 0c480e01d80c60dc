// What the tab key does.
#include "completion.hpp"

#include "catch.hpp"

using programs::complete;
using programs::names_of;

namespace {

std::vector<std::pair<std::string, bool>> names(names_of where, const std::string& folder)
{
    if (folder == "dir/")
        return {{"inside", false}};
    if (!folder.empty())
        return {};
    if (where == names_of::local)
        return {{"local", false}};
    return {{"dir", true},      {"a file", false},    {"same1", false},    {"same2", false},
            {".hidden", false}, {"x\xc3\xa4", false}, {"x\xc3\xb6", false}};
}

} // namespace

TEST_CASE("commands and paths are completed")
{
    CHECK(complete("qu", names).insert == "it ");
    CHECK(complete("lm", names).insert == "kdir ");
    CHECK(complete("get d", names).insert == "ir/");
    CHECK(complete("get dir/", names).insert == "inside ");
    CHECK(complete("get a", names).insert == "\\ file ");
    CHECK(complete("get 'a", names).insert == " file' ");
    CHECK(complete("get a\\ f", names).insert == "ile ");
    CHECK(complete("get .", names).insert == "hidden ");
    CHECK(complete("get zzz", names).insert.empty());
    CHECK(complete("nonsense a", names).insert.empty());
}

TEST_CASE("several choices: as far as they agree, in whole characters")
{
    const auto c = complete("get s", names);
    CHECK(c.insert == "ame");
    CHECK(c.choices == std::vector<std::string>{"same1", "same2"});
    CHECK(complete("get x", names).insert.empty());
    CHECK(complete("get ", names).choices.size() == 6);
}

TEST_CASE("the second path of get and put is at the other end")
{
    CHECK(complete("get x l", names).insert == "ocal ");
    CHECK(complete("get -p x l", names).insert == "ocal ");
    CHECK(complete("put l", names).insert == "ocal ");
    CHECK(complete("put l d", names).insert == "ir/");
    CHECK(complete("lcd l", names).insert == "ocal ");
    CHECK(complete("rename x d", names).insert == "ir/");
}
