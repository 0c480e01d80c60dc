#include "base/fifo.hpp"
#include "base/slot_map.hpp"
#include "catch.hpp"

#include <memory>
#include <string>

using namespace sshoal;

TEST_CASE("a slot map finds by number and uses the last freed number first")
{
    slot_map<std::string> m;
    CHECK(m.find(0) == nullptr);
    for (int i = 0; i < 5; ++i)
        CHECK(m.insert(std::to_string(i)) == std::uint32_t(i));
    CHECK(*m.find(3) == "3");
    CHECK(m.find(5) == nullptr);
    CHECK(m.find(0xffffffff) == nullptr);
    CHECK(m.erase(1));
    CHECK(m.erase(3));
    CHECK(!m.erase(3));
    CHECK(!m.erase(77));
    CHECK(m.find(3) == nullptr);
    CHECK(m.size() == 3);
    CHECK(m.insert("a") == 3);
    CHECK(m.insert("b") == 1);
    CHECK(m.insert("c") == 5);
    CHECK(*m.take(5) == "c");
    CHECK(!m.take(5));
    for (const std::uint32_t id : {0u, 1u, 2u, 3u, 4u})
        CHECK(m.erase(id));
    CHECK(m.empty());
    CHECK(m.insert("first") == 0);
}

TEST_CASE("entries of a slot map come and go while it is walked")
{
    slot_map<std::shared_ptr<int>> m;
    for (int i = 0; i < 10; ++i)
        m.insert(std::make_shared<int>(i));
    int seen = 0;
    m.for_each([&](std::uint32_t id, const std::shared_ptr<int>&) {
        ++seen;
        if (id == 0)
            for (int i = 0; i < 100; ++i)
                m.insert(std::make_shared<int>(1000)); // moves the slots
        m.erase(id);
        m.erase(id + 1);
    });
    CHECK(seen == 55);
    CHECK(m.empty());
}

TEST_CASE("a fifo keeps order while it wraps and grows, and moves what it holds")
{
    fifo<std::unique_ptr<int>> f;
    int in = 0, out = 0;
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < round % 7; ++i)
            f.push(std::make_unique<int>(in++));
        for (int i = 0; i < round % 5 && !f.empty(); ++i)
            REQUIRE(*f.pop() == out++);
        REQUIRE(f.size() == std::size_t(in - out));
        if (!f.empty())
            REQUIRE(*f[f.size() - 1] == in - 1);
    }
    f.clear();
    CHECK(f.empty());
    f.push(std::make_unique<int>(1));
    CHECK(*f.front() == 1);
}
