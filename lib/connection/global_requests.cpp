#include "connection/global_requests.hpp"

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
    const incoming_global_request r{token, m->name, m->want_reply, m->rest};
    observer_.on_global_request(r);
    return {};
}

failure global_requests::receive_success(byte_view payload)
{
    const auto m = msg::request_success::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_REQUEST_SUCCESS"};
    if (const auto token = outstanding_.pop())
        observer_.on_global_reply(*token, true, m->rest);
    return {};
}

failure global_requests::receive_failure(byte_view payload)
{
    const auto m = msg::request_failure::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_REQUEST_FAILURE"};
    if (const auto token = outstanding_.pop())
        observer_.on_global_reply(*token, false, {});
    return {};
}

result<void> global_requests::request(std::string_view name, bool want_reply, byte_view body, std::uint64_t token)
{
    if (want_reply) {
        if (outstanding_.size() >= settings_.max_outstanding_requests)
            return make_error_code(errc::too_many_pending);
        outstanding_.push(token);
    }
    msg::global_request m;
    m.name = name;
    m.want_reply = want_reply;
    m.rest = body;
    output_.send(wire::encoded(m));
    return {};
}

void global_requests::reply(std::uint64_t token, bool success, byte_view body)
{
    answer a;
    a.success = success;
    if (success)
        a.body = copy_of(body);
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
    while (!outstanding_.empty())
        if (const auto token = outstanding_.pop())
            observer_.on_global_reply(*token, false, {});
}

} // namespace sshoal::mux
