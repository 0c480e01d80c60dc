// The handle of a forwarding.
#include "base/access.hpp"
#include "forward/run.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"

namespace sshoal::forward {

run_handle::run_handle(std::shared_ptr<run> r) : core(std::move(r)), bound(core->bound()) {}

run_handle::~run_handle() { stop(); }

void run_handle::stop() noexcept
{
    net::dispatch_if_possible(core->strand(), [r = core] { r->stop(failure(errc::closed, "stopped")); });
}

forwarding::forwarding() noexcept = default;
forwarding::forwarding(std::shared_ptr<run_handle> h) noexcept : self_(std::move(h)) {}

const endpoint& forwarding::bound() const noexcept
{
    static const endpoint none;
    return self_ ? self_->bound : none;
}
counters forwarding::count() const { return self_ ? self_->core->count() : counters(); }
std::vector<open_stream> forwarding::streams() const { return self_ ? self_->core->streams() : std::vector<open_stream>(); }
void forwarding::drain()
{
    if (self_)
        net::dispatch_if_possible(self_->core->strand(), [r = self_->core] { r->drain(); });
}
void forwarding::stop() noexcept
{
    if (self_)
        self_->stop();
}
executor forwarding::get_executor() const noexcept { return self_ ? self_->core->strand() : executor(); }

awaitable<failure> forwarding::wait_closed()
{
    return net::or_throw(get_executor(), run::wait_closed(self_ ? self_->core : nullptr));
}

} // namespace sshoal::forward
