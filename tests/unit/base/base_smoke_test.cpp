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

TEST_CASE("what() has the context, the text and the number, and no place in our sources")
{
    const error with(failure(errc::timed_out, "alice@host:22"));
    CHECK(std::string(with.what()) == "alice@host:22: timed out [sshoal:83]");
    CHECK(with.context() == "alice@host:22");
    CHECK(with.code() == errc::timed_out);
    const error_code placed(int(errc::timed_out), sshoal_category(), [] {
        static constexpr boost::source_location here = BOOST_CURRENT_LOCATION;
        return &here;
    }());
    CHECK(std::string(error(failure(placed)).what()) == "timed out [sshoal:83]");
}

TEST_CASE("a failure's message is its context and the text of its code")
{
    CHECK(failure(errc::timed_out, "alice@host:22").message() == "alice@host:22: timed out");
    CHECK(failure(errc::timed_out).message() == "timed out");
}
