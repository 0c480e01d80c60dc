// auth_rig.hpp - stands in for the engine: holds a log-in flow, its messages, its questions and a clock that moves when told.
#pragma once

#include "auth/client_flow.hpp"
#include "auth/server_flow.hpp"
#include "wire/auth_messages.hpp"
#include "wire/transport_messages.hpp"

#include <cstdlib>
#include <deque>
#include <functional>

namespace sshoal::auth::test {

/// The kinds of questions.
using asked_for = auth_attempt::kind;

/// What both ends have in common. Breaks the test where the contract of port.hpp is broken by either side.
template <class Base, class Success>
class rig : public Base {
public:
    void send(byte_view payload) override { sent.push_back(copy_of(payload)); }
    time_point now() const override { return time; }
    void wake_at(time_point when) override { deadline = when; }
    void busy(bool b) override
    {
        if (b == busy_now)
            std::abort();
        busy_now = b;
    }
    void reply_due(bool b) override
    {
        if (b == reply_due_now)
            std::abort();
        reply_due_now = b;
    }
    byte_view session_id() const override { return session; }

    bool listening() const { return !result && this->inbox.waiting() && !busy_now; }
    /// The message, as if it had just arrived.
    void feed(bytes payload)
    {
        if (!listening())
            std::abort();
        put(wake::kind::message, std::move(payload));
    }
    template <class M>
    void feed_message(const M& m) { feed(wire::encoded(m)); }
    void feed_number(std::uint8_t number) { feed(bytes{std::byte(number)}); }
    /// The oldest message that was sent; empty if there is none.
    bytes take()
    {
        if (sent.empty())
            return {};
        bytes first = std::move(sent.front());
        sent.pop_front();
        return first;
    }
    std::uint8_t take_number()
    {
        const bytes b = take();
        return b.empty() ? std::uint8_t(0) : std::uint8_t(b.front());
    }
    bool due() const { return deadline != never && time >= deadline; }
    void tick() { put(wake::kind::time, {}); }
    bool failed_with(error_code code) const { return result && !*result && result->error().code() == code; }
    bool succeeded() const { return result && *result; }

    std::deque<bytes> sent;
    time_point time{std::chrono::hours(1)};
    time_point deadline = never;
    bool busy_now = false;
    bool reply_due_now = false;
    bytes session = copy_of("the session identifier");
    std::optional<outcome<Success>> result;
    flow<outcome<Success>> run;

protected:
    void start(flow<outcome<Success>> f)
    {
        run = std::move(f);
        run.start();
        finish();
    }
    void put(wake::kind what, bytes payload)
    {
        wake w;
        w.what = what;
        w.payload = std::move(payload);
        this->inbox.put(std::move(w));
        finish();
    }
    void finish()
    {
        if (!result && run.done())
            result.emplace(run.take());
    }
};

class client_rig : public rig<client_port, client_success> {
public:
    void ask(client_question q) override
    {
        if (question)
            std::abort();
        question = std::move(q);
    }
    void on_banner(std::string text) override { banners.push_back(std::move(text)); }
    const std::vector<std::string>& server_sig_algs() const override { return sig_algs; }
    bool has_server_sig_algs() const override { return has_sig_algs; }

    void begin() { start(log_in(settings, *this)); }
    /// Past the service request, with the first request sent.
    void begin_accepted();
    void reply(client_answer a);
    /// Answers a waiting question with `decide`; false if there is none.
    bool settle();
    void feed_failure(std::vector<std::string_view> methods, bool partial = false);

    client_settings settings;
    std::optional<client_question> question;
    std::function<client_answer(client_question&)> decide;
    std::vector<std::string> banners;
    std::vector<std::string> sig_algs;
    bool has_sig_algs = false;
};

class server_rig : public rig<server_port, server_success> {
public:
    void ask(auth_attempt a) override
    {
        if (question)
            std::abort();
        question = std::move(a);
        ++asked;
    }
    bool wants_events() const noexcept override { return true; }
    void on_event(const event& e) override
    {
        if (const auto* const r = e.as<events::auth_refused>()) {
            rejected.push_back(std::string(r->user) + ":" + std::string(r->method));
            refusals.push_back(r->reason);
        }
    }

    void begin() { start(serve_log_in(settings, *this)); }
    /// Past the service request; its answer has been taken.
    void begin_accepted();
    void reply(auth_decision d);
    void reply(auth_decision::kind what);
    bool settle();
    template <class Method>
    void feed_request(std::string_view user, const Method& m, std::string_view service = "ssh-connection")
    {
        bytes out;
        wire::writer w(out);
        wire::msg::encode_userauth_request(w, user, service, m);
        feed(std::move(out));
    }
    void feed_none(std::string_view user = "alice") { feed_request(user, wire::msg::auth_none{}); }
    void feed_password(std::string_view password, std::string_view user = "alice");
    /// A request with any method name and body.
    void feed_raw(std::string_view user, std::string_view service, std::string_view method, byte_view rest);
    void feed_answers(std::vector<std::string_view> answers);

    server_settings settings;
    std::optional<auth_attempt> question;
    std::function<auth_decision(auth_attempt&)> decide;
    std::vector<std::string> rejected;
    std::vector<events::auth_refusal> refusals; ///< why, in the same order
    unsigned asked = 0;
};

/// A client and a server back to back, and one clock for both.
class pair_rig {
public:
    pair_rig();
    /// One event, whatever is possible: an answer, a message, or the passing of time. False when nothing can happen any more.
    bool step();
    void run();

    client_rig client;
    server_rig server;
};

const private_key& test_key(std::size_t n); ///< Ed25519, different for each n up to 3
const private_key& rsa_key();
identity identity_of(const private_key&);
/// The answers that a client with these keys and this password gives; a dialogue gets the prompts as answers, in capitals.
std::function<client_answer(client_question&)> usual_answers(std::vector<private_key> keys, std::string password = {});
auth_decision simple(auth_decision::kind what);
/// A publickey request of `user` with a signature over the session identifier `session`.
wire::msg::auth_publickey signed_request(
    bytes& signature, const private_key& key, std::string_view algorithm, std::string_view user, byte_view session);

} // namespace sshoal::auth::test
