#include "auth/server_flow.hpp"

#include "auth/server_userauth.hpp"
#include "wire/transport_messages.hpp"

namespace sshoal::auth {
namespace {

constexpr std::string_view connection_service = "ssh-connection";

failure service_not_available(std::string_view name)
{
    return failure(make_error_code(disconnect_reason::service_not_available), "no such service: " + printable(name, 64));
}

outcome<void> answer_service_request(server_port& link, byte_view payload)
{
    const auto asked = wire::msg::service_request::decode(payload);
    if (!asked)
        return malformed("SERVICE_REQUEST");
    if (asked->name != userauth_service)
        return service_not_available(asked->name);
    wire::msg::service_accept accept;
    accept.name = userauth_service;
    send_message(link, accept);
    return {};
}

flow<outcome<void>> accept_service(server_port& link)
{
    received request = co_await next_message(link);
    if (request.number() != wire::number::service_request)
        co_return unexpected(request.number(), "before the log-in service is requested");
    co_return answer_service_request(link, request.payload());
}

bool acceptable_user(const server_settings& s, std::string_view user)
{
    return user.size() <= s.max_user && user.find('\0') == std::string_view::npos;
}

void note_attempted(const server_userauth& st)
{
    if (!st.link.wants_events())
        return;
    events::auth_attempted e;
    e.user = st.user;
    e.method = st.method;
    st.link.on_event(e);
}

enum class fate { serve, refuse, answered };

/// Counts the request and reads its header. fate::refuse means that the request fails whatever its other fields are.
outcome<fate> open_request(server_userauth& st)
{
    const bool for_service = st.request.number() == wire::number::service_request;
    if (st.request.number() != wire::number::userauth_request && !for_service)
        return unexpected(st.request.number(), "during log-in");
    if (++st.requests > st.settings.max_requests)
        return failure(errc::authentication_failed, "Too many authentication requests");
    if (for_service) {
        // paramiko requests the service again before every method. Methods that the user has passed stay passed.
        const outcome<void> again = answer_service_request(st.link, st.request.payload());
        return again ? outcome<fate>(fate::answered) : outcome<fate>(again.error());
    }
    st.received_at = st.link.now();
    const auto header = wire::msg::userauth_request::decode(st.request.payload());
    if (!header)
        return malformed("USERAUTH_REQUEST");
    if (header->service != connection_service)
        return service_not_available(header->service);
    st.header = *header;
    st.method = header->method;
    st.next_offer.clear();
    st.accepted_key = st.shown_key = {};
    st.granted = {};
    const bool acceptable = acceptable_user(st.settings, header->user);
    if (!acceptable) {
        st.start_over();
    } else if (header->user != st.user) {
        st.start_over();
        st.user = header->user;
    }
    st.why_refused = acceptable ? auth_refusal::by_authenticator : auth_refusal::bad_user;
    note_attempted(st);
    return acceptable ? fate::serve : fate::refuse;
}

flow<outcome<ending>> serve_none(server_userauth& st)
{
    // A user who has passed one of several methods must not complete the log-in with method none.
    if (!st.passed.methods.empty() || !wire::msg::auth_none::decode(st.header.rest))
        co_return st.reject(auth_refusal::not_offered);
    auth_attempt question;
    outcome<auth_decision> d = co_await decide(st, question);
    if (!d)
        co_return d.error();
    co_return end_of(st, *d);
}

flow<outcome<ending>> reject(server_userauth& st) { co_return st.reject(auth_refusal::not_offered); }

flow<outcome<ending>> serve_method(server_userauth& st)
{
    if (st.method == wire::msg::auth_none::method)
        return serve_none(st);
    if (!st.offers(st.method))
        return reject(st);
    if (st.method == wire::msg::auth_publickey::method)
        return serve_publickey(st);
    if (st.method == wire::msg::auth_password::method)
        return serve_password(st);
    return serve_interactive(st);
}

void note_refused(const server_userauth& st)
{
    if (!st.link.wants_events())
        return;
    events::auth_refused e;
    e.user = st.user;
    e.method = st.method;
    e.reason = st.why_refused;
    e.methods = st.offer;
    const std::string fingerprint = name_key(e, st.shown_key);
    e.fingerprint = fingerprint;
    st.link.on_event(e);
}

void note_accepted(const server_userauth& st, bool partial)
{
    if (!st.link.wants_events())
        return;
    events::auth_accepted e;
    e.user = st.user;
    e.method = st.method;
    e.partial = partial;
    st.link.on_event(e);
}

/// Errors: authentication_failed once the tries are used up.
outcome<void> count_failure(server_userauth& st)
{
    // A client learns the list of methods through method none (RFC 4252 §5.2), so its first use does not count as an attempt.
    if (st.method == wire::msg::auth_none::method && !std::exchange(st.none_seen, true))
        return {};
    note_refused(st);
    if (++st.failures >= st.max_tries.value_or(st.settings.max_tries))
        return failure(errc::authentication_failed, "Too many authentication failures");
    return {};
}

void send_failure(server_userauth& st, bool partial)
{
    if (!st.next_offer.empty())
        st.offer = server_userauth::known_methods(st.next_offer);
    wire::msg::userauth_failure refused;
    refused.methods.names.assign(st.offer.begin(), st.offer.end());
    refused.partial_success = partial;
    st.answer(refused);
}

void credit(server_userauth& st)
{
    st.passed.user = st.user;
    st.passed.methods.push_back(st.method);
    if (st.accepted_key)
        st.passed.key = std::move(st.accepted_key);
    if (st.granted.allowed)
        st.passed.allowed.push_back(std::move(st.granted.allowed));
    if (st.granted.data.has_value())
        st.passed.data = std::move(st.granted.data);
}

enum class progress { logged_in, more_to_do };

/// Sends the answer that the method has not sent itself.
flow<outcome<progress>> conclude(server_userauth& st, ending how)
{
    switch (how) {
    case ending::accepted:
        credit(st);
        note_accepted(st, false);
        st.answer(wire::msg::userauth_success{});
        co_return progress::logged_in;
    case ending::partial:
        credit(st);
        note_accepted(st, true);
        send_failure(st, true);
        co_return progress::more_to_do;
    case ending::answered:
        co_return progress::more_to_do;
    case ending::abandoned:
        st.why_refused = auth_refusal::abandoned;
        break;
    case ending::rejected:
        break;
    }
    const outcome<void> tries_left = count_failure(st);
    // The delay is the same for every method and every reason, and comes before the last failure as well.
    outcome<void> waited = co_await time_reached(st.link, st.received_at + st.settings.failure_delay);
    if (!waited)
        co_return waited.error();
    if (!tries_left)
        co_return tries_left.error();
    // An abandoned dialogue counts as a failure, but gets no answer (RFC 4256 §3.1).
    if (how == ending::rejected)
        send_failure(st, false);
    co_return progress::more_to_do;
}

} // namespace

flow<outcome<server_success>> serve_log_in(const server_settings& settings, server_port& link)
{
    server_userauth st(settings, link);
    st.start_over();
    outcome<void> service = co_await accept_service(link);
    if (!service)
        co_return service.error();
    bool pending = false;
    for (;;) {
        if (!pending) {
            received message = co_await next_message(link);
            st.request = std::move(message);
        }
        outcome<fate> opened = open_request(st);
        if (!opened)
            co_return opened.error();
        if (*opened == fate::answered) {
            pending = false;
            continue;
        }
        outcome<ending> ended = ending::rejected;
        if (*opened == fate::serve) {
            outcome<ending> served = co_await serve_method(st);
            ended = served;
        }
        if (!ended)
            co_return ended.error();
        pending = *ended == ending::abandoned;
        outcome<progress> concluded = co_await conclude(st, *ended);
        if (!concluded)
            co_return concluded.error();
        if (*concluded == progress::logged_in)
            co_return std::move(st.passed);
    }
}

} // namespace sshoal::auth
