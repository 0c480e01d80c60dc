// Passes channels and global requests of the peer from the engine's call to the acceptor that the program holds.
#include "sshoal/acceptors.hpp"

#include "base/access.hpp"
#include "connection/connection_operations.hpp"
#include "net/crossing.hpp"

#include <algorithm>

namespace sshoal::conn {

struct acceptor_handle {
    acceptor_handle(std::shared_ptr<arrivals> a, std::shared_ptr<connection_handle> c) noexcept
        : connection(std::move(c)), from(std::move(a))
    {
    }
    acceptor_handle(const acceptor_handle&) = delete;
    ~acceptor_handle() { close(); }
    void close() noexcept
    {
        connection->state->perform_if_possible([a = from](connection_state& s) { s.stop_listening(*a); });
    }
    std::shared_ptr<connection_handle> connection; // destroyed last: the gate of the arrivals belongs to the connection
    std::shared_ptr<arrivals> from;
};

struct undecided_open {
    undecided_open(std::shared_ptr<connection_handle> c, std::uint64_t t) noexcept : connection(std::move(c)), token(t) {}
    undecided_open(const undecided_open&) = delete;
    ~undecided_open() { refuse(open_failure::administratively_prohibited, {}); }
    void refuse(open_failure reason, std::string text) noexcept
    {
        if (std::exchange(decided, true))
            return;
        connection->state->perform_if_possible([token = token, reason, text = std::move(text)](connection_state& s) {
            if (s.ended())
                return;
            s.mux().refuse(token, reason, text);
            s.kick();
        });
    }
    std::shared_ptr<connection_handle> connection;
    std::uint64_t token;
    bool decided = false;
};

struct unanswered_request {
    unanswered_request(std::shared_ptr<connection_handle> c, std::uint64_t t) noexcept : connection(std::move(c)), token(t) {}
    unanswered_request(const unanswered_request&) = delete;
    ~unanswered_request() { answer(false, {}); }
    void answer(bool granted, std::vector<std::byte> reply) noexcept
    {
        if (std::exchange(answered, true))
            return;
        connection->state->perform_if_possible([token = token, granted, reply = std::move(reply)](connection_state& s) {
            if (s.ended())
                return;
            s.mux().reply_global(token, granted, reply);
            s.kick();
        });
    }
    std::shared_ptr<connection_handle> connection;
    std::uint64_t token;
    bool answered = false;
};

// -- arrivals -----------------------------------------------------------------------------------------------------------------

namespace {

using all_arrivals = std::vector<std::shared_ptr<arrivals>>;

arrivals* named(const all_arrivals& all, std::string_view name) noexcept
{
    const auto it = std::find_if(all.begin(), all.end(), [&](const std::shared_ptr<arrivals>& a) { return a->name == name; });
    return it == all.end() ? nullptr : it->get();
}

} // namespace

void connection_state::on_open(const mux::incoming_open& o)
{
    if (take_open(o))
        return;
    arrivals* const a = named(channel_arrivals, o.type);
    if (!a) {
        mux().refuse(o.token, open_failure::unknown_channel_type, "not wanted here");
        return;
    }
    if (a->waiting.size() >= a->most) {
        mux().refuse(o.token, open_failure::resource_shortage, "too many channels of this type wait");
        return;
    }
    a->waiting.push_back({o.token, {o.body.begin(), o.body.end()}, false});
    a->arrived.wake_one();
}

void connection_state::on_global_request(const mux::incoming_global_request& r)
{
    if (take_global_request(r))
        return;
    arrivals* const a = named(request_arrivals, r.name);
    if (!a || a->waiting.size() >= a->most) {
        if (r.want_reply)
            mux().reply_global(r.token, false);
        return;
    }
    a->waiting.push_back({r.token, {r.body.begin(), r.body.end()}, r.want_reply});
    a->arrived.wake_one();
}

outcome<std::shared_ptr<arrivals>> connection_state::listen(arrivals::kind what, std::string name, std::size_t most)
{
    if (has_own(what, name))
        return failure(errc::invalid_argument, "\"" + printable(name, 64) + "\" is taken by the library itself");
    all_arrivals& all = what == arrivals::kind::channels ? channel_arrivals : request_arrivals;
    const auto it = std::find_if(all.begin(), all.end(), [&](const std::shared_ptr<arrivals>& a) { return a->name == name; });
    if (it == all.end()) {
        all.push_back(std::make_shared<arrivals>(what, std::move(name), most, ready()));
        all.back()->taken_up = true;
        return all.back();
    }
    if ((*it)->taken_up)
        return failure(errc::operation_in_progress, "there is an acceptor for \"" + printable(name, 64) + "\"");
    (*it)->taken_up = true;
    (*it)->most = most;
    return *it;
}

void connection_state::stop_listening(arrivals& a)
{
    if (std::exchange(a.closed, true))
        return;
    std::erase_if(a.what == arrivals::kind::channels ? channel_arrivals : request_arrivals,
                  [&](const std::shared_ptr<arrivals>& other) { return other.get() == &a; });
    for (const arrivals::offer& o : std::exchange(a.waiting, {})) {
        if (a.what == arrivals::kind::channels)
            mux().refuse(o.token, open_failure::administratively_prohibited, "not wanted here any more");
        else if (o.want_reply)
            mux().reply_global(o.token, false);
    }
    a.arrived.wake_all();
    if (!ended())
        kick();
}

// -- acceptors ----------------------------------------------------------------------------------------------------------------

namespace {

arrivals::offer take_first(arrivals& a)
{
    arrivals::offer first = std::move(a.waiting.front());
    a.waiting.erase(a.waiting.begin());
    return first;
}

void fill(incoming_channel& in, const acceptor_handle& h)
{
    arrivals::offer o = take_first(*h.from);
    in.type = h.from->name;
    in.body = std::move(o.body);
    detail::access::self(in) = std::make_shared<undecided_open>(h.connection, o.token);
}

void fill(incoming_request& in, const acceptor_handle& h)
{
    arrivals::offer o = take_first(*h.from);
    in.name = h.from->name;
    in.body = std::move(o.body);
    in.want_reply = o.want_reply;
    if (o.want_reply)
        detail::access::self(in) = std::make_shared<unanswered_request>(h.connection, o.token);
}

/// Returns: why no arrival will come any more; no failure while one may.
failure end_of(const acceptor_handle& h)
{
    if (h.connection->state->ended())
        return h.connection->state->why();
    if (h.from->closed)
        return failure(errc::closed, "the acceptor for \"" + printable(h.from->name, 64) + "\" is closed");
    return {};
}

template <class Incoming>
awaitable<outcome<Incoming>> next_incoming(std::shared_ptr<acceptor_handle> h)
{
    for (;;) {
        if (failure f = end_of(*h))
            co_return f;
        if (!h->from->waiting.empty()) {
            Incoming in;
            fill(in, *h);
            co_return std::move(in);
        }
        const wake w = co_await h->from->arrived.wait();
        if (w == wake::cancelled) {
            if (!h->from->waiting.empty())
                h->from->arrived.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
}

template <class Incoming>
std::optional<Incoming> try_next(const std::shared_ptr<acceptor_handle>& h)
{
    if (!h || end_of(*h) || h->from->waiting.empty())
        return std::nullopt;
    std::optional<Incoming> in(std::in_place);
    fill(*in, *h);
    return in;
}

std::shared_ptr<acceptor_handle> listen_at(const std::shared_ptr<connection_handle>& c, arrivals::kind what, std::string name,
                                           std::size_t most)
{
    if (!c)
        throw error(failure(errc::closed, "an empty handle"));
    outcome<std::shared_ptr<arrivals>> taken = c->state->listen(what, std::move(name), most);
    if (!taken)
        throw error(taken.error());
    return std::make_shared<acceptor_handle>(std::move(*taken), c);
}

executor strand_of(const std::shared_ptr<acceptor_handle>& h) noexcept
{
    return h ? h->connection->state->strand() : executor();
}

const std::string& name_of(const std::shared_ptr<acceptor_handle>& h) noexcept
{
    static const std::string none;
    return h ? h->from->name : none;
}

} // namespace
} // namespace sshoal::conn

namespace sshoal {

using conn::arrivals;

channel incoming_channel::accept(std::vector<std::byte> reply)
{
    if (!self_ || std::exchange(self_->decided, true))
        return channel();
    return conn::operations::accept(self_->connection, self_->token, reply);
}

void incoming_channel::refuse(open_failure reason, std::string text)
{
    if (self_)
        self_->refuse(reason, std::move(text));
}

void incoming_request::answer(bool granted, std::vector<std::byte> reply)
{
    if (self_)
        self_->answer(granted, std::move(reply));
}

channel_acceptor::channel_acceptor() noexcept = default;
channel_acceptor::channel_acceptor(std::shared_ptr<conn::acceptor_handle> h) noexcept : self_(std::move(h)) {}
const std::string& channel_acceptor::type() const noexcept { return conn::name_of(self_); }
executor channel_acceptor::get_executor() const noexcept { return conn::strand_of(self_); }
std::optional<incoming_channel> channel_acceptor::try_accept() { return conn::try_next<incoming_channel>(self_); }
awaitable<incoming_channel> channel_acceptor::accept()
{
    return net::or_throw(get_executor(), conn::next_incoming<incoming_channel>(self_));
}
void channel_acceptor::close()
{
    if (self_)
        self_->close();
}

request_acceptor::request_acceptor() noexcept = default;
request_acceptor::request_acceptor(std::shared_ptr<conn::acceptor_handle> h) noexcept : self_(std::move(h)) {}
const std::string& request_acceptor::name() const noexcept { return conn::name_of(self_); }
executor request_acceptor::get_executor() const noexcept { return conn::strand_of(self_); }
std::optional<incoming_request> request_acceptor::try_accept() { return conn::try_next<incoming_request>(self_); }
awaitable<incoming_request> request_acceptor::accept()
{
    return net::or_throw(get_executor(), conn::next_incoming<incoming_request>(self_));
}
void request_acceptor::close()
{
    if (self_)
        self_->close();
}

channel_acceptor connection::listen_channels(std::string type, std::size_t most_waiting)
{
    return detail::access::make<channel_acceptor>(
        conn::listen_at(self_, arrivals::kind::channels, std::move(type), most_waiting));
}

request_acceptor connection::listen_requests(std::string name, std::size_t most_waiting)
{
    return detail::access::make<request_acceptor>(
        conn::listen_at(self_, arrivals::kind::requests, std::move(name), most_waiting));
}

} // namespace sshoal
