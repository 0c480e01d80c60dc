// The files in memory: names, links, renames and what POSIX says of them.

#include "attack/memory_use.hpp"
#include "catch.hpp"
#include "sftp/memory/tree.hpp"

#include <sys/stat.h>

using namespace sshoal;
using namespace sshoal::sftp;
using memory::node;
using memory::tree;

namespace {

constexpr auto follow = tree::last_link::follow;
constexpr auto keep = tree::last_link::keep;
const open_mode fresh = open_mode::write | open_mode::create | open_mode::exclusive;

struct files {
    explicit files(std::uint64_t capacity = 1 << 20, std::size_t nodes = 1000)
        : t(capacity, nodes)
    {
    }
    tree t;

    std::shared_ptr<node> make(std::string_view path, std::string_view text = "x")
    {
        auto n = t.open(path, open_mode::overwrite, attributes());
        REQUIRE(n.has_value());
        REQUIRE_FALSE((*n)->write(0, view_of(text), false));
        return *n;
    }
    void directory(std::string_view path) { REQUIRE_FALSE(t.make_directory(path, attributes())); }
    void link(std::string_view target, std::string_view path) { REQUIRE_FALSE(t.make_symlink(target, path)); }
    std::string text(std::string_view path)
    {
        auto n = t.find(path, follow);
        if (!n)
            return "none: " + n.error().message();
        std::string s(std::size_t((*n)->stat().size.value()), '\0');
        s.resize((*n)->read(0, std::as_writable_bytes(std::span(s))));
        return s;
    }
    bool there(std::string_view path) { return t.find(path, keep).has_value(); }
    std::string names(std::string_view path, std::size_t most = 100)
    {
        std::string all;
        for (const directory_entry& e : t.list(**t.find(path, follow), "", most))
            all += e.name + ' ';
        return all;
    }
};

bool is(const failure& f, int number)
{
    return f.context() == fail_errno(number).context() && f.code() == fail_errno(number).code();
}
template <class T>
bool is(const outcome<T>& o, int number)
{
    return !o && is(o.error(), number);
}

} // namespace

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

