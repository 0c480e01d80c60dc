#include "catch.hpp"
#include "pair.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;

namespace {

std::size_t allocations = 0;
std::size_t live_bytes = 0;

} // namespace

// Every allocation of this program is counted.
void* operator new(std::size_t size)
{
    void* const p = std::malloc(size);
    if (!p)
        throw std::bad_alloc();
    ++allocations;
    live_bytes += malloc_usable_size(p);
    return p;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    void* const p = std::malloc(size);
    ++allocations;
    live_bytes += p ? malloc_usable_size(p) : 0;
    return p;
}
void operator delete(void* p) noexcept
{
    if (p)
        live_bytes -= malloc_usable_size(p);
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { operator delete(p); }

TEST_CASE("every cipher with every MAC carries data both ways")
{
    for (const auto& cipher : crypto::ciphers())
        for (const auto& mac : crypto::macs()) {
            if (cipher.aead && mac.name != crypto::macs().front().name)
                continue;
            INFO(cipher.name << " " << mac.name);
            pair p(chunks::random);
            p.client.config.algos.ciphers(cipher.name).macs(mac.name);
            p.server.config.algos.ciphers(cipher.name).macs(mac.name);
            p.connect();
            REQUIRE(p.healthy());
            CHECK(p.client.t->agreed().cipher_out == cipher.name);
            CHECK(p.client.t->agreed().mac_in == (cipher.aead ? std::string_view() : mac.name));
            for (const std::size_t size : {1u, 2u, 100u, 32768u}) {
                p.client.t->send(message(94, size));
                p.server.t->send_data(message(94, 9), message(2, size));
            }
            p.run();
            REQUIRE(p.healthy());
            REQUIRE(p.client.received.size() == 4);
            REQUIRE(p.server.received.size() == 4);
            CHECK(p.server.received[3] == message(94, 32768));
        }
}

TEST_CASE("delayed compression starts behind USERAUTH_SUCCESS, in both directions")
{
    for (const chunks how : {chunks::whole, chunks::one_byte}) {
        pair p(how);
        p.client.config.algos.compression("zlib@openssh.com");
        p.server.config.algos.compression("zlib@openssh.com,none");
        p.connect();
        p.set_phase(phase::auth_busy);
        p.client.t->send(message(50, 300, 0));
        p.run();
        p.server.t->send(message(52, 1));
        p.run();
        REQUIRE(p.healthy());
        const std::uint64_t before = p.client.t->count().bytes_in;
        p.set_phase(phase::connected);
        p.client.t->authenticated(); // has begun already: no harm
        p.server.t->authenticated();
        for (int i = 0; i < 4; ++i) {
            p.server.t->send_data(message(94, 9), message(0, 20000, 0x61));
            p.client.t->send(message(94, 20000, 0x62));
        }
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.received.back().size() == 20009);
        CHECK(p.server.received.back() == message(94, 20000, 0x62));
        CHECK(p.client.t->count().bytes_in - before < 4000);
        // A fresh stream behind each key exchange; and it can be switched off.
        p.client.t->rekey(p.now);
        p.run();
        p.client.t->send(message(94, 20000, 0x63));
        p.run();
        p.client.config.algos.compression("none");
        p.server.t->rekey(p.now);
        p.run();
        REQUIRE(p.healthy());
        const std::uint64_t plain = p.server.t->count().bytes_in;
        p.client.t->send(message(94, 20000, 0x64));
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.server.t->count().bytes_in - plain > 20000);
        CHECK(p.server.received.back() == message(94, 20000, 0x64));
    }
}

