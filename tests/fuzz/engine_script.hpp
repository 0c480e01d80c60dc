// engine_script.hpp - turns bytes into a session: one end is a whole engine, the other a peer that shares keys with it and sends
// whatever payloads the input holds, so that states behind encryption and log-in are reached.
//
// Input: a byte that says where to begin and how, then entries. An entry is two bytes of length and so many bytes of payload;
// lengths from 0xff00 on carry no payload and are commands, see command().
#pragma once

#include "../engine/pair.hpp"

#include <cstdlib>
#include <stdexcept>

namespace sshoal::fuzz {

namespace et = engine::test;

inline void require(bool holds)
{
    if (!holds)
        std::abort();
}

class script {
public:
    script(role r, byte_view input)
        : victim_(r == role::client ? p_.client : p_.server), peer_(p_.other(victim_)), input_(input)
    {
    }

    void run()
    {
        if (input_.empty())
            return;
        const auto how = std::to_integer<unsigned>(input_[0]);
        input_ = input_.subspan(1);
        prepare(how);
        begin(how & 7u);
        while (!input_.empty() && !victim_.core->ended())
            entry();
        if (!victim_.core->ended())
            step();
        finish();
    }

private:
    enum stage { raw, plain, keys, service, log_in, connected, rekey, busy };

    void prepare(unsigned how)
    {
        for (et::end* e : {&p_.client, &p_.server}) {
            e->keep_trace = false;
            if (how & 0x08)
                e->options.transport.algos.compression("zlib@openssh.com,none");
            e->options.connection.initial_window = 4096;
            e->options.connection.max_window = 16'384;
            e->options.connection.max_channels = 20;
            e->options.server_auth.banner = "hello";
        }
        p_.ends_with_stream = false;
        p_.client.log_in_at_once = false;
        p_.client.login.methods = {"publickey", "keyboard-interactive", "password"};
        p_.client.keys = {et::user_key()};
        if (how & 0x10)
            victim_.options.transport.rekey_packets = 3;
        if (how & 0x20)
            victim_.options.keepalive_interval = std::chrono::seconds(5);
        late_answers_ = (how & 0x40) != 0;
        if (how & 0x80)
            p_.server.factors = {"publickey", "keyboard-interactive"};
    }

    void begin(unsigned where)
    {
        p_.start();
        if (where == raw || where == plain) {
            peer_.core->output().clear();
            if (where == plain) {
                give(view_of(std::string_view("SSH-2.0-fuzz\r\n")));
                et::guts(peer_).writer_.install(crypto::make_sealer("none", {}, {}), true);
            }
            raw_ = where == raw;
            return;
        }
        p_.run();
        victim_.answer_at_once = !late_answers_ || where >= connected;
        if (where == keys)
            return;
        p_.server.answer_at_once = p_.server.answer_at_once && where != busy && where != log_in;
        p_.client.core->log_in(p_.client.login);
        if (where == service)
            return;
        p_.run();
        if (where == log_in || where == busy)
            return;
        for (int i = 0; i < 3; ++i)
            p_.client.open();
        p_.run();
        if (where == rekey)
            peer_.core->rekey();
        step();
    }

    void entry()
    {
        if (raw_) {
            give(input_);
            input_ = {};
            return;
        }
        if (input_.size() < 2) {
            input_ = {};
            return;
        }
        const std::size_t length = std::to_integer<std::size_t>(input_[0]) << 8 | std::to_integer<std::size_t>(input_[1]);
        input_ = input_.subspan(2);
        if (length >= 0xff00) {
            command(unsigned(length & 0x0f));
        } else {
            const byte_view payload = input_.first(std::min(length, input_.size()));
            input_ = input_.subspan(payload.size());
            if (!payload.empty())
                et::inject(peer_, payload);
            step();
        }
        require(victim_.core->output().size() < 4u << 20);
    }

    /// What the victim's own side and the world around it do.
    void command(unsigned what)
    {
        et::tube* const t = victim_.tubes.empty() ? nullptr : victim_.tubes[turn_++ % victim_.tubes.size()].get();
        switch (what) {
        case 0: p_.now += std::chrono::seconds(7); tick(); break;
        case 1: victim_.settle(); break;
        case 2: settle_all(); break;
        case 3:
            if (victim_.core->authenticated() && victim_.core->channels().channel_count() < 20)
                victim_.open();
            break;
        case 4:
            if (t)
                t->send(3000);
            break;
        case 5:
            if (t)
                t->channel->close();
            break;
        case 6:
            if (t)
                t->channel->send_eof();
            break;
        case 7:
            if (t)
                (void)t->channel->request("exec", true, {}, turn_);
            break;
        case 8:
            if (victim_.core->authenticated())
                (void)victim_.core->channels().request_global("x", true, {}, turn_);
            break;
        case 9: victim_.core->rekey(); break;
        case 10: converse(); break;
        case 11:
            if (t) {
                t->takes = !t->takes;
                t->drain();
            }
            break;
        case 12: victim_.core->ping(turn_); break;
        case 13: peer_.core->rekey(); break;
        case 14:
            if (t)
                t->channel->detach();
            break;
        default: victim_.core->disconnect(disconnect_reason::by_application, "enough"); break;
        }
    }

    void settle_all()
    {
        for (int i = 0; i < 20 && victim_.settle(); ++i) {
        }
    }
    void tick()
    {
        if (victim_.core->next_deadline() <= p_.now)
            victim_.core->handle_deadline(p_.now);
    }
    /// The peer's bytes arrive; the victim's are read by nobody.
    void step()
    {
        for (int i = 0; i < 50 && p_.carry(peer_, victim_); ++i) {
        }
        tick();
        if (!victim_.core->ended() && !victim_.core->output().empty()) {
            victim_.core->output().clear();
            victim_.core->output_sent(p_.now);
            while (victim_.core->resume_writers()) {
            }
        }
    }
    /// Both engines talk, for a while.
    void converse()
    {
        for (int i = 0; i < 20; ++i) {
            const bool a = p_.carry(peer_, victim_);
            const bool b = p_.carry(victim_, peer_);
            tick();
            if (!a && !b)
                return;
        }
    }
    void give(byte_view data)
    {
        if (!data.empty())
            std::memcpy(victim_.core->input().append(data.size()), data.data(), data.size());
        while (victim_.core->receive(p_.now)) {
        }
    }

    void finish()
    {
        require(victim_.ends == (victim_.core->ended() ? 1 : 0));
        victim_.core->stream_ended({});
        require(victim_.ends == 1);
        require(victim_.told_after_end == 0);
        require(victim_.authenticated <= 1 && victim_.established <= 1);
        require(victim_.core->next_deadline() == never);
        for (const auto& t : victim_.tubes)
            require(t->confirmed <= 1 && t->refused + t->closed <= 1);
    }

    et::pair p_;
    et::end& victim_;
    et::end& peer_;
    byte_view input_;
    bool raw_ = false;
    bool late_answers_ = false;
    std::uint64_t turn_ = 0;
};

} // namespace sshoal::fuzz
