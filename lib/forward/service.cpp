#include "forward/service.hpp"

#include "forward/arrivals.hpp"
#include "forward/doors.hpp"
#include "forward/server_plan.hpp"
#include "wire/forwarding_requests.hpp"

#include <algorithm>

namespace sshoal::forward {
namespace {

namespace msg = wire::msg;

failure not_allowed(std::string text)
{
    return failure(make_error_code(open_failure::administratively_prohibited), std::move(text));
}

bool includes(direction all, direction one) noexcept { return (unsigned(all) & unsigned(one)) != 0; }

awaitable<stream_outcome> refused_stream(failure why) { co_return why; }

/// The address at which a server listens if the client asks for `asked`.
endpoint listening_place(const endpoint& asked, gateway g)
{
    if (asked.is_unix())
        return asked;
    const std::string& host = asked.address();
    if (g == gateway::yes)
        return endpoint("", asked.port());
    if (g == gateway::client_specified || host == "127.0.0.1" || host == "::1")
        return asked;
    return endpoint("localhost", asked.port());
}

/// A name would have to be looked up, and the server's thread would wait for that.
bool is_number(const std::string& host)
{
    constexpr std::string_view ipv4 = "0123456789.", ipv6 = "0123456789abcdefABCDEF.:";
    return host.find_first_not_of(host.find(':') == host.npos ? ipv4 : ipv6) == host.npos;
}

bool can_listen_at(const endpoint& place)
{
    return place.is_unix() || place.address() == "localhost" || place.address() == "*" || is_number(place.address());
}

} // namespace

std::shared_ptr<run> service::begin()
{
    const auto self = shared_from_this();
    plan p = server_plan(client_, how_, "direct", nullptr);
    p.reach = [self](endpoint target, endpoint originator) { return self->reach(std::move(target), std::move(originator)); };

    server_connection c = client_;
    channel_acceptor direct[] = {c.listen_channels(std::string(msg::direct_tcpip::name), most_arriving),
                                 c.listen_channels(std::string(msg::direct_streamlocal::name), most_arriving)};
    request_acceptor begins[] = {c.listen_requests(std::string(msg::tcpip_forward::name)),
                                 c.listen_requests(std::string(msg::streamlocal_forward::name))};
    request_acceptor cancels[] = {c.listen_requests(std::string(msg::tcpip_forward::cancel_name)),
                                  c.listen_requests(std::string(msg::streamlocal_forward::cancel_name))};
    const std::shared_ptr<run> r = run::make(std::move(p));
    root_ = r;
    for_sessions_ = std::make_shared<session_service>(client_, how_, r);
    session_service::begin(for_sessions_);
    for (channel_acceptor& a : direct)
        r->take_with(take_channels(std::move(a), [to = r.get()](incoming_channel in) { to->take_direct(std::move(in)); }));
    for (request_acceptor& a : begins)
        r->take_with(take_requests(std::move(a), [self](incoming_request in) { return answer_listen(self, std::move(in)); }));
    for (request_acceptor& a : cancels)
        r->take_with(take_requests(std::move(a), [self](incoming_request in) { return answer_cancel(self, std::move(in)); }));
    return r;
}

// -- what is allowed ----------------------------------------------------------------------------------------------------------

question service::about(question::kind what, endpoint at) const
{
    question q;
    q.what = what;
    q.at = std::move(at);
    q.from = client_;
    return q;
}

/// The permissions of the log-in have been applied by the room server.
failure service::objection(const question& q) const
{
    const bool open = q.what == question::kind::open;
    const direction way = open ? direction::open : direction::listen;
    if (!includes(q.at.is_unix() ? how_.unix_sockets() : how_.tcp(), way))
        return not_allowed("open failed");
    if (q.at.is_unix())
        return {};
    const permissions& limits = how_.limits();
    const bool allowed = open ? limits.may_open(q.at.address(), q.at.port()) : limits.may_listen(q.at.address(), q.at.port());
    return allowed ? failure() : not_allowed("open failed");
}

awaitable<failure> service::ask(std::shared_ptr<service> self, question q)
{
    failure why;
    std::string thrown;
    try {
        auto asking = self->how_.policy()(std::move(q));
        why = co_await std::move(asking);
    } catch (const std::exception& e) {
        why = not_allowed("open failed");
        thrown = e.what();
    }
    if (!thrown.empty()) {
        events::message m;
        const std::string text = "the policy of forwarding has thrown: " + printable(thrown);
        m.level = log_level::error;
        m.text = text;
        net::tell(self->client_, m);
    }
    if (why && why.code().category() != open_failure_category())
        why = not_allowed(why.message());
    co_return why;
}

// -- streams to targets -------------------------------------------------------------------------------------------------------

awaitable<stream_outcome> service::reach(endpoint target, endpoint originator)
{
    question q = about(question::kind::open, target);
    if (failure why = objection(q))
        return refused_stream(std::move(why));
    if (how_.policy())
        return reach_if_allowed(shared_from_this(), std::move(target), std::move(originator));
    return reach_by_socket(std::move(target), how_.streams().dial());
}

awaitable<stream_outcome> service::reach_if_allowed(std::shared_ptr<service> self, endpoint target, endpoint originator)
{
    question q = self->about(question::kind::open, target);
    q.originator = std::move(originator);
    auto asking = ask(self, std::move(q));
    failure why = co_await std::move(asking);
    if (why)
        co_return why;
    auto reaching = reach_by_socket(std::move(target), self->how_.streams().dial());
    stream_outcome s = co_await std::move(reaching);
    co_return s;
}

// -- listeners ----------------------------------------------------------------------------------------------------------------

awaitable<void> service::answer_listen(std::shared_ptr<service> self, incoming_request r)
{
    const outcome<endpoint> at = read_listen(r.name, r.body);
    if (!at) {
        self->tell_refusal(endpoint(), at.error());
        co_return; // refuses the request
    }
    auto opening = open_listener(self, *at);
    const outcome<std::uint16_t> port = co_await std::move(opening);
    if (!port)
        self->tell_refusal(*at, port.error());
    else
        r.answer(true, at->is_tcp() && at->port() == 0 ? listen_reply(*port) : bytes());
}

awaitable<outcome<std::uint16_t>> service::open_listener(std::shared_ptr<service> self, endpoint at)
{
    self->forget_ended();
    failure why = self->objection_to_listener(at);
    if (why)
        co_return why;
    std::optional<user_place> of_user = user_place::take(self->how_.per_user(), self->client_.user(), user_place::kind::listener);
    if (!of_user)
        co_return failure(errc::too_many_pending, "the user has too many listeners");
    if (self->how_.policy()) {
        auto asking = ask(self, self->about(question::kind::listen, at));
        why = co_await std::move(asking);
        if (why)
            co_return why;
    }
    co_return self->listen_at(at, std::move(*of_user));
}

failure service::objection_to_listener(const endpoint& at) const
{
    if (failure why = objection(about(question::kind::listen, at)))
        return why;
    if (!can_listen_at(listening_place(at, how_.gateway_ports())))
        return failure(errc::invalid_argument, "a server does not listen at a name");
    if (how_.max_listeners() > 0 && listeners_.size() >= how_.max_listeners())
        return failure(errc::too_many_pending, "the connection has too many listeners");
    return {};
}

outcome<std::uint16_t> service::listen_at(const endpoint& at, user_place of_user)
{
    const std::shared_ptr<run> root = root_.lock();
    if (!root || !root->taking() || !client_.is_open())
        return failure(errc::closed, "forwarding has ended");
    try {
        const std::vector<stream_acceptor> doors
            = open_doors(client_.get_executor(), listening_place(at, how_.gateway_ports()), how_.streams());
        const std::uint16_t port = doors.front().port();
        const endpoint bound = at.is_unix() ? at : endpoint(at.address(), port);
        plan p = server_plan(client_, how_, "listen", root);
        p.reach = [through = connection(client_), bound](endpoint, endpoint originator) {
            return reach_by_channel(through, forwarded_opening(bound, originator), stream_name(through, originator, bound));
        };
        const std::shared_ptr<run> r = run::make(std::move(p));
        r->take_from(doors);
        r->begun();
        listeners_.push_back({bound, r, std::make_shared<user_place>(std::move(of_user))});
        return port;
    } catch (const error& e) {
        return e.why();
    }
}

awaitable<void> service::answer_cancel(std::shared_ptr<service> self, incoming_request r)
{
    std::list<listener>& all = self->listeners_;
    const outcome<endpoint> at = read_listen(r.name, r.body);
    const auto it = std::find_if(all.begin(), all.end(), [&](const listener& l) { return at && l.bound == *at; });
    if (it == all.end())
        co_return; // refuses the request
    const listener ended = std::move(*it);
    all.erase(it);
    ended.taking->drain();
    r.answer(true);
}

void service::forget_ended()
{
    listeners_.remove_if([](const listener& l) { return !l.taking->taking(); });
}

void service::tell_refusal(const endpoint& at, const failure& why) const
{
    const endpoint none;
    events::forwarding_refused e;
    e.what = "listen";
    e.bound = &at;
    e.target = &none;
    e.originator = &none;
    e.why = &why;
    net::tell(client_, e);
}

} // namespace sshoal::forward
