// channel_scene.hpp - two engines with a channel between them; one of them is lied to by a peer that holds real keys.
#pragma once

#include "../engine/pair.hpp"
#include "catch.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

namespace sshoal::engine::test {

namespace msg = wire::msg;

/// Logged in, with one channel of the client; either end may be the victim.
struct scene {
    explicit scene(role r) : victim(r == role::client ? p.client : p.server), peer(p.other(victim))
    {
        p.ends_with_stream = false;
        p.log_in();
        p.client.open();
        p.run();
        REQUIRE(p.logged_in());
        REQUIRE(p.client.tubes[0]->confirmed == 1);
    }
    tube& channel() { return *victim.tubes.at(0); }
    void deliver()
    {
        while (p.carry(peer, victim)) {
        }
    }
    /// What the victim says goes nowhere, so that the peer's engine does not mind its own lies.
    void drop_answers() { victim.core->output().clear(); }
    template <class M>
    void lie(const M& m)
    {
        inject_message(peer, m);
        deliver();
    }
    std::size_t heard() const
    {
        std::size_t n = victim.told;
        for (const auto& t : victim.tubes)
            n += std::size_t(t->eofs + t->confirmed + t->refused) + std::size_t(t->received) + t->requests.size()
                 + t->replies.size();
        return n;
    }

    pair p;
    end& victim;
    end& peer;
};

inline constexpr role both[] = {role::client, role::server};

inline bytes to_channel(int number, std::uint32_t id)
{
    bytes m;
    wire::writer w(m);
    w.u8(std::uint8_t(number)).u32(id);
    switch (number) {
    case 91: w.u32(0).u32(100).u32(100); break;
    case 92: w.u32(1).string(std::string_view()).string(std::string_view()); break;
    case 93: w.u32(1); break;
    case 94: w.string(std::string_view("x")); break;
    case 95: w.u32(1).string(std::string_view("x")); break;
    case 98: w.string(std::string_view("exec")).boolean(true).string(std::string_view("id")); break;
    default: break;
    }
    return m;
}

} // namespace sshoal::engine::test
