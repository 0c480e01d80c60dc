// mux_fixture.hpp - a multiplexer facing a script, and two multiplexers joined by a pipe of messages with gates and a clock.
#pragma once

#include "catch.hpp"
#include "mux/multiplexer.hpp"
#include "wire/connection_messages.hpp"

#include <deque>
#include <functional>
#include <map>

namespace mux_test {

using namespace sshoal;
namespace msg = wire::msg;

/// Keeps all that a channel reports, and runs hooks from inside the calls.
struct recorder : mux::channel_observer {
    std::shared_ptr<mux::channel> ch;
    int confirmed = 0, refused = 0, eofs = 0, writable = 0, closed = 0;
    bool takes = false; // takes data at once; otherwise it is queued
    std::string in[2];
    std::string refusal;
    failure why;
    std::vector<std::string> requests;
    std::vector<std::uint64_t> request_tokens;
    std::vector<std::pair<std::uint64_t, bool>> replies;
    std::function<void()> at_confirmed, at_refused, at_data, at_eof, at_writable, at_request, at_reply, at_closed,
        at_peer_closed;

    static void run(const std::function<void()>& f)
    {
        if (f)
            f();
    }
    void on_open_confirmed(byte_view) override { ++confirmed, run(at_confirmed); }
    void on_open_refused(open_failure, std::string text) override { ++refused, refusal = text, run(at_refused); }
    std::size_t on_data(mux::stream s, byte_view d) override
    {
        if (takes)
            in[int(s)] += text_of(d);
        run(at_data);
        return takes ? d.size() : 0;
    }
    void on_eof() override { ++eofs, run(at_eof); }
    void on_peer_closed() override { run(at_peer_closed); }
    void on_writable() override { ++writable, run(at_writable); }
    void on_request(const mux::incoming_request& r) override
    {
        requests.emplace_back(r.type);
        if (r.want_reply)
            request_tokens.push_back(r.token);
        run(at_request);
    }
    void on_reply(std::uint64_t token, bool success) override { replies.emplace_back(token, success), run(at_reply); }
    void on_closed(const failure& f) override { ++closed, why = f, run(at_closed); }

    std::string read(mux::stream s = mux::stream::data, std::size_t most = 1 << 20)
    {
        std::string out(std::min(most, ch->queued(s)), 0);
        out.resize(ch->read(s, std::as_writable_bytes(std::span(out.data(), out.size()))));
        return out;
    }
    int calls() const { return confirmed + refused + eofs + writable + closed + int(requests.size() + replies.size()); }
};

/// One end: a multiplexer, what it sent, and what it was asked.
struct end : mux::output, mux::observer {
    explicit end(const mux::settings& s = {}, const time_point* clock = nullptr) : clock_(clock), settings(s), mux(settings, *this, *this) {}

    const time_point* clock_;
    const mux::settings settings;
    time_point own_clock = time_point() + std::chrono::hours(1);
    bool gate = true;
    bool flapping = false;             // shut after each data packet, as a key exchange per packet would
    std::size_t room = ~std::size_t(0); // data bytes that may still go out
    std::deque<bytes> sent;
    std::vector<std::uint32_t> tickets; // of what wants a reply
    int odd = 0;
    std::size_t data_while_shut = 0;
    bool keep_data = true;
    std::vector<mux::incoming_open> opens;
    std::vector<std::string> open_types;
    std::vector<std::uint64_t> global_tokens;
    std::size_t globals = 0;
    std::map<std::uint64_t, bool> global_replies;
    std::string global_body;
    std::function<void(const mux::incoming_open&)> at_open;
    std::function<void(const mux::incoming_global_request&)> at_global;
    mux::multiplexer mux;

    bool can_send_data() const noexcept override { return gate && room > 0; }
    std::size_t data_room() const noexcept override { return can_send_data() ? room : 0; }
    void send_data(byte_view head, byte_view body) override
    {
        data_while_shut += !can_send_data();
        room -= std::min(room, body.size());
        if (flapping)
            gate = false;
        if (!keep_data)
            return;
        bytes m = copy_of(head);
        append(m, body);
        sent.push_back(std::move(m));
    }
    void send(byte_view payload) override
    {
        if (keep_data)
            sent.push_back(copy_of(payload));
    }
    void send_question(byte_view payload, std::uint32_t ticket) override
    {
        tickets.push_back(ticket);
        send(payload);
    }
    failure odd_message(std::string_view) override { return ++odd, failure(); }
    time_point now() const noexcept override { return clock_ ? *clock_ : own_clock; }
    void on_open(const mux::incoming_open& o) override
    {
        opens.push_back(o);
        open_types.emplace_back(o.type);
        if (at_open)
            at_open(o);
    }
    void on_global_request(const mux::incoming_global_request& r) override
    {
        ++globals;
        if (r.want_reply)
            global_tokens.push_back(r.token);
        if (at_global)
            at_global(r);
    }
    void on_global_reply(std::uint64_t token, bool success, byte_view body) override
    {
        global_replies[token] = success;
        global_body = text_of(body);
    }

