#include "engine/login.hpp"

#include "wire/numbers.hpp"
#include "wire/transport_messages.hpp"

#include <utility>

namespace sshoal::engine {

login::~login() { stop(); }

void login::start(const auth::client_settings& settings)
{
    state_ = state::client;
    wire_.set_phase(transport::phase::service);
    client_flow_ = auth::log_in(settings, *this);
    pumping_ = true;
    client_flow_.start();
    pumping_ = false;
    pump();
}

void login::start(const auth::server_settings& settings)
{
    state_ = state::server;
    wire_.set_phase(transport::phase::service);
    server_flow_ = auth::serve_log_in(settings, *this);
    pumping_ = true;
    server_flow_.start();
    pumping_ = false;
    pump();
}

failure login::handle(byte_view payload)
{
    if (!running())
        return failure(errc::unexpected_message, "log-in message outside of the log-in");
    if (held_.size() >= max_held_)
        return failure(errc::too_many_pending, "too many log-in messages while a decision is under way");
    const auto number = std::to_integer<std::uint8_t>(payload[0]);
    if (number == wire::number::service_request || number == wire::number::service_accept)
        service_agreed_ = true; // the flow ends the log-in if the request was for another service
    held_.push_back(copy_of(payload));
    pump();
    if (running())
        set_phase();
    return {};
}

bool login::request_unimplemented()
{
    if (state_ != state::client || busy_ || !(reply_due_ || !service_agreed_) || !held_.empty())
        return false;
    held_.push_back(wire::encoded(wire::msg::unimplemented()));
    pump();
    if (running())
        set_phase();
    return true;
}

void login::reply_due(bool on)
{
    reply_due_ = on;
    set_phase();
}

void login::set_phase()
{
    wire_.set_phase(!service_agreed_ ? transport::phase::service
                    : reply_due_     ? transport::phase::auth_busy
                                     : transport::phase::auth);
}

void login::answer(auth::client_answer a)
{
    if (state_ != state::client || !ask_pending_)
        return;
    ask_pending_ = false;
    client_port::answer = std::make_unique<auth::client_answer>(std::move(a));
    deliver({auth::wake::kind::answer, {}});
}

void login::answer(auth_decision d)
{
    if (state_ != state::server || !ask_pending_)
        return;
    ask_pending_ = false;
    server_port::answer = std::make_unique<auth_decision>(std::move(d));
    deliver({auth::wake::kind::answer, {}});
}

void login::work_done(const job& j)
{
    if (job_.get() != &j || job_due_)
        return;
    job_.reset();
    deliver({auth::wake::kind::answer, {}});
}

void login::handle_deadline(time_point now)
{
    if (!running() || now < wake_at_)
        return;
    wake_at_ = never;
    deliver({auth::wake::kind::time, {}});
}

void login::stop() noexcept
{
    state_ = state::done;
    wake_at_ = never;
    for (bytes& b : held_)
        wipe(b.data(), b.size()); // the message may hold a password
    held_.clear();
    due_.clear();
    job_.reset();
    job_due_ = false;
    if (!pumping_) {
        client_flow_.reset();
        server_flow_.reset();
    }
}

void login::busy(bool on)
{
    busy_ = on;
}

void login::ask(auth::client_question q)
{
    ask_pending_ = true;
    question_ = std::make_unique<auth::client_question>(std::move(q));
}

void login::ask(auth_attempt a)
{
    ask_pending_ = true;
    attempt_ = std::make_unique<auth_attempt>(std::move(a));
}

void login::on_work(std::shared_ptr<job> j)
{
    job_ = std::move(j);
    job_due_ = true;
}

void login::deliver(auth::wake w)
{
    due_.push_back(std::move(w));
    pump();
}

// This is the only place that resumes the flow. Questions are handed out only while the flow is suspended, so an answer may
// arrive inside the call that asks; due_ keeps the answer until the loop reads it.
void login::pump()
{
    if (pumping_)
        return;
    pumping_ = true;
    while (running()) {
        if (client_flow_.done()) {
            auto result = client_flow_.take();
            state_ = state::done;
            if (result)
                client_result_ = std::move(*result);
            result_ = result ? outcome<void>() : outcome<void>(result.error());
            break;
        }
        if (server_flow_.done()) {
            auto result = server_flow_.take();
            state_ = state::done;
            if (result)
                server_result_ = std::move(*result);
            result_ = result ? outcome<void>() : outcome<void>(result.error());
            break;
        }
        if (question_) {
            auth::client_question q = std::move(*question_);
            question_.reset();
            observer_.on_client_question(std::move(q));
            continue;
        }
        if (attempt_) {
            auth_attempt a = std::move(*attempt_);
            attempt_.reset();
            observer_.on_server_attempt(std::move(a));
            continue;
        }
        if (std::exchange(job_due_, false)) {
            observer_.on_work(job_);
            continue;
        }
        auth::wake next{auth::wake::kind::message, {}};
        if (!due_.empty()) {
            next = std::move(due_.front());
            due_.erase(due_.begin());
        } else if (!busy_ && !held_.empty()) {
            next.payload = std::move(held_.front());
            held_.erase(held_.begin());
        } else {
            break;
        }
        if (inbox().waiting())
            inbox().put(std::move(next));
    }
    pumping_ = false;
    if (state_ == state::done) {
        client_flow_.reset();
        server_flow_.reset();
    }
}

} // namespace sshoal::engine
