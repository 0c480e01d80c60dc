// T41: every message number, in every phase, at both ends of a real engine, from a peer that holds real keys. What may
// reach a handler is what transport::judge() says, and nothing else.
#include "../engine/pair.hpp"
#include "catch.hpp"
#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/numbers.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;
using transport::phase;
using transport::verdict;

namespace {

constexpr phase all_phases[] = {phase::kexinit, phase::kex, phase::service, phase::auth, phase::auth_busy, phase::connected,
    phase::rekey, phase::auth_rekey, phase::closing};

/// A message that a decoder takes, where there is one.
bytes plausible(int number)
{
    namespace m = wire::msg;
    bytes out;
    wire::writer w(out);
    switch (number) {
    case 1: return wire::encoded(m::disconnect());
    case 2: return wire::encoded(m::ignore());
    case 3: return wire::encoded(m::unimplemented());
    case 4: return wire::encoded(m::debug());
    case 5: w.u8(5).string(std::string_view("ssh-userauth")); return out;
    case 6: w.u8(6).string(std::string_view("ssh-userauth")); return out;
    case 7: return wire::encoded(m::ext_info());
    case 50: m::encode_userauth_request(w, "alice", "ssh-connection", m::auth_none()); return out;
    case 51: return wire::encoded(m::userauth_failure());
    case 53: return wire::encoded(m::userauth_banner());
    case 60: return wire::encoded(m::userauth_info_request());
    case 61: w.u8(61).u32(0); return out;
    case 80: return wire::encoded(m::global_request());
    case 90: w.u8(90).string(std::string_view("session")).u32(9).u32(100'000).u32(1000); return out;
    case 91: w.u8(91).u32(0).u32(0).u32(100).u32(100); return out;
    case 92: return wire::encoded(m::channel_open_failure());
    case 93: w.u8(93).u32(0).u32(1); return out;
    case 94: w.u8(94).u32(0).string(std::string_view("x")); return out;
    case 95: w.u8(95).u32(0).u32(1).string(std::string_view("x")); return out;
    case 96: case 97: case 99: case 100: w.u8(std::uint8_t(number)).u32(0); return out;
    case 98: w.u8(98).u32(0).string(std::string_view("exec")).boolean(true).string(std::string_view("id")); return out;
    case 192: case 193: w.u8(std::uint8_t(number)).string(std::string_view("ping")); return out;
    default: return bare(number);
    }
}

/// A pair whose `victim` is in the phase; the peer is in step with it as far as keys go.
class scene {
public:
    scene(role r, phase at) : victim(r == role::client ? p.client : p.server), peer(p.other(victim))
    {
        p.client.log_in_at_once = false;
        p.client.login.methods = {r == role::server && at == phase::auth_busy ? "keyboard-interactive" : "password"};
        p.ends_with_stream = false;
        p.start();
        if (at == phase::kexinit || at == phase::kex) {
            to_kex(at == phase::kex);
            return;
        }
        p.run();
        if (at == phase::service && r == role::server)
            return;
        // A question that stays open holds the log-in where it is.
        p.client.answer_at_once = !(at == phase::auth || at == phase::auth_rekey);
        if (at == phase::auth_busy && r == role::server)
            p.client.answer_at_once = false;
        if (at == phase::auth_busy && r == role::client)
            p.server.answer_at_once = false;
        p.client.core->log_in(p.client.login);
        if (at == phase::service)
            return; // the request is on its way, the acceptance is not
        p.run();
        if (at == phase::auth_rekey || at == phase::rekey) {
            begin_rekey(peer);
            p.carry(peer, victim);
        }
        if (at == phase::connected || at == phase::closing || at == phase::rekey) {
            if (at != phase::rekey) {
                p.client.open();
                p.run();
            }
        }
        if (at == phase::closing)
            victim.core->disconnect(disconnect_reason::by_application, "bye");
    }

    pair p;
    end& victim;
    end& peer;

private:
    void to_kex(bool init_too)
    {
        io_buffer& from = peer.core->output();
        const std::string_view all = text_of(from.view());
        const std::size_t n = init_too ? from.size() : all.find('\n') + 1;
        std::memcpy(victim.core->input().append(n), from.view().data(), n);
        from.consume(from.size());
        if (!init_too) // the peer's KEXINIT never was: its next packet is the first
            guts(peer).writer_.install(crypto::make_sealer("none", {}, {}), true);
        while (victim.core->receive(p.now)) {
        }
    }
};

/// Everything but traces that the victim's surroundings heard, channels included.
std::size_t heard(const end& e)
{
    std::size_t n = e.told;
    for (const auto& t : e.tubes)
        n += std::size_t(t->confirmed + t->refused + t->eofs + t->writable + t->closed) + t->requests.size() + t->replies.size()
             + std::size_t(t->received) + std::size_t(t->error_bytes);
    return n;
}

/// Empty if the cell behaves as the table says.
std::string defect(scene& s, role r, phase at, int number, const bytes& message, bool strict)
{
    end& v = s.victim;
    const bool ended = v.core->ended();
    const std::size_t before = heard(v);
    const std::size_t answers = v.count_sent(wire::number::unimplemented);
    const std::size_t sent = std::size_t(v.core->wire().count().packets_out);
    s.p.carry(s.peer, v); // what was under way
    inject(s.peer, message);
    bytes wire_bytes = copy_of(s.peer.core->output().view());
    s.peer.core->output().clear();
    std::memcpy(v.core->input().append(wire_bytes.size()), wire_bytes.data(), wire_bytes.size());
    while (v.core->receive(s.p.now)) {
    }
    const std::size_t calls = heard(v) - before;
    const bool failed = v.core->ended() && !ended;
    const bool by_policy = failed && v.why.code() == errc::unexpected_message
                           && v.why.context().find(" in the phase: ") != std::string::npos;
    switch (transport::judge(r, at, std::uint8_t(number), strict)) {
    case verdict::drop:
        if (!by_policy)
            return "was not refused by the policy";
        if (calls != 1 + v.tubes.size())
            return "something but the end was told";
        break;
    case verdict::ignore:
        if (failed || calls > 0 || std::size_t(v.core->wire().count().packets_out) != sent)
            return "was not ignored";
        break;
    case verdict::unimplemented:
        if (failed || calls > 0 || v.count_sent(wire::number::unimplemented) != answers + 1
            || std::size_t(v.core->wire().count().packets_out) != sent + 1)
            return "was not answered with one UNIMPLEMENTED";
        break;
    case verdict::handle:
        if (by_policy)
            return "was refused by the policy";
        if ((number == 2 || number == 4) && (failed || std::size_t(v.core->wire().count().packets_out) != sent))
            return "was more than told";
        break;
    }
    if (v.authenticated > 0 && at != phase::connected && at != phase::rekey && at != phase::closing && number != 52)
        return "logged somebody in";
    if (r == role::server && v.authenticated > 0 && at != phase::connected && at != phase::rekey && at != phase::closing)
        return "logged somebody in";
    if (at == phase::closing && !v.core->ended())
        return "came back to life";
    return {};
}

/// A message that leaves its victim as it was may be followed by the next one.
bool reusable(const scene& s, verdict v)
{
    return (v == verdict::ignore || v == verdict::unimplemented) && s.p.healthy();
}

} // namespace

TEST_CASE("T41 each of 256 numbers in each phase, at both ends, does what the table says and nothing else")
{
    std::size_t cases = 0;
    for (const role r : {role::client, role::server})
        for (const phase at : all_phases) {
            std::optional<scene> s;
            for (int number = 0; number < 256; ++number) {
                const bool strict = at != phase::kexinit;
                const bytes whole = plausible(number);
                for (const bytes& message : {whole, bare(number)}) {
                    if (message.size() == 1 && whole.size() == 1 && &message != &whole && s)
                        s.reset(); // numbers without a body are tried twice, on a fresh victim each
                    if (!s) {
                        s.emplace(r, at);
                        REQUIRE(s->victim.core->wire().current_phase() == at);
                    }
                    const std::string bad = defect(*s, r, at, number, message, strict);
                    INFO((r == role::client ? "client, " : "server, ") << transport::name_of(at));
                    INFO("message " << number << " of " << message.size() << " bytes " << bad << "; " << s->victim.why.context());
                    REQUIRE(bad.empty());
                    ++cases;
                    if (!reusable(*s, transport::judge(r, at, std::uint8_t(number), strict)))
                        s.reset();
                }
            }
        }
    CHECK(cases == 2 * 9 * 256 * 2);
}

TEST_CASE("T41 without strict key exchange the first one tolerates 2, 3 and 4, and nothing more")
{
    for (const role r : {role::client, role::server})
        for (int number = 0; number < 256; ++number) {
            scene s(r, phase::kex);
            guts(s.victim).strict_ = false;
            const std::string bad = defect(s, r, phase::kex, number, plausible(number), false);
            INFO((r == role::client ? "client" : "server") << ", message " << number << " " << bad);
            REQUIRE(bad.empty());
        }
}
