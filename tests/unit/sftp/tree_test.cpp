// The files in memory: names, links, renames and what POSIX says of them.

#include "memory_files.hpp"

#include <sys/stat.h>

using namespace memory_files;

TEST_CASE("paths lead through directories and links as POSIX says")
{
    files f;
    f.directory("a");
    f.directory("/a/b");
    f.make("/a/b/file", "text");
    f.link("b", "/a/near");
    f.link("/a/b/file", "/far");
    f.link("../../a/./near/file", "/a/b/winding");
    for (const char* path : {"a/b/file", "/a//b///file", "/a/./b/../b/file", "/../../a/b/file", "/a/near/file", "/far",
                             "a/b/winding", "/a/near/winding", "./a/near/../b/file"}) {
        CAPTURE(path);
        CHECK(f.text(path) == "text");
        CHECK(*f.t.real_path(path) == "/a/b/file");
    }
    CHECK(is(f.t.find("", follow), ENOENT));
    CHECK(is(f.t.find("/none", follow), ENOENT));
    CHECK(is(f.t.find("/none/x", follow), ENOENT));
    CHECK(is(f.t.find("/a/b/file/x", follow), ENOTDIR));
    CHECK(is(f.t.find("/a/b/file/", follow), ENOTDIR));
    CHECK(is(f.t.find("/a/b/file/..", follow), ENOTDIR));
    CHECK(is(f.t.find("/far/", keep), ENOTDIR));
    CHECK(f.t.find("/a/near/", keep).value()->is_directory());
    CHECK(f.t.find("/a/near", keep).value()->is_link());
    CHECK(*f.t.real_path(".") == "/");
    CHECK(*f.t.real_path("/a/..") == "/");
    CHECK(*f.t.real_path("/a/near/new") == "/a/b/new");
    CHECK(is(f.t.real_path("/none/new"), ENOENT));
}

TEST_CASE("40 links are followed, the 41st is one too many, and a ring has no end")
{
    files f;
    f.make("0", "end");
    for (int i = 1; i <= 41; ++i)
        f.link(std::to_string(i - 1), std::to_string(i));
    CHECK(f.text("40") == "end");
    CHECK(is(f.t.find("41", follow), ELOOP));
    CHECK(f.there("41"));
    f.link("ring", "ring");
    CHECK(is(f.t.find("ring", follow), ELOOP));
    CHECK(is(f.t.find("ring/x", keep), ELOOP));
    CHECK(is(f.t.open("ring", open_mode::overwrite, attributes()), ELOOP));
}

TEST_CASE("names of 255 bytes and paths of 4,096 are taken, longer ones are not")
{
    files f;
    f.make(std::string(255, 'n'));
    CHECK(is(f.t.open(std::string(256, 'n'), fresh, attributes()), ENAMETOOLONG));
    CHECK(f.text(std::string(4096 - 255, '/') + std::string(255, 'n')) == "x");
    CHECK(is(f.t.find(std::string(4097, '/'), follow), ENAMETOOLONG));
}

TEST_CASE("opening creates, empties and refuses as asked")
{
    files f;
    CHECK(is(f.t.open("new", open_mode::read_write, attributes()), ENOENT));
    const auto made = f.t.open("new", fresh, attributes().with_permissions(0777600).with_owner(7, 8));
    REQUIRE(made.has_value());
    CHECK(made.value()->stat().permissions == std::uint32_t(S_IFREG | 07600));
    CHECK(made.value()->stat().uid == 7u);
    CHECK(is(f.t.open("new", fresh, attributes()), EEXIST));
    f.link("dangling-target", "dangling");
    CHECK(is(f.t.open("dangling", fresh, attributes()), EEXIST));
    CHECK(f.t.open("dangling", open_mode::overwrite, attributes()).has_value());
    CHECK(f.there("dangling-target"));
    f.make("new", "long text");
    CHECK(f.t.open("new", open_mode::write | open_mode::truncate, attributes()).has_value());
    CHECK(f.text("new").empty());
    f.directory("d");
    CHECK(is(f.t.open("d", open_mode::read, attributes()), EISDIR));
    CHECK(is(f.t.open("none/", open_mode::overwrite, attributes()), EISDIR));
    CHECK(is(f.t.open("none/x", open_mode::overwrite, attributes()), ENOENT));
}

TEST_CASE("hard links share a file until the last is gone")
{
    files f;
    f.make("one", "text");
    REQUIRE_FALSE(f.t.make_hard_link("one", "two"));
    CHECK(f.t.find("one", keep).value() == f.t.find("two", keep).value());
    CHECK(f.t.find("one", keep).value()->links == 2);
    CHECK(is(f.t.make_hard_link("one", "two"), EEXIST));
    CHECK(is(f.t.make_hard_link("none", "three"), ENOENT));
    f.directory("d");
    CHECK(is(f.t.make_hard_link("d", "three"), EPERM));
    f.link("one", "soft");
    REQUIRE_FALSE(f.t.make_hard_link("soft", "soft2"));
    CHECK(f.t.find("soft2", keep).value()->is_link());
    REQUIRE_FALSE(f.t.remove("one", false));
    CHECK(f.text("two") == "text");
    CHECK(f.t.find("two", keep).value()->links == 1);
}

