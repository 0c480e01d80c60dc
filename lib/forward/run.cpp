#include "forward/run.hpp"

#include "forward/socks_service.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "sshoal/result_of.hpp"

namespace sshoal::forward {

/// The place of a stream among those that are open. It keeps its run: g++ 12 destroys parameters of coroutines from the first to the
/// last, so a place beside a share would outlive the run.
struct run::place {
    place(share r, user_place u)
        : self(std::move(r))
        , of_user(std::move(u))
        , at(self->moving_.emplace(self->moving_.end()))
    {
        ++self->open_;
        if (&self->root() != &*self)
            ++self->root().open_;
    }
    place(const place&) = delete;
    ~place()
    {
        self->done_.bytes_to_target += at->bytes->from_a;
        self->done_.bytes_from_target += at->bytes->from_b;
        self->moving_.erase(at);
        --self->open_;
        if (&self->root() != &*self)
            --self->root().open_;
    }
    const share self; // destroyed last
    const user_place of_user;
    const std::list<moving>::iterator at;
};

std::shared_ptr<run> run::make(plan p)
{
    auto made = std::make_shared<run>(made_by_make(), std::move(p));
    made->open(made);
    if (std::shared_ptr<run> parent = std::exchange(made->plan_.parent, nullptr)) {
        parent->children_.push_back(made.get());
        made->parent_.emplace(std::move(parent));
    }
    if (made->plan_.through)
        made->streams_->start(watch(made, made->plan_.through));
    return made;
}

run::run(made_by_make, plan p)
    : lot(std::move(p.strand)) // a copy that stayed in the plan would outlive the io_context
    , plan_(std::move(p))
    , takers_(parking::task_group::make(strand()))
    , streams_(parking::task_group::make(strand()))
    , closed_(ready())
{
}

void run::fill(events::of_forwarding& e) const noexcept
{
    e.what = plan_.what;
    e.bound = &plan_.bound;
    e.target = &plan_.target;
}

void run::tell(const event& e) const
{
    if (plan_.tell) // a stream may still arrive when the end has been told
        plan_.tell(e);
}

void run::begun() const
{
    events::forwarding_started e;
    fill(e);
    tell(e);
}

// -- those who take connections -----------------------------------------------------------------------------------------------

void run::take_from(const std::vector<stream_acceptor>& doors)
{
    plan_.bound = doors.front().local();
    doors_ = doors;
    for (const stream_acceptor& door : doors)
        takers_->start(accept_from(share(shared_from_this()), door));
}

void run::take_with(awaitable<outcome<void>> loop)
{
    takers_->start(loop_with(share(shared_from_this()), std::move(loop)));
}

void run::take_at(endpoint bound, std::function<void()> end)
{
    plan_.bound = std::move(bound);
    if (why_)
        end();
    else
        end_of_taking_ = std::move(end);
}

void run::take(incoming_channel in, endpoint from)
{
    caller c;
    c.undecided = std::move(in);
    c.target = plan_.target;
    c.from = std::move(from);
    serve(std::move(c));
}

void run::take_direct(incoming_channel in)
{
    outcome<stream_ends> ends = read_opening(in.type, in.body);
    if (!ends) {
        in.refuse(open_failure::connect_failed, ends.error().message());
        return;
    }
    caller c;
    c.undecided = std::move(in);
    c.target = std::move(ends->target);
    c.from = std::move(ends->originator);
    serve(std::move(c));
}

awaitable<outcome<void>> run::accept_from(share self, stream_acceptor door)
{
    for (;;) {
        auto accepting = result_of(door.accept());
        outcome<std::unique_ptr<byte_stream>> next = co_await std::move(accepting);
        if (!next) {
            self->stop_taking(next.error());
            co_return outcome<void>();
        }
        caller c;
        c.stream = std::move(*next);
        c.target = self->plan_.target;
        c.from = c.stream->remote();
        self->serve(std::move(c));
    }
}

awaitable<outcome<void>> run::loop_with(share self, awaitable<outcome<void>> loop)
{
    const outcome<void> ended = co_await std::move(loop);
    if (!ended)
        self->stop_taking(ended.error());
    co_return outcome<void>();
}

void run::stop_taking(failure why)
{
    if (why_ || gone_)
        return;
    why_ = std::move(why);
    const auto self = shared_from_this();
    if (const auto end = std::exchange(end_of_taking_, nullptr))
        end();
    for (stream_acceptor& door : std::exchange(doors_, {})) // now, and not when the loops have ended: the addresses are free again
        door.close();
    takers_->stop(net::aborted());
    for (run* const child : std::list<run*>(children_))
        child->stop_taking(why_);
    if (shares_ == 0)
        finish();
    else if (plan_.less)
        plan_.less();
}

// -- streams ------------------------------------------------------------------------------------------------------------------

void run::serve(caller c)
{
    if (why_)
        refuse(c, failure(make_error_code(open_failure::administratively_prohibited), "not forwarded any more"));
    else if (plan_.max_streams > 0 && root().open_ >= plan_.max_streams)
        refuse(c, failure(make_error_code(open_failure::resource_shortage), "too many streams"));
    else if (std::optional<user_place> of_user = user_place::take(plan_.users, plan_.user, user_place::kind::stream))
        streams_->start(carry(std::make_unique<place>(share(shared_from_this()), std::move(*of_user)), std::move(c)));
    else
        refuse(c, failure(make_error_code(open_failure::resource_shortage), "the user has too many streams"));
}

void run::refuse(caller& c, const failure& why)
{
    ++done_.refused;
    events::forwarding_refused e;
    fill(e);
    e.target = &c.target;
    e.originator = &c.from;
    e.why = &why;
    tell(e);
    if (c.stream)
        c.stream->close();
    else
        c.undecided.refuse(reason_of(why), refusal_text(why));
}

/// Makes a stream of a caller's channel. Returns: false if the connection has ended meanwhile.
bool run::accept(caller& c)
{
    if (c.stream)
        return true;
    channel near = c.undecided.accept();
    if (!near)
        return false;
    if (std::string name = stream_name(near.connection(), c.from, c.target); !name.empty())
        near.set_name(std::move(name));
    c.stream = make_channel_stream(std::move(near));
    return true;
}

awaitable<outcome<void>> run::carry(std::unique_ptr<place> mine, caller c)
{
    run* const self = &*mine->self;
    mine->at->who = &c;
    std::unique_ptr<socks_reader> socks;
    if (self->plan_.socks) {
        if (!accept(c))
            co_return outcome<void>();
        socks = std::make_unique<socks_reader>();
        auto reading = read_request(*c.stream, *socks, self->plan_.request_timeout);
        const failure why = co_await std::move(reading);
        if (why) {
            self->refuse(c, why);
            co_return outcome<void>();
        }
        c.target = socks->target();
    }
    auto reaching = self->plan_.reach(c.target, c.from);
    stream_outcome far = co_await std::move(reaching);
    if (socks) {
        auto replying = send_reply(*c.stream, *socks, far ? socks_result::granted : result_for(far.error()));
        co_await std::move(replying);
    }
    if (!far)
        self->refuse(c, far.error());
    if (!far || !accept(c))
        co_return outcome<void>();
    ++self->done_.opened;
    auto relaying = result_of(relay(std::move(c.stream), std::move(*far), mine->at->bytes));
    const outcome<relay_result> ended = co_await std::move(relaying);
    (void)ended;
    co_return outcome<void>();
}

counters run::count() const
{
    counters all = done_;
    all.open = open_;
    for (run* const child : children_) {
        const counters more = child->count();
        all.opened += more.opened;
        all.refused += more.refused;
        all.bytes_to_target += more.bytes_to_target;
        all.bytes_from_target += more.bytes_from_target;
    }
    for (const moving& m : moving_) {
        all.bytes_to_target += m.bytes->from_a;
        all.bytes_from_target += m.bytes->from_b;
    }
    return all;
}

std::vector<open_stream> run::streams() const
{
    std::vector<open_stream> all;
    for (const moving& m : moving_) {
        if (m.who == nullptr)
            continue;
        open_stream s;
        s.originator = m.who->from;
        s.target = m.who->target;
        s.bytes_to_target = m.bytes->from_a;
        s.bytes_from_target = m.bytes->from_b;
        all.push_back(std::move(s));
    }
    for (const run* const child : children_)
        for (open_stream& s : child->streams())
            all.push_back(std::move(s));
    return all;
}

// -- the end ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> run::watch(std::shared_ptr<run> self, connection through)
{
    auto waiting = result_of(through.wait_closed());
    const outcome<failure> ended = co_await std::move(waiting);
    if (ended)
        self->stop(*ended);
    co_return outcome<void>();
}

void run::stop(failure why)
{
    const auto self = shared_from_this();
    stop_taking(why);
    for (run* const child : std::list<run*>(children_))
        child->stop(why);
    if (!over_ && !gone_)
        streams_->stop(net::aborted());
}

void run::give_back()
{
    if (--shares_ == 0 && why_ && !gone_)
        finish();
}

void run::finish()
{
    if (std::exchange(over_, true))
        return;
    events::forwarding_ended e;
    fill(e);
    e.why = &why_;
    e.opened = done_.opened;
    e.refused = done_.refused;
    e.bytes_to_target = done_.bytes_to_target;
    e.bytes_from_target = done_.bytes_from_target;
    tell(e);
    if (parent_) {
        counters& all = (*parent_)->done_;
        all.opened += done_.opened;
        all.refused += done_.refused;
        all.bytes_to_target += done_.bytes_to_target;
        all.bytes_from_target += done_.bytes_from_target;
        (*parent_)->children_.remove(this);
        parent_.reset(); // may end the parent
    }
    plan_.through = connection();
    plan_.reach = nullptr;
    plan_.tell = nullptr;
    streams_->stop(net::aborted()); // the watch is left
    closed_.wake_all();
    if (const auto told = std::exchange(plan_.less, nullptr))
        told();
}

awaitable<outcome<failure>> run::wait_closed(std::shared_ptr<run> self)
{
    while (!self->over_) {
        const parking::wake w = co_await self->closed_.wait();
        if (w == parking::wake::cancelled)
            co_return outcome<failure>(boost::system::in_place_error, net::aborted());
    }
    co_return outcome<failure>(boost::system::in_place_value, self->why_);
}

void run::gone() noexcept
{
    gone_ = true;
    end_of_taking_ = nullptr;
    plan_.reach = nullptr; // may hold what holds this object
    plan_.tell = nullptr;
    plan_.less = nullptr;
    plan_.through = connection();
    closed_.abandon();
}

} // namespace sshoal::forward
