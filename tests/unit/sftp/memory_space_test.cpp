// The files in memory: what is written to them, holes, and what all of it costs.

#include "attack/memory_use.hpp"
#include "memory_files.hpp"

using namespace memory_files;

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
