#include "pair.hpp"

#include <algorithm>
#include <stdexcept>

namespace sshoal::engine::test {
namespace {

// For tests only: an explicit instantiation may name a private member.
template <auto Member>
struct open_door {
    friend transport::transport::impl& impl_of(transport::transport& t) noexcept { return *(t.*Member); }
};
transport::transport::impl& impl_of(transport::transport& t) noexcept;
template struct open_door<&transport::transport::impl_>;

} // namespace

pair::pair(chunks how, std::uint64_t seed)
    : client(role::client, seed * 3 + 1), server(role::server, seed * 3 + 2), how_(how), random_(seed * 3)
{
}

void pair::start()
{
    client.create();
    server.create();
    client.core->start(now);
    server.core->start(now);
}

void pair::lose()
{
    const error_code why = boost::system::errc::make_error_code(boost::system::errc::connection_reset);
    client.core->stream_ended(why);
    server.core->stream_ended(why);
}

bool pair::carry(end& from, end& to)
{
    io_buffer& pipe = &to == &client ? to_client_ : to_server_;
    const bool reads = &to == &client ? client_reads : server_reads;
    io_buffer& out = from.core->output();
    while (from.core->resume_writers()) {
    }
    bool moved = false;
    if (const std::size_t n = std::min(out.size(), pipe_room - std::min(pipe_room, pipe.size())); n > 0) {
        std::memcpy(pipe.append(n), out.view().data(), n);
        out.consume(n);
        from.core->output_sent(now);
        moved = true;
    }
    if (!to.core->input().empty() && to.core->wants_input())
        while (to.core->receive(now)) {
        }
    while (!pipe.empty() && reads && to.core->wants_input()) {
        std::size_t n = pipe.size();
        if (how_ == chunks::one_byte) {
            n = 1;
        } else if (how_ == chunks::random) {
            std::byte r[2];
            random_.fill(r);
            n = std::min(n, 1 + (std::size_t(r[0]) << 3 | std::size_t(r[1]) >> 5));
        }
        if (lose_after)
            n = std::min(n, *lose_after - carried);
        std::memcpy(to.core->input().append(n), pipe.view().data(), n);
        pipe.consume(n);
        carried += n;
        moved = true;
        while (to.core->receive(now)) {
        }
        if (lose_after && carried == *lose_after) {
            lose();
            return false;
        }
    }
    if (to.core->ended())
        pipe.clear();
    if (ends_with_stream && from.core->ended() && out.empty() && pipe.empty() && !to.core->ended()) {
        to.core->stream_ended({});
        moved = true;
    }
    return moved;
}

bool pair::tick(end& e)
{
    if (e.core->next_deadline() > now)
        return false;
    e.core->handle_deadline(now);
    return true;
}

void pair::run()
{
    if (lose_after && *lose_after == carried)
        lose();
    for (int rounds = 0; rounds < 2'000'000; ++rounds) {
        if (between_turns)
            between_turns();
        const bool a = carry(client, server);
        const bool b = carry(server, client);
        const bool c = tick(client);
        const bool d = tick(server);
        if (!a && !b && !c && !d)
            return;
    }
    throw std::runtime_error("the two ends never come to rest");
}

void pair::log_in()
{
    start();
    run();
}

void pair::advance(duration d)
{
    now += d;
    run();
}

transport::transport::impl& guts(end& e) noexcept { return impl_of(const_cast<transport::transport&>(e.core->wire())); }

void inject(end& from, byte_view payload) { guts(from).write(payload); }

void begin_rekey(end& e)
{
    transport::transport::impl& t = guts(e);
    if (!t.kex_ && !t.failed_)
        t.begin_kex();
}

bytes bare(int number) { return bytes{std::byte(number)}; }

bool all_received(const end& e, std::uint64_t n)
{
    for (const auto& t : e.tubes)
        if (t->received != n || !t->intact)
            return false;
    return true;
}

} // namespace sshoal::engine::test