    void open_gate()
    {
        gate = true;
        mux.sending_possible();
    }

    // The script's side.
    template <class M>
    failure feed(const M& m) { return mux.handle(wire::encoded(m)); }
    template <class M>
    std::size_t count() const
    {
        std::size_t n = 0;
        for (const bytes& b : sent)
            n += b[0] == std::byte(M::number);
        return n;
    }
    /// The oldest unseen message, which has to be of this kind.
    template <class M>
    M next()
    {
        REQUIRE(!sent.empty());
        last = std::move(sent.front());
        sent.pop_front();
        const auto m = M::decode(last);
        REQUIRE(m.has_value());
        return *m;
    }
    bytes last;

    // Messages to this end, short.
    failure data(std::uint32_t id, std::string_view text)
    {
        msg::channel_data m;
        m.recipient = id;
        m.data = view_of(text);
        return feed(m);
    }
    failure extended(std::uint32_t id, std::uint32_t code, std::string_view text)
    {
        msg::channel_extended_data m;
        m.recipient = id;
        m.code = code;
        m.data = view_of(text);
        return feed(m);
    }
    failure adjust(std::uint32_t id, std::uint32_t n)
    {
        msg::channel_window_adjust m;
        m.recipient = id;
        m.bytes = n;
        return feed(m);
    }
    template <class M>
    failure brief(std::uint32_t id)
    {
        M m;
        m.recipient = id;
        return feed(m);
    }
    failure request(std::uint32_t id, std::string_view type, bool want_reply)
    {
        msg::channel_request m;
        m.recipient = id;
        m.type = type;
        m.want_reply = want_reply;
        return feed(m);
    }
    failure peer_opens(std::uint32_t sender = 7, std::uint32_t window = 1 << 20, std::uint32_t max_packet = 32768)
    {
        msg::channel_open m;
        m.type = "session";
        m.sender = sender;
        m.window = window;
        m.max_packet = max_packet;
        return feed(m);
    }
    failure confirm(std::uint32_t id, std::uint32_t window = 1 << 20, std::uint32_t max_packet = 32768, std::uint32_t sender = 7)
    {
        msg::channel_open_confirmation m;
        m.recipient = id;
        m.sender = sender;
        m.window = window;
        m.max_packet = max_packet;
        return feed(m);
    }
    failure refuse_open(std::uint32_t id, std::string_view text = "no")
    {
        msg::channel_open_failure m;
        m.recipient = id;
        m.reason = 1;
        m.description = text;
        return feed(m);
    }
    /// An open channel of ours; the messages that made it are forgotten.
    void opened(recorder& r, std::uint32_t window = 1 << 20, std::uint32_t max_packet = 32768)
    {
        auto c = mux.open("session", {}, r);
        REQUIRE(c.has_value());
        r.ch = *c;
        REQUIRE(!confirm(r.ch->local_id(), window, max_packet));
        sent.clear();
    }
};

/// Two ends and a pipe.
struct pair {
    explicit pair(const mux::settings& a = {}, const mux::settings& b = {}) : left(a, &clock), right(b, &clock) {}
    time_point clock = time_point() + std::chrono::hours(1);
    end left, right;
    failure broken;

    void carry(end& from, end& to)
    {
        for (std::size_t n = from.sent.size(); n > 0 && !broken; --n) {
            const bytes m = std::move(from.sent.front());
            from.sent.pop_front();
            broken = to.mux.handle(m);
        }
    }
    /// Until nobody has anything to say.
    void pump()
    {
        while (!broken && (!left.sent.empty() || !right.sent.empty())) {
            carry(left, right);
            carry(right, left);
        }
        REQUIRE(!broken);
    }
    /// A channel opened by the left end.
    void join(recorder& l, recorder& r)
    {
        right.at_open = [&](const mux::incoming_open& o) { r.ch = right.mux.accept(o.token, r); };
        l.ch = *left.mux.open("session", {}, l);
        pump();
        REQUIRE(l.ch->is_open());
        REQUIRE(r.ch->is_open());
    }
};

/// Writes a text as far as it goes, and on whenever it may.
struct feeder {
    feeder(recorder& r, std::string text, mux::stream s = mux::stream::data) : rec(r), text_(std::move(text)), stream_(s)
    {
        rec.at_writable = [this] { go(); };
    }
    void go()
    {
        done += rec.ch->write(stream_, view_of(std::string_view(text_).substr(done)));
        if (done == text_.size() && !ended) {
            ended = true;
            rec.ch->send_eof();
        }
    }
    recorder& rec;
    std::string text_;
    mux::stream stream_;
    std::size_t done = 0;
    bool ended = false;
};

inline std::string pattern(std::size_t n, unsigned seed = 1)
{
    std::string s(n, 0);
    for (char& c : s)
        c = char((seed = seed * 1664525u + 1013904223u) >> 24);
    return s;
}

} // namespace mux_test