TEST_CASE("a file without a name lives on while it is open, and gives its space back then")
{
    files f(100000);
    const std::uint64_t all = f.t.info().bytes_available();
    auto open = f.make("file", std::string(70000, 'a'));
    REQUIRE_FALSE(f.t.remove("file", false));
    CHECK_FALSE(f.there("file"));
    std::string text(70000, '\0');
    CHECK(open->read(0, std::as_writable_bytes(std::span(text))) == 70000);
    CHECK(text == std::string(70000, 'a'));
    CHECK(is(f.t.open("other", fresh, attributes()).value()->write(0, view_of(std::string(70000, 'b')), false), ENOSPC));
    open.reset();
    CHECK(f.t.info().bytes_available() == all);
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

TEST_CASE("holes are zero and take no space")
{
    files f(200000);
    const std::uint64_t all = f.t.info().bytes_available();
    auto n = f.make("sparse", "");
    const std::uint64_t far = (std::uint64_t(8) << 40) - 1;
    REQUIRE_FALSE(n->write(far, view_of("z"), false));
    CHECK(n->stat().size == far + 1);
    CHECK(all - f.t.info().bytes_available() <= node::extent_bytes + 4096);
    std::string text(200000, 'q');
    CHECK(n->read(far - 150000, std::as_writable_bytes(std::span(text))) == 150001);
    CHECK(text.substr(0, 150000) == std::string(150000, '\0'));
    CHECK(text[150000] == 'z');
    CHECK(n->read(far + 1, std::as_writable_bytes(std::span(text))) == 0);
    REQUIRE_FALSE(n->set(attributes().with_size(10)));
    CHECK(f.t.info().bytes_available() == all);
    REQUIRE_FALSE(n->set(attributes().with_size(100)));
    CHECK(f.text("sparse") == std::string(100, '\0'));
}

TEST_CASE("what is cut off a file does not come back when it grows again")
{
    files f;
    auto n = f.make("file", std::string(70000, 'a'));
    REQUIRE_FALSE(n->set(attributes().with_size(65537)));
    REQUIRE_FALSE(n->set(attributes().with_size(10)));
    REQUIRE_FALSE(n->set(attributes().with_size(20)));
    CHECK(f.text("file") == std::string(10, 'a') + std::string(10, '\0'));
    REQUIRE_FALSE(n->write(15, view_of("b"), false));
    CHECK(f.text("file") == std::string(10, 'a') + std::string(5, '\0') + "b" + std::string(4, '\0'));
    REQUIRE_FALSE(n->write(0, view_of("end"), true));
    CHECK(f.text("file").substr(20) == "end");
}

TEST_CASE("L23 a file system that is full says so, and writes nothing of what does not fit")
{
    files f(1000, 3);
    auto n = f.make("a", std::string(999, 'a'));
    CHECK(is(n->write(998, view_of("bbb"), false), ENOSPC));
    CHECK(f.text("a") == std::string(999, 'a'));
    REQUIRE_FALSE(n->write(998, view_of("bb"), false));
    CHECK(is(n->write(0, view_of("c"), true), ENOSPC));
    REQUIRE_FALSE(n->write(0, view_of("over"), false));
    f.directory("d");
    f.link("x", "l");
    CHECK(is(f.t.open("e", fresh, attributes()), ENOSPC));
    CHECK(is(f.t.make_directory("e", attributes()), ENOSPC));
    CHECK(is(f.t.make_symlink("x", "e"), ENOSPC));
    REQUIRE_FALSE(f.t.remove("l", false));
    f.directory("e");
}

TEST_CASE("L23 blocks behind holes cost a page each, until the hole is filled")
{
    const std::uint64_t capacity = 1 << 20, extent = node::extent_bytes;
    files f(capacity);
    const auto taken = [&, all = f.t.info().bytes_available()] { return all - f.t.info().bytes_available(); };
    const std::string full(extent, 'a');
    auto n = f.make("file", "");
    std::uint64_t blocks = 0;
    while (blocks < 1000 && !n->write(blocks * extent, view_of("x"), false))
        ++blocks;
    CHECK(blocks == (capacity + node::sparse_bytes) / (1 + node::sparse_bytes));
    REQUIRE_FALSE(n->set(attributes().with_size(0)));
    CHECK(taken() == 0);
    // The same with blocks that were full and are cut: their memory goes too.
    const std::size_t before = rig::resident_bytes();
    for (blocks = 0; blocks < 1000 && !n->write(blocks * extent, view_of(full), false); ++blocks)
        REQUIRE_FALSE(n->set(attributes().with_size(blocks * extent + 1)));
    CHECK(blocks == (capacity - extent) / (1 + node::sparse_bytes) + 1);
    rig::check_growth(before, 4 * capacity);
    REQUIRE_FALSE(n->set(attributes().with_size(0)));
    CHECK(taken() == 0);
    // Parts in any order are not dearer in the end.
    for (const std::uint64_t block : {3, 1, 2, 0})
        REQUIRE_FALSE(n->write(block * extent, view_of(full), false));
    CHECK(taken() == 4 * extent);
    REQUIRE_FALSE(n->write(5 * extent, view_of(full), false));
    CHECK(taken() == 5 * extent + node::sparse_bytes);
    REQUIRE_FALSE(n->write(0, view_of(std::string(8 * extent, 'b')), false));
    CHECK(taken() == 8 * extent);
    REQUIRE_FALSE(n->write(9 * extent, view_of(full), false));
    REQUIRE_FALSE(f.t.remove("file", false));
    n.reset();
    CHECK(taken() == 0);
}

TEST_CASE("L23 every name of a file counts as one")
{
    files f(1000, 3);
    f.make("a");
    REQUIRE_FALSE(f.t.make_hard_link("a", "b"));
    REQUIRE_FALSE(f.t.make_hard_link("a", "c"));
    CHECK(is(f.t.make_hard_link("a", "d"), ENOSPC));
    CHECK(f.t.info().files_free == 0);
    REQUIRE_FALSE(f.t.remove("a", false));
    f.make("d");
    REQUIRE_FALSE(f.t.rename("d", "c", true));
    REQUIRE_FALSE(f.t.make_hard_link("b", "d"));
    CHECK(is(f.t.make_hard_link("b", "e"), ENOSPC));
    for (const char* name : {"b", "c", "d"})
        REQUIRE_FALSE(f.t.remove(name, false));
    CHECK(f.t.info().files_free == 3);
}

TEST_CASE("T86 sizes and places that no file has are refused")
{
    files f;
    auto n = f.make("a");
    CHECK(is(n->write(std::uint64_t(INT64_MAX), view_of("b"), false), EFBIG));
    CHECK(is(n->write(~std::uint64_t(0), view_of("b"), false), EFBIG));
    CHECK(is(n->set(attributes().with_size(std::uint64_t(1) << 63)), EFBIG));
    std::byte b[1];
    CHECK(n->read(~std::uint64_t(0), b) == 0);
    CHECK(f.text("a") == "x");
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