TEST_CASE("rename refuses what exists, replace replaces what POSIX lets it")
{
    files f;
    f.make("a", "A");
    f.make("b", "B");
    f.directory("empty");
    f.directory("full");
    f.make("full/x");
    CHECK(is(f.t.rename("a", "b", false), EEXIST));
    CHECK(is(f.t.rename("none", "b", true), ENOENT));
    CHECK(is(f.t.rename("a", "empty", true), EISDIR));
    CHECK(is(f.t.rename("empty", "a", true), ENOTDIR));
    CHECK(is(f.t.rename("empty", "full", true), ENOTEMPTY));
    CHECK(is(f.t.rename("full", "full/x/y", true), ENOTDIR));
    f.directory("full/deep");
    CHECK(is(f.t.rename("full", "full/deep/inside", true), EINVAL));
    CHECK(is(f.t.rename("full", "full/inside", false), EINVAL));
    CHECK(f.t.rename("/", "x", true));
    CHECK(f.t.rename("full/.", "x", true));
    CHECK(is(f.t.rename("a", "new/", true), ENOTDIR));
    REQUIRE_FALSE(f.t.rename("a", "a", true));
    REQUIRE_FALSE(f.t.rename("a", "b", true));
    CHECK(f.text("b") == "A");
    CHECK_FALSE(f.there("a"));
    REQUIRE_FALSE(f.t.rename("full", "empty", true));
    CHECK(f.text("empty/x") == "x");
    REQUIRE_FALSE(f.t.rename("empty", "moved/", false));
    CHECK(f.there("moved/x"));
    REQUIRE_FALSE(f.t.make_hard_link("b", "c"));
    REQUIRE_FALSE(f.t.rename("b", "c", true)); // two names of one file: both stay
    CHECK(f.names("/") == "b c moved ");
}

TEST_CASE("removing tells files, directories and the root apart")
{
    files f;
    f.directory("d");
    f.make("d/file");
    f.link("d", "link");
    CHECK(is(f.t.remove("d", true), ENOTEMPTY));
    CHECK(is(f.t.remove("d", false), EISDIR));
    CHECK(is(f.t.remove("d/file", true), ENOTDIR));
    CHECK(is(f.t.remove("link", true), ENOTDIR));
    CHECK(is(f.t.remove("/", true), EBUSY));
    CHECK(is(f.t.remove("d/.", true), EINVAL));
    CHECK(is(f.t.remove("none", false), ENOENT));
    REQUIRE_FALSE(f.t.remove("link", false));
    REQUIRE_FALSE(f.t.remove("d/file", false));
    REQUIRE_FALSE(f.t.remove("d", true));
    CHECK(f.names("/").empty());
}

TEST_CASE("a slash behind a link's name does not lead to what it names when names are changed")
{
    files f;
    f.directory("d");
    f.make("file");
    f.link("d", "link");
    f.link("none", "dangling");
    CHECK(is(f.t.remove("link/", true), ENOTDIR));
    CHECK(is(f.t.remove("link/", false), ENOTDIR));
    CHECK(is(f.t.remove("file/", false), ENOTDIR));
    CHECK(is(f.t.rename("link/", "x", true), ENOTDIR));
    CHECK(is(f.t.rename("d", "link/", true), ENOTDIR));
    CHECK(is(f.t.rename("file", "link/", true), ENOTDIR));
    CHECK(is(f.t.rename("d", "link/", false), EEXIST));
    CHECK(is(f.t.rename("d", "dangling/", true), ENOTDIR));
    for (const char* path : {"link/", "dangling/", "file/", "d/"})
        CHECK(is(f.t.make_directory(path, attributes()), EEXIST));
    CHECK(f.names("/") == "d dangling file link ");
    f.directory("link/inside/");
    REQUIRE_FALSE(f.t.remove("link/inside/", true));
    REQUIRE_FALSE(f.t.remove("d/", true));
}

TEST_CASE("listing goes on behind the last name, whatever happens to the others")
{
    files f;
    for (const char* name : {"a", "b", "c", "d", "e"})
        f.make(name);
    const auto root = *f.t.find("/", follow);
    auto first = f.t.list(*root, "", 2);
    REQUIRE(first.size() == 2);
    REQUIRE_FALSE(f.t.remove("b", false));
    REQUIRE_FALSE(f.t.remove("c", false));
    f.make("aa");
    f.make("f");
    std::string rest;
    for (const auto& e : f.t.list(*root, first.back().name, 100))
        rest += e.name;
    CHECK(rest == "def");
}

TEST_CASE("attributes stay as they were set, and only files have sizes")
{
    files f;
    f.directory("d");
    f.link("d", "l");
    const auto d = *f.t.find("d", keep), l = *f.t.find("l", keep);
    REQUIRE_FALSE(d->set(attributes().with_permissions(01777).with_owner(5, 6)));
    CHECK(d->stat().permissions == std::uint32_t(S_IFDIR | 01777));
    CHECK(d->stat().gid == 6u);
    CHECK(is(d->set(attributes().with_size(0)), EISDIR));
    CHECK(is(l->set(attributes().with_size(0)), EINVAL));
    const file_time then(std::chrono::seconds(1000));
    REQUIRE_FALSE(l->set(attributes().with_times(then, then)));
    CHECK(l->stat().mtime == then);
    CHECK(l->stat().size == 1u);
}

TEST_CASE("a tree of ten thousand levels comes down without a deep stack")
{
    files f(1 << 20, 20000);
    // Paths end at 4,096 bytes, so the levels are stacked from below.
    f.directory("top");
    for (int i = 0; i < 10000; ++i) {
        f.directory("next");
        REQUIRE_FALSE(f.t.rename("top", "next/d", false));
        REQUIRE_FALSE(f.t.rename("next", "top", false));
    }
    CHECK(f.there("top/d/d/d"));
}
