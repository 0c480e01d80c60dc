#include "pair.hpp"

#include <algorithm>
#include <map>

namespace sshoal::transport::test {
namespace {

// For tests only: an explicit instantiation may name a private member.
template <auto Member>
struct open_door {
    friend transport::impl& impl_of(transport& t) noexcept { return *(t.*Member); }
};
transport::impl& impl_of(transport& t) noexcept;
template struct open_door<&transport::impl_>;

} // namespace

transport::impl& guts(transport& t) noexcept { return impl_of(t); }

const private_key& test_key(key_type type)
{
    static auto& made = *new std::map<key_type, private_key>; // outlives the cryptographic library's own statics
    auto& key = made[type];
    if (!key)
        key = private_key::generate(type, type == key_type::rsa ? 2048 : 0).value();
    return key;
}

const private_key& other_key(key_type type)
{
    static auto& made = *new std::map<key_type, private_key>; // outlives the cryptographic library's own statics
    auto& key = made[type];
    if (!key)
        key = private_key::generate(type, type == key_type::rsa ? 2048 : 0).value();
    return key;
}

end::end(role self, std::uint64_t seed) : random_(seed)
{
    config.self = self;
}

void end::create()
{
    if (config.self == role::server) {
        if (keys.empty())
            keys.push_back(test_key(key_type::ed25519));
        if (config.host_keys.empty())
            for (const private_key& key : keys)
                config.host_keys.push_back(key.public_half());
    }
    t = std::make_unique<transport>(config, random_, *this);
}

failure end::on_payload(byte_view payload)
{
    received_bytes += payload.size();
    if (keep_payloads)
        received.push_back(copy_of(payload));
    if (on_message)
        return on_message(payload);
    return {};
}

void end::on_keys(bool first)
{
    ++(first ? first_keys : later_keys);
    if (when_keys)
        when_keys();
}

void end::on_host_key(host_key_question q)
{
    ++host_keys_asked;
    host_key_asked = std::move(q);
    if (answer_at_once)
        answer_host_key();
}

void end::on_sign(host_sign_question q)
{
    ++signs_asked;
    sign_asked = std::move(q);
    if (answer_at_once)
        answer_sign();
}

void end::answer_host_key()
{
    host_key_asked.reset();
    t->host_key_verdict(verdict);
}

void end::answer_sign()
{
    const host_sign_question q = std::move(*sign_asked);
    sign_asked.reset();
    outcome<bytes> signature = keys[q.host_key].sign(q.algorithm, q.data);
    if (bend_signature && signature)
        bend_signature(*signature);
    t->signature(std::move(signature));
}

std::vector<int> end::numbers(bool outgoing) const
{
    std::vector<int> result;
    for (const events::packet& e : trace)
        if (e.outgoing == outgoing)
            result.push_back(e.number);
    return result;
}

pair::pair(chunks how, std::uint64_t seed)
    : client(role::client, seed * 3 + 1)
    , server(role::server, seed * 3 + 2)
    , how_(how)
    , random_(seed * 3)
{
}

void pair::start()
{
    client.create();
    server.create();
    client.t->start(now);
    server.t->start(now);
}

std::size_t pair::carry(end& from, end& to)
{
    bytes moving = copy_of(from.t->output().view());
    from.t->output().clear();
    if (tap && !moving.empty())
        tap(moving, from);
    byte_view left = moving;
    while (!left.empty()) {
        std::size_t n = left.size();
        if (how_ == chunks::one_byte) {
            n = 1;
        } else if (how_ == chunks::random) {
            std::byte r[2];
            random_.fill(r);
            n = std::min(n, 1 + (std::size_t(r[0]) << 4 | std::size_t(r[1]) >> 4));
        }
        const byte_span room = to.t->input().prepare(n);
        std::memcpy(room.data(), left.data(), n);
        to.t->input().commit(n);
        left = left.subspan(n);
        while (to.t->receive(now, budget)) {
        }
    }
    return moving.size();
}

void pair::run()
{
    for (int rounds = 0; rounds < 100000; ++rounds) {
        const std::size_t a = carry(client, server);
        const std::size_t b = carry(server, client);
        if (a + b == 0)
            return;
    }
    throw std::runtime_error("the two ends never come to rest");
}

void pair::set_phase(phase p)
{
    client.t->set_phase(p);
    server.t->set_phase(p);
}

void pair::connect()
{
    start();
    run();
    set_phase(phase::connected);
}

void pair::tick()
{
    for (end* e : {&client, &server})
        if (e->t->next_deadline() <= now)
            e->t->handle_deadline(now);
}

void begin_with(end& e, const std::function<void(wire::msg::kexinit&)>& change)
{
    transport::impl& g = guts(*e.t);
    crypto::deterministic_random random(99);
    g.kex_ = std::make_unique<kex_state>();
    wire::msg::kexinit m = make_kexinit(e.config, random, !g.established_);
    change(m);
    g.kex_->our_init = wire::encoded(m);
    g.write(g.kex_->our_init);
    g.arm_ = true;
}

void start_with(end& e, time_point now, const std::function<void(wire::msg::kexinit&)>& change)
{
    e.t->start(now);
    transport::impl& g = guts(*e.t);
    g.out_.clear();
    g.writer_.install(crypto::make_sealer("none", {}, {}), true);
    e.trace.clear();
    const std::string line = g.our_line_ + "\r\n";
    std::memcpy(g.out_.append(line.size()), line.data(), line.size());
    begin_with(e, change);
}

bytes plain_packet(byte_view payload)
{
    crypto::deterministic_random random(5);
    packet_writer writer(random);
    io_buffer out;
    writer.write(out, payload, {});
    return copy_of(out.view());
}

void give(end& to, time_point now, byte_view data)
{
    if (!data.empty())
        std::memcpy(to.t->input().append(data.size()), data.data(), data.size());
    while (to.t->receive(now, 1 << 20)) {
    }
}

bytes message(std::uint8_t number, std::size_t size, std::uint8_t fill)
{
    bytes m(size, std::byte(fill));
    m[0] = std::byte(number);
    return m;
}

} // namespace sshoal::transport::test
