// pair.hpp - a client transport and a server transport joined back to back, with a clock that stands still unless told, and bytes
// carried in pieces of a chosen size.
#pragma once

#include "crypto/rng.hpp"
#include "transport/transport_impl.hpp"
#include "wire/transport_messages.hpp"

#include <functional>
#include <optional>

namespace sshoal::transport::test {

/// The inside of a transport: lets a test play a peer that sends what it should not.
transport::impl& guts(transport&) noexcept;

/// One key of each type, made once per program.
const private_key& test_key(key_type);
const private_key& other_key(key_type);

enum class chunks { one_byte, random, whole };

/// One end and what it was told.
class end final : public handler {
public:
    end(role self, std::uint64_t seed);

    /// Makes the transport from `config`, which must not change afterwards.
    void create();

    failure on_payload(byte_view payload) override;
    void on_keys(bool first) override;
    void on_rekey_started() override { ++rekeys_started; }
    void on_host_key(host_key_question q) override;
    void on_sign(host_sign_question q) override;
    void on_pong(byte_view data) override { pongs.push_back(copy_of(data)); }
    bool wants_events() const noexcept override { return true; }
    bool wants_packets() const noexcept override { return keep_trace; }
    void on_event(const event& e) override
    {
        if (const auto* const p = e.as<events::packet>())
            trace.push_back(*p);
        else if (const auto* const d = e.as<events::peer_debug>())
            debug_texts.emplace_back(d->text);
        else if (const auto* const v = e.as<events::version_exchanged>())
            peer_version = v->peer;
    }

    void answer_host_key();
    void answer_sign();
    /// Traced numbers of one direction.
    std::vector<int> numbers(bool outgoing) const;

    settings config;
    std::vector<private_key> keys; ///< server: what answers on_sign()
    std::unique_ptr<transport> t;

    bool answer_at_once = true;
    bool keep_trace = true;
    bool keep_payloads = true;
    failure verdict;                          ///< client: what to say to a host key
    std::function<void(bytes&)> bend_signature; ///< server
    std::function<failure(byte_view)> on_message;
    std::function<void()> when_keys;
    std::optional<host_key_question> host_key_asked;
    std::optional<host_sign_question> sign_asked;

    std::vector<bytes> received;
    std::size_t received_bytes = 0;
    std::vector<events::packet> trace;
    std::string peer_version;
    std::vector<std::string> debug_texts;
    std::vector<bytes> pongs;
    int host_keys_asked = 0, signs_asked = 0;
    int first_keys = 0, later_keys = 0, rekeys_started = 0;

private:
    crypto::deterministic_random random_;
};

class pair {
public:
    explicit pair(chunks how = chunks::whole, std::uint64_t seed = 1);

    void start(); ///< creates both ends and starts them
    /// Carries bytes until neither end has anything to say.
    void run();
    /// Carries what one end has written so far; returns the number of bytes.
    std::size_t carry(end& from, end& to);
    /// Both directions are up and in the phase "connected".
    void connect();
    void set_phase(phase);
    bool healthy() const { return !client.t->failed() && !server.t->failed(); }
    void advance(duration d) { now += d; }
    void tick(); ///< runs deadlines that are due

    end client, server;
    time_point now{std::chrono::hours(1)};
    std::size_t budget = 1 << 20;
    std::function<void(bytes&, const end& from)> tap; ///< may change what is carried

private:
    chunks how_;
    crypto::deterministic_random random_;
};

/// Starts an end whose first KEXINIT differs from what it would send; begin_with() does the same for a rekey.
void start_with(end& e, time_point now, const std::function<void(wire::msg::kexinit&)>& change);
void begin_with(end& e, const std::function<void(wire::msg::kexinit&)>& change);

/// A packet as it looks before the first NEWKEYS.
bytes plain_packet(byte_view payload);
/// Puts bytes into the input of an end and lets it work.
void give(end& to, time_point now, byte_view data);

/// "94" and some bytes: a message of the connection layer.
bytes message(std::uint8_t number, std::size_t size, std::uint8_t fill = 0x5a);

} // namespace sshoal::transport::test
