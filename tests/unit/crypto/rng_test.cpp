#include "catch.hpp"
#include "crypto/rng.hpp"
#include "support.hpp"

#include <array>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

TEST_CASE("the thread's generator never repeats, whatever sizes are asked for")
{
    std::set<std::string> seen;
    for (int i = 0; i < 2000; ++i) {
        bytes b(std::size_t(16 + i % 3 * 500));
        system_random().fill(b);
        CHECK(seen.insert(to_hex(byte_view(b).first(16))).second);
    }
    bytes none;
    system_random().fill(none);
}

TEST_CASE("bits are even: each of the 128 positions is set about half of the time")
{
    constexpr int rounds = 4000;
    std::array<int, 128> ones{};
    for (int i = 0; i < rounds; ++i) {
        std::array<std::byte, 16> b{};
        system_random().fill(b);
        for (std::size_t bit = 0; bit < 128; ++bit)
            ones[bit] += std::to_integer<int>(b[bit / 8] >> int(bit % 8) & std::byte(1));
    }
    for (int n : ones) {
        CHECK(n > rounds / 2 - 250); // eight standard deviations
        CHECK(n < rounds / 2 + 250);
    }
}

TEST_CASE("threads have generators of their own")
{
    bytes here(32), there(32);
    std::thread([&] { system_random().fill(there); }).join();
    system_random().fill(here);
    CHECK(here != there);
}

TEST_CASE("the reference may be used from any thread")
{
    random_source& random = system_random();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&random] {
            bytes b(16);
            for (int i = 0; i < 1000; ++i)
                random.fill(b);
        });
    for (auto& t : threads)
        t.join();
}

TEST_CASE("a forked child does not repeat what its parent draws (T35)")
{
    for (int round = 0; round < 3; ++round) {
        std::array<std::byte, 16> warm{};
        system_random().fill(warm); // so that there is a half-used pool to share
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        std::array<std::byte, 64> mine{}, theirs{};
        if (child == 0) {
            system_random().fill(mine);
            const bool ok = ::write(ends[1], mine.data(), mine.size()) == ssize_t(mine.size());
            ::_exit(ok ? 0 : 1);
        }
        system_random().fill(mine);
        REQUIRE(::read(ends[0], theirs.data(), theirs.size()) == ssize_t(theirs.size()));
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(ends[0]);
        ::close(ends[1]);
        CHECK(mine != theirs);
    }
}

TEST_CASE("the deterministic source repeats itself for a seed and has splitmix64's published values")
{
    bytes a(24);
    deterministic_random(1234567).fill(a);
    // 6457827717110365317, 3203168211198807973, 9817491932198370423 in little-endian order
    CHECK(to_hex(a)
          == "85fc08fb17d09e59"
             "a50f545884f0732c"
             "777cf2a3e5bc3e88");
    CHECK(some_bytes(100, 7) == some_bytes(100, 7));
    CHECK(some_bytes(100, 7) != some_bytes(100, 8));
}