TEST_CASE("T13: a USERAUTH_SUCCESS that waits behind a key exchange starts compression where it stands")
{
    for (const bool server_starts : {true, false}) {
        pair p;
        p.client.config.algos.compression("zlib@openssh.com");
        p.server.config.algos.compression("zlib@openssh.com");
        p.connect();
        p.set_phase(phase::auth_busy);
        if (server_starts)
            p.server.t->rekey(p.now);
        else
            p.client.t->rekey(p.now); // put off until the success: the client could not know where compression begins
        p.server.t->send(message(52, 1));
        p.server.t->authenticated();
        p.server.t->send(message(94, 5000));
        p.set_phase(phase::connected);
        p.client.t->set_phase(phase::auth_busy);
        p.client.on_message = [&](byte_view m) {
            if (m[0] == std::byte(52)) {
                p.client.t->set_phase(phase::connected);
                p.client.t->authenticated();
            }
            return failure();
        };
        p.run();
        p.client.t->send(message(94, 6000));
        p.run();
        INFO(p.client.t->failed().context() << p.server.t->failed().context());
        REQUIRE(p.healthy());
        CHECK(p.client.received.size() == 2);
        CHECK(p.server.received.size() == 1);
        CHECK(p.client.t->count().key_exchanges == 2);
        CHECK(p.client.t->count().bytes_in < 10000);
    }
}

TEST_CASE("T12: a compressed packet that inflates past the limit ends the connection")
{
    pair p;
    p.client.config.algos.compression("zlib@openssh.com");
    p.server.config.algos.compression("zlib@openssh.com");
    p.connect();
    p.set_phase(phase::auth_busy);
    p.server.t->send(message(52, 1));
    p.run();
    p.set_phase(phase::connected);
    p.client.t->send(message(94, 256 * 1024));
    p.run();
    REQUIRE(p.healthy());
    p.client.t->send(message(94, 4 * 1024 * 1024));
    p.run();
    CHECK(p.server.t->failed().code() == errc::decompression_failed);
    CHECK(p.client.t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::compression_error));
    CHECK(p.server.received.size() == 1);
}

TEST_CASE("sending and receiving data allocates nothing once it runs")
{
    for (const auto& cipher : crypto::ciphers()) {
        pair p;
        p.client.config.algos.ciphers(cipher.name);
        p.client.keep_payloads = p.server.keep_payloads = false;
        p.client.keep_trace = p.server.keep_trace = false;
        p.connect();
        const bytes head = message(94, 9);
        const bytes body = message(7, 1000);
        const auto burst = [&](end& from, end& to) {
            for (int i = 0; i < 20; ++i)
                from.t->send_data(head, body);
            io_buffer& out = from.t->output();
            std::memcpy(to.t->input().append(out.size()), out.view().data(), out.size());
            out.clear();
            to.t->receive(p.now, 1 << 20);
        };
        for (int i = 0; i < 3; ++i) {
            burst(p.client, p.server);
            burst(p.server, p.client);
        }
        const std::size_t before = allocations;
        for (int i = 0; i < 50; ++i) {
            burst(p.client, p.server);
            burst(p.server, p.client);
        }
        const std::size_t made = allocations - before;
        INFO(cipher.name);
        CHECK(made == 0);
        CHECK(p.client.received_bytes == 53 * 20 * 1009);
        CHECK(p.healthy());
    }
}

TEST_CASE("an idle transport is small")
{
    for (const auto& cipher : crypto::ciphers()) {
        pair p;
        p.client.config.algos.ciphers(cipher.name);
        p.client.keep_payloads = p.server.keep_payloads = false;
        p.client.keep_trace = p.server.keep_trace = false;
        p.connect(); // once, for what is made once per program
        p.client.t.reset();
        p.server.t.reset();
        p.client.host_key_asked.reset();
        p.server.sign_asked.reset();
        const std::size_t before = live_bytes;
        p.connect();
        for (end* e : {&p.client, &p.server}) {
            e->t->input().release_if_empty();
            e->t->output().release_if_empty();
        }
        const std::size_t both = live_bytes - before;
        INFO(cipher.name << ": " << both / 2 << " bytes each");
        CHECK(both / 2 < 6000);
        if (std::getenv("SSHOAL_TEST_VERBOSE"))
            WARN(cipher.name << ": " << both / 2 << " bytes each");
    }
}
