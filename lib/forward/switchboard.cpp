#include "forward/switchboard.hpp"

#include "forward/arrivals.hpp"
#include "net/connection_parts.hpp"
#include "net/crossing.hpp"
#include "sshoal/result_of.hpp"
#include "wire/forwarding_requests.hpp"

#include <algorithm>

namespace sshoal::forward {
namespace {

constexpr std::string_view arriving_types[] = {wire::msg::forwarded_tcpip::name, wire::msg::forwarded_streamlocal::name};

using reply_body = std::optional<std::vector<std::byte>>;

struct reply_to_come {
    explicit reply_to_come(parking::ready_list& r) : arrived(r) {}
    std::optional<outcome<reply_body>> reply;
    parking::gate arrived;
};

awaitable<outcome<void>> ask(connection through, opening what, std::shared_ptr<reply_to_come> to)
{
    auto asking = result_of(through.request(std::string(what.type), std::move(what.body)));
    outcome<reply_body> reply = co_await std::move(asking);
    to->reply.emplace(std::move(reply));
    to->arrived.wake_all();
    co_return outcome<void>();
}

} // namespace

std::shared_ptr<switchboard> switchboard::of(const connection& c)
{
    std::weak_ptr<void>& place = net::forwarding_place(c);
    if (const std::shared_ptr<void> there = place.lock())
        return std::static_pointer_cast<switchboard>(there);
    auto made = std::make_shared<switchboard>(made_by_of(), c);
    for (const std::string_view type : arriving_types)
        made->acceptors_.push_back(connection(c).listen_channels(std::string(type), most_arriving));
    for (const channel_acceptor& a : made->acceptors_)
        made->loops_->start(take_channels(a, [weak = std::weak_ptr(made)](incoming_channel in) {
            if (const std::shared_ptr<switchboard> board = weak.lock())
                board->arrived(std::move(in));
        }));
    place = made;
    return made;
}

switchboard::switchboard(made_by_of, const connection& c) : loops_(parking::task_group::make(c.get_executor())) {}

switchboard::~switchboard()
{
    for (channel_acceptor& a : acceptors_) // at once, so that the next switchboard can have these types
        a.close();
    if (loops_->strand()) // otherwise the io_context is gone, and the loops with it
        loops_->stop(net::aborted());
}

awaitable<outcome<endpoint>> switchboard::begin(std::shared_ptr<switchboard> self, connection through, endpoint at, receiver to)
{
    const outcome<opening> asked = listen_request(at, listen_verb::begin);
    if (!asked)
        co_return asked.error();
    // A cancellation is not let through to the request: nobody would know of the listener that the server has made for it.
    const auto to_come = std::make_shared<reply_to_come>(self->loops_->ready());
    self->loops_->start(ask(std::move(through), *asked, to_come));
    ++self->asking_;
    while (!to_come->reply)
        (void)co_await to_come->arrived.wait(asio::cancellation_type::none);
    --self->asking_;
    const outcome<reply_body>& reply = *to_come->reply;
    failure why = reply ? failure() : reply.error();
    if (!why && !*reply)
        why = failure(errc::request_refused, std::string(asked->type) + " for " + printable(at.describe()));
    if (!why && at.is_tcp() && at.port() == 0) {
        const outcome<std::uint16_t> port = read_listen_reply(**reply);
        if (port)
            at = endpoint(at.address(), *port);
        else
            why = port.error();
    }
    if (!why)
        self->entries_.push_back({at, std::move(to)});
    self->answered();
    if (why)
        co_return why;
    co_return at;
}

void switchboard::end(const connection& through, const endpoint& bound)
{
    entries_.remove_if([&](const entry& e) { return e.bound == bound; });
    const outcome<opening> asked = listen_request(bound, listen_verb::cancel);
    if (asked && through.is_open())
        spawn(through, connection(through).notify(std::string(asked->type), asked->body));
}

void switchboard::arrived(incoming_channel c)
{
    outcome<stream_ends> ends = read_opening(c.type, c.body);
    if (!ends) {
        c.refuse(open_failure::connect_failed, ends.error().message());
    } else if (const entry* const e = entry_for(ends->target)) {
        e->to(std::move(c), std::move(ends->originator));
    } else if (asking_ > 0 && early_.size() < default_waiting) {
        early_.push_back({std::move(c), std::move(*ends)});
    } else {
        c.refuse(open_failure::administratively_prohibited, "not asked for");
    }
}

/// Some servers name another address than the one that was asked for, so a port that only one entry has is enough.
const switchboard::entry* switchboard::entry_for(const endpoint& listening) const noexcept
{
    const auto same = [&](const entry& e) { return e.bound == listening; };
    if (const auto it = std::find_if(entries_.begin(), entries_.end(), same); it != entries_.end())
        return &*it;
    const auto same_port = [&](const entry& e) {
        return listening.is_tcp() && e.bound.is_tcp() && e.bound.port() == listening.port();
    };
    const auto first = std::find_if(entries_.begin(), entries_.end(), same_port);
    const bool only = first != entries_.end() && std::find_if(std::next(first), entries_.end(), same_port) == entries_.end();
    return only ? &*first : nullptr;
}

void switchboard::answered()
{
    for (early& e : std::exchange(early_, {}))
        arrived(std::move(e.channel));
}

} // namespace sshoal::forward
