#include "base/flow.hpp"
#include "catch.hpp"
#include "sshoal/error.hpp"

#include <string>

using namespace sshoal;

namespace {
flow<int> inner(mailbox<int>& box)
{
    const int v = co_await box.next();
    co_return v * 2;
}
flow<std::string> outer(mailbox<int>& box)
{
    const int a = co_await inner(box);
    const int b = co_await inner(box);
    co_return std::to_string(a + b);
}
} // namespace

TEST_CASE("a flow suspends on a mailbox and is resumed by put")
{
    mailbox<int> box;
    auto f = outer(box);
    f.start();
    REQUIRE(!f.done());
    box.put(1);
    REQUIRE(!f.done());
    box.put(20);
    REQUIRE(f.done());
    CHECK(f.take() == "42");
}

TEST_CASE("a flow can be dropped while it waits")
{
    mailbox<int> box;
    auto f = outer(box);
    f.start();
    f.reset();
    CHECK(!f);
}

TEST_CASE("text from a peer is made printable")
{
    CHECK(printable("plain text") == "plain text");
    CHECK(printable("a\x1b[31m\r\n%n\\") == "a\\x1b[31m\\x0d\\x0a%n\\\\");
    CHECK(printable("gr\xc3\xbc\xc3\x9f" "e \xff \xc2\x9b") == "gr\xc3\xbc\xc3\x9f" "e \\xff \\xc2\\x9b");
    CHECK(printable(std::string(300, 'x')).size() == 259);
}
