#include "base/byte_queue.hpp"
#include "catch.hpp"

#include <string>

using namespace sshoal;

namespace {
std::string pop(byte_queue& q, std::size_t n)
{
    std::string s(n, 0);
    s.resize(q.pop(std::as_writable_bytes(std::span(s.data(), s.size()))));
    return s;
}
} // namespace

TEST_CASE("a byte queue owns nothing until used, and gives large blocks back when emptied")
{
    byte_queue q;
    CHECK(q.capacity() == 0);
    CHECK(q.front().empty());
    q.push({});
    CHECK(q.capacity() == 0);
    q.push(view_of(std::string_view("small")));
    CHECK(q.capacity() > 0);
    CHECK(pop(q, 100) == "small");
    CHECK(q.capacity() <= byte_queue::kept_when_empty);
    CHECK(q.capacity() > 0);
    q.push(view_of(std::string(5000, 'x')));
    CHECK(q.capacity() > byte_queue::kept_when_empty);
    CHECK(q.drop(4999) == 4999);
    CHECK(q.capacity() > 0);
    CHECK(pop(q, 2) == "x");
    CHECK(q.capacity() == 0);
}

TEST_CASE("a byte queue keeps the order of bytes around its end and while it grows")
{
    byte_queue q;
    std::string in, out;
    unsigned seed = 5;
    const auto next = [&](unsigned below) { return (seed = seed * 1664525u + 1013904223u) / 7 % below; };
    for (int i = 0; i < 20000; ++i) {
        if (next(2) == 0) {
            std::string more(next(i % 100 == 0 ? 70000 : 300), 0);
            for (char& c : more)
                c = char(next(256));
            in += more;
            q.push(view_of(more));
        } else if (next(4) == 0) {
            const byte_view f = q.front();
            const std::size_t n = std::min<std::size_t>(f.size(), next(400));
            out += text_of(f.first(n));
            CHECK(q.drop(n) == n);
        } else {
            out += pop(q, next(i % 50 == 0 ? 100000 : 400));
        }
        REQUIRE(q.size() == in.size() - out.size());
        REQUIRE(q.capacity() >= q.size());
    }
    out += pop(q, q.size());
    CHECK((in == out));
}

TEST_CASE("a byte queue can be moved and cleared")
{
    byte_queue a;
    a.push(view_of(std::string(3000, 'a')));
    byte_queue b = std::move(a);
    CHECK(a.empty());
    CHECK(b.size() == 3000);
    a.push(view_of(std::string_view("again")));
    a = std::move(b);
    CHECK(a.size() == 3000);
    a.clear();
    CHECK(a.capacity() == 0);
    CHECK(a.drop(5) == 0);
}
