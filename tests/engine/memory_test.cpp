// What an engine keeps on the heap: idle ones must be small, and nothing of a finished channel stays.
#include "catch.hpp"
#include "pair.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {
std::size_t live = 0; // bytes that operator new has given out; the tests have one thread
std::size_t fails_in = 0; // 1: the next allocation fails; 0: none does
}

void* operator new(std::size_t n, const std::nothrow_t&) noexcept
{
    if (fails_in > 0 && --fails_in == 0)
        return nullptr;
    void* const p = std::malloc(n == 0 ? 1 : n);
    if (p)
        live += malloc_usable_size(p);
    return p;
}
void* operator new(std::size_t n)
{
    if (void* p = operator new(n, std::nothrow))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept
{
    if (p)
        live -= malloc_usable_size(p);
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { operator delete(p); }

namespace {

/// Bytes of one engine, with what the driver would give back given back.
std::size_t weight(end& e)
{
    e.core->input().release_if_empty();
    e.core->output().release_if_empty();
    for (const auto& t : e.tubes)
        t->channel.reset(); // the engine's table holds it too
    const std::size_t before = live;
    e.core.reset();
    return before - live;
}

std::size_t idle_weight(bool of_client, const algorithms& a, std::size_t channels)
{
    pair p;
    p.client.keep_trace = p.server.keep_trace = false;
    p.client.options.transport.algos = p.server.options.transport.algos = a;
    p.log_in();
    for (std::size_t i = 0; i < channels; ++i)
        p.client.open().send(1000);
    p.run();
    REQUIRE(p.logged_in());
    return weight(of_client ? p.client : p.server);
}

} // namespace

TEST_CASE("an idle authenticated engine weighs less than 8 kB")
{
    for (const bool of_client : {true, false}) {
        algorithms aes = lean_algorithms();
        const std::size_t gcm = idle_weight(of_client, aes, 0);
        algorithms chacha = lean_algorithms();
        chacha.ciphers("chacha20-poly1305@openssh.com");
        const std::size_t poly = idle_weight(of_client, chacha, 0);
        const std::size_t usual = idle_weight(of_client, algorithms(), 0);
        const std::size_t open = idle_weight(of_client, aes, 100);
        INFO((of_client ? "client" : "server") << ": " << gcm << " bytes with AES-GCM, " << poly << " with ChaCha20, " << usual
                                                << " with the default algorithms, " << (open - gcm) / 100 << " a channel; "
                                                << sizeof(engine::core) << " of them are the object itself");
        CHECK(gcm < 8192);
        CHECK(poly < 8192);
        CHECK(usual < 8192);
        CHECK((open - gcm) / 100 < 700);
    }
}

TEST_CASE("channels, requests, new keys and failed writes leave nothing behind")
{
    pair p;
    p.client.keep_trace = p.server.keep_trace = false;
    p.log_in();
    const auto cycle = [&](int n) {
        for (int i = 0; i < n; ++i) {
            tube& t = p.client.open();
            p.run();
            t.send(5000);
            (void)t.channel->request("x", true, {}, 1);
            (void)p.client.core->channels().request_global("y", true, {}, 1);
            if (i % 10 == 0)
                p.client.core->rekey();
            p.run();
            t.channel->close();
            p.run();
            p.client.tubes.clear();
            p.server.tubes.clear();
        }
        p.client.global_replies = {};
        p.client.core->output().release_if_empty();
        p.server.core->output().release_if_empty();
        return live;
    };
    const std::size_t before = cycle(200); // queues and caches have found their size
    const std::size_t after = cycle(200);
    CHECK(after <= before + 256);
}

TEST_CASE("T34 each single allocation of a handshake, a log-in and a channel fails once: nobody gets in, nothing leaks")
{
    // The last password is wrong: whatever fails on the way, this client must never be logged in.
    const auto go = [](pair& p, bool right) {
        p.client.keep_trace = p.server.keep_trace = false;
        p.client.password = right ? "right" : "wrong";
        p.client.keys = {right ? user_key() : other_key()};
        p.client.login.methods = {"publickey", "password"};
        p.client.login.password_prompts = 1;
        if (right)
            p.server.factors = {"publickey", "password"};
        p.log_in();
        if (p.logged_in())
            p.client.open().send(1000);
        p.run();
    };
    for (const bool right : {true, false}) {
        std::size_t k = 1;
        for (bool hit = true; hit && k < 20'000; ++k) {
            pair p;
            fails_in = k;
            try {
                go(p, right);
            } catch (const std::bad_alloc&) {
            }
            hit = fails_in == 0;
            fails_in = 0;
            if (!right) {
                INFO("allocation " << k);
                REQUIRE(p.client.authenticated == 0);
                REQUIRE(p.server.authenticated == 0);
            }
        }
        CHECK(k > 200);
        CHECK(k < 20'000);
    }
}
