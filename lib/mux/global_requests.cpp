#include "mux/global_requests.hpp"

#include "mux/message_length.hpp"
#include "wire/connection_messages.hpp"

namespace sshoal::mux {

namespace msg = wire::msg;

failure global_requests::receive_request(byte_view payload)
{
    const auto m = msg::global_request::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_GLOBAL_REQUEST"};
    std::uint64_t token = 0;
    if (m->want_reply) {
        if (unanswered_.size() >= settings_.max_pending_global_requests)
            return {errc::too_many_pending, "global requests"};
        token = unanswered_.arrived();
    }
    if (event_notes* const n = reporter_.notes())
        n->asked(event_notes::no_channel, token, m->name);
    const incoming_global_request r{token, m->name, m->want_reply, m->rest};
    observer_.on_global_request(r);
    return {};
}

failure global_requests::receive_success(byte_view payload)
{
    const auto m = msg::request_success::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_REQUEST_SUCCESS"};
    return receive_reply(true, m->rest);
}

failure global_requests::receive_failure(byte_view payload)
{
    const auto m = msg::request_failure::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_REQUEST_FAILURE"};
    return receive_reply(false, {});
}

failure global_requests::receive_reply(bool success, byte_view body)
{
    const auto asked = outstanding_.pop();
    if (!asked)
        return output_.odd_message("a reply to a global request that was not made");
    awaited_.over(asked->ticket);
    if (asked->wanted)
        observer_.on_global_reply(asked->token, success, body);
    return {};
}

outcome<void> global_requests::request(std::string_view name, bool want_reply, byte_view body, std::uint64_t token)
{
    msg::global_request m;
    m.name = name;
    m.want_reply = want_reply;
    m.rest = body;
    const bytes message = wire::encoded(m);
    if (failure f = check_length("the global request", name, message.size(), settings_))
        return f;
    if (!want_reply) {
        output_.send(message);
        return outcome<void>();
    }
    if (outstanding_.size() >= settings_.max_outstanding_requests)
        return failure(errc::too_many_pending, "global requests that wait for a reply");
    const std::uint32_t ticket = awaited_.add(awaited_replies::kind::global_request, 0);
    outstanding_.push(token, ticket);
    output_.send_question(message, ticket);
    return outcome<void>();
}

void global_requests::unimplemented(std::uint32_t ticket)
{
    if (const auto token = outstanding_.remove(ticket))
        observer_.on_no_global_reply(*token, no_reply::unimplemented);
}

void global_requests::overdue(std::uint32_t ticket)
{
    if (const auto token = outstanding_.give_up(ticket))
        observer_.on_no_global_reply(*token, no_reply::overdue);
}

void global_requests::reply(std::uint64_t token, bool success, byte_view body)
{
    answer a;
    constexpr std::size_t number = 1;
    a.success = success && number + body.size() <= settings_.max_message; // a reply that is too long becomes a refusal
    if (a.success)
        a.body = copy_of(body);
    if (event_notes* const n = reporter_.notes())
        n->answered(event_notes::no_channel, token, a.success);
    unanswered_.answer(token, std::move(a), [this](const answer& next) { send(next); });
}

void global_requests::send(const answer& a)
{
    if (a.success) {
        msg::request_success m;
        m.rest = a.body;
        output_.send(wire::encoded(m));
    } else {
        output_.send(wire::encoded(msg::request_failure{}));
    }
}

void global_requests::shut()
{
    unanswered_.clear();
    while (!outstanding_.empty()) {
        const auto asked = outstanding_.pop();
        awaited_.over(asked->ticket);
        if (asked->wanted)
            observer_.on_global_reply(asked->token, false, {});
    }
}

} // namespace sshoal::mux
