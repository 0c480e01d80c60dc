#include "mux/channel_impl.hpp"
#include "mux_fixture.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

using namespace mux_test;

namespace {
std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> allocated_bytes{0};
} // namespace

void* operator new(std::size_t n)
{
    ++allocations;
    allocated_bytes += n;
    if (void* p = std::malloc(n))
        return p;
    throw std::bad_alloc();
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept
{
    ++allocations;
    return std::malloc(n);
}
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE("an idle open channel costs at most 500 bytes")
{
    CHECK(sizeof(mux::channel_impl) + 16 /* control block */ + 24 /* slot */ <= 500);
    end e;
    std::vector<recorder> r(2000);
    std::size_t opened_bytes = 0;
    for (auto& x : r) {
        const std::size_t start = allocated_bytes;
        x.ch = *e.mux.open("session", {}, x);
        opened_bytes += allocated_bytes - start;
        if (e.confirm(x.ch->local_id()))
            FAIL();
        e.sent.clear();
    }
    // The table's growth and the test's copy of the message included.
    CHECK(opened_bytes / r.size() <= 500);
    REQUIRE(!e.request(r[0].ch->local_id(), "shell", false));
    r[0].ch->close();
}

TEST_CASE("data in and out and adjustments allocate nothing per packet")
{
    end e;
    recorder r;
    e.opened(r, 0xffffffff);
    e.keep_data = false;
    const auto id = r.ch->local_id();
    msg::channel_data d;
    d.recipient = id;
    const std::string block(16 * 1024, 'x');
    d.data = view_of(block);
    const bytes data = wire::encoded(d);
    msg::channel_window_adjust a;
    a.recipient = id;
    a.bytes = 1;
    const bytes adjust = wire::encoded(a);
    std::vector<char> buffer(64 * 1024);
    const auto into = std::as_writable_bytes(std::span(buffer));
    const auto round = [&](bool read) {
        bool ok = true;
        for (int i = 0; i < 2; ++i)
            ok = ok && !e.mux.handle(data);
        while (read && r.ch->read(mux::stream::data, into) > 0) { }
        ok = ok && r.ch->write(mux::stream::data, view_of(block)) == block.size();
        ok = ok && !e.mux.handle(adjust);
        return ok;
    };
    // What takes data at once in the test keeps it in a string, so it is counted apart.
    struct taker : recorder {
        std::size_t on_data(mux::stream, byte_view b) override { return b.size(); }
    };
    for (int i = 0; i < 50; ++i)
        REQUIRE(round(true));
    const std::size_t before = allocations;
    bool ok = true;
    for (int i = 0; i < 1000; ++i)
        ok = round(true) && ok;
    const std::size_t queued_path = allocations - before;
    CHECK(ok);
    CHECK(queued_path == 0);

    taker t;
    e.keep_data = true;
    e.opened(t, 0xffffffff);
    e.keep_data = false;
    d.recipient = t.ch->local_id();
    const bytes other = wire::encoded(d);
    const std::size_t start = allocations;
    for (int i = 0; i < 5000; ++i)
        ok = !e.mux.handle(other) && ok;
    const std::size_t direct_path = allocations - start;
    CHECK(ok);
    CHECK(direct_path == 0);
}

TEST_CASE("T69 refused opens and closed channels leave no memory behind")
{
    end e;
    const auto one = [&] {
        recorder r;
        r.ch = *e.mux.open("session", {}, r);
        REQUIRE(!e.refuse_open(r.ch->local_id()));
        e.opened(r);
        REQUIRE(!e.data(r.ch->local_id(), std::string(10'000, 'x')));
        REQUIRE(r.ch->request("exec", true, {}, 1).has_value());
        REQUIRE(!e.request(r.ch->local_id(), "exec", true));
        r.ch->detach();
        REQUIRE(!e.brief<msg::channel_close>(r.ch->local_id()));
        std::weak_ptr<mux::channel> gone = r.ch;
        r.ch.reset();
        CHECK(gone.expired());
        e.sent.clear();
    };
    for (int i = 0; i < 1000; ++i)
        one();
    CHECK(e.mux.channel_count() == 0);
}
