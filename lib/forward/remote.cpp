// Ports of the server, for a client.
#include "base/access.hpp"
#include "forward/run.hpp"
#include "forward/switchboard.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "sshoal/result_of.hpp"

#include <deque>

namespace sshoal::forward {
namespace {

/// `target` without address: each stream names its own, as a SOCKS client.
awaitable<outcome<forwarding>> begin_remote(connection through, endpoint listen, endpoint target, options how)
{
    if (!through.is_open())
        co_return failure(errc::closed, "the connection has ended");
    plan p(through);
    p.socks = target.what() == endpoint::kind::none;
    p.what = p.socks ? "remote dynamic" : "remote";
    p.target = std::move(target);
    p.reach = reach_from_here(how, p.socks);
    p.max_streams = how.max_streams();
    p.request_timeout = how.request_timeout();
    const std::shared_ptr<run> r = run::make(std::move(p));
    const std::shared_ptr<switchboard> board = switchboard::of(through);
    switchboard::receiver take = [weak = std::weak_ptr(r)](incoming_channel in, endpoint from) {
        if (const std::shared_ptr<run> to = weak.lock())
            to->take(std::move(in), std::move(from));
    };
    auto asking = switchboard::begin(board, through, std::move(listen), std::move(take));
    outcome<endpoint> bound = co_await std::move(asking);
    if (!bound) {
        r->stop(bound.error());
        co_return bound.error();
    }
    r->take_at(*bound, [board, through, at = *bound] { board->end(through, at); });
    r->begun();
    co_return detail::access::make<forwarding>(std::make_shared<run_handle>(r));
}

awaitable<forwarding> begin_there(connection through, endpoint listen, endpoint target, options how)
{
    executor strand = through.get_executor();
    auto beginning = begin_remote(std::move(through), std::move(listen), std::move(target), std::move(how));
    return net::or_throw(std::move(strand), std::move(beginning));
}

} // namespace

awaitable<forwarding> remote(connection through, endpoint listen, endpoint target, options how)
{
    if (target.what() == endpoint::kind::none)
        throw error(failure(errc::invalid_argument, "an endpoint without address"));
    return begin_there(std::move(through), std::move(listen), std::move(target), std::move(how));
}

awaitable<forwarding> remote(connection through, std::string_view listen, std::string_view target, options how)
{
    endpoint at = parse_listen(listen).value(), to = endpoint::parse(target).value();
    return remote(std::move(through), std::move(at), std::move(to), std::move(how));
}

awaitable<forwarding> remote_dynamic(connection through, endpoint listen, options how)
{
    return begin_there(std::move(through), std::move(listen), endpoint(), std::move(how));
}

awaitable<forwarding> remote_dynamic(connection through, std::string_view listen, options how)
{
    endpoint at = parse_listen(listen).value();
    return remote_dynamic(std::move(through), std::move(at), std::move(how));
}

// -- by hand ------------------------------------------------------------------------------------------------------------------

namespace {

/// The streams that wait to be accepted.
class remote_door final : public parking::lot, public std::enable_shared_from_this<remote_door> {
public:
    static std::shared_ptr<remote_door> make(connection c)
    {
        auto made = std::make_shared<remote_door>(std::move(c));
        made->open(made);
        made->watch->start(end_with(made, made->through));
        return made;
    }
    explicit remote_door(connection c)
        : lot(c.get_executor()), through(std::move(c)), watch(parking::task_group::make(strand())), arrived(ready())
    {
    }

    void take(incoming_channel in, endpoint from)
    {
        if (why || waiting.size() >= default_waiting) {
            in.refuse(open_failure::resource_shortage, "too many streams wait");
            return;
        }
        waiting.push_back(detail::access::make<forwarded_stream>(std::move(in), std::move(from)));
        arrived.wake_one();
    }
    static awaitable<outcome<forwarded_stream>> next(std::shared_ptr<remote_door> self)
    {
        for (;;) {
            if (self->why)
                co_return self->why;
            if (!self->waiting.empty()) {
                forwarded_stream first = std::move(self->waiting.front());
                self->waiting.pop_front();
                co_return std::move(first);
            }
            const parking::wake w = co_await self->arrived.wait();
            if (w != parking::wake::cancelled)
                continue;
            if (!self->waiting.empty())
                self->arrived.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
    void close(failure reason)
    {
        if (why)
            return;
        why = std::move(reason);
        if (board)
            board->end(through, bound);
        board.reset();
        waiting.clear();
        arrived.wake_all();
        watch->stop(net::aborted());
    }

    connection through;
    endpoint bound;
    std::shared_ptr<switchboard> board;
    std::deque<forwarded_stream> waiting;
    std::shared_ptr<parking::task_group> watch; ///< wakes those who wait when the connection has ended
    parking::gate arrived;
    failure why; ///< the acceptor is closed

private:
    static awaitable<outcome<void>> end_with(std::shared_ptr<remote_door> self, connection c)
    {
        auto waiting = result_of(c.wait_closed());
        const outcome<failure> ended = co_await std::move(waiting);
        if (ended)
            self->close(*ended);
        co_return outcome<void>();
    }
    void gone() noexcept override { arrived.abandon(); }
};

awaitable<outcome<remote_acceptor>> begin_listening(connection through, endpoint at)
{
    if (!through.is_open())
        co_return failure(errc::closed, "the connection has ended");
    const std::shared_ptr<remote_door> door = remote_door::make(through);
    door->board = switchboard::of(through);
    switchboard::receiver take = [weak = std::weak_ptr(door)](incoming_channel in, endpoint from) {
        if (const std::shared_ptr<remote_door> to = weak.lock())
            to->take(std::move(in), std::move(from));
    };
    auto asking = switchboard::begin(door->board, through, std::move(at), std::move(take));
    outcome<endpoint> bound = co_await std::move(asking);
    if (!bound) {
        door->board.reset();
        door->close(bound.error());
        co_return bound.error();
    }
    door->bound = std::move(*bound);
    co_return detail::access::make<remote_acceptor>(std::make_shared<remote_door_handle>(door));
}

} // namespace

struct remote_door_handle {
    explicit remote_door_handle(std::shared_ptr<remote_door> d) noexcept : door(std::move(d)) {}
    remote_door_handle(const remote_door_handle&) = delete;
    ~remote_door_handle() { close(); }
    void close() const noexcept
    {
        net::dispatch_if_possible(door->strand(), [d = door] { d->close(failure(errc::closed, "the acceptor is closed")); });
    }
    const std::shared_ptr<remote_door> door;
};

remote_acceptor::remote_acceptor() noexcept = default;
remote_acceptor::remote_acceptor(std::shared_ptr<remote_door_handle> h) noexcept : self_(std::move(h)) {}

const endpoint& remote_acceptor::bound() const noexcept
{
    static const endpoint none;
    return self_ ? self_->door->bound : none;
}
awaitable<forwarded_stream> remote_acceptor::accept()
{
    return net::or_throw(get_executor(), remote_door::next(self_ ? self_->door : nullptr));
}
void remote_acceptor::close() noexcept
{
    if (self_)
        self_->close();
}
executor remote_acceptor::get_executor() const noexcept { return self_ ? self_->door->strand() : executor(); }

awaitable<remote_acceptor> listen(connection through, endpoint at)
{
    executor strand = through.get_executor();
    return net::or_throw(std::move(strand), begin_listening(std::move(through), std::move(at)));
}

awaitable<remote_acceptor> listen_tcp(connection through, std::uint16_t port, std::string address)
{
    return listen(std::move(through), endpoint(std::move(address), port));
}

} // namespace sshoal::forward
