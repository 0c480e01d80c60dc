#include "sftp/client/crew.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {
crew::crew(std::shared_ptr<client_core> core) : core_(std::move(core)), fewer_(core_->ready()) { core_->add_gate(fewer_); }
crew::~crew() { core_->remove_gate(fewer_); }

struct crew::end_of_work {
    std::shared_ptr<crew> self;
    signals::iterator place;
    void operator()(std::exception_ptr thrown, outcome<void> r)
    {
        self->running_.erase(place);
        if (thrown && !self->stopping()) // those that are told to stop throw too, but why they were is what counts
            self->thrown_ = thrown;
        if (thrown)
            self->stop(failure(error_code(asio::error::operation_aborted)));
        else if (!r)
            self->stop(r.error());
        self->fewer_.wake_all();
    }
};

namespace {

/// co_spawn() never tells the end of a coroutine that has not been suspended and was cancelled: it awaits once more, and that
/// throws, unless it may not.
awaitable<outcome<void>> told_in_any_case(awaitable<outcome<void>> work)
{
    outcome<void> result;
    std::exception_ptr thrown;
    try {
        result = co_await std::move(work);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return result;
}

} // namespace

void crew::start(awaitable<outcome<void>> work)
{
    const auto place = running_.emplace(running_.end());
    asio::co_spawn(core_->strand(), told_in_any_case(std::move(work)),
                   asio::bind_cancellation_slot(place->slot(), end_of_work{shared_from_this(), place}));
}

void crew::stop(failure why)
{
    if (trouble_)
        return;
    trouble_ = std::move(why);
    // One that ends at once takes its signal out of the list.
    for (auto i = running_.begin(); i != running_.end();) {
        asio::cancellation_signal& s = *i++;
        s.emit(asio::cancellation_type::terminal);
    }
}

awaitable<outcome<void>> crew::wait(std::shared_ptr<crew> self, std::size_t most)
{
    // A cancellation must not end this coroutine before the others have ended.
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (self->size() > (self->stopping() ? 0 : most)) {
        const auto accepted = self->stopping() ? asio::cancellation_type::none : asio::cancellation_type::all;
        const wake w = co_await self->fewer_.wait(accepted);
        if (w == wake::cancelled)
            self->stop(failure(error_code(asio::error::operation_aborted)));
    }
    co_await asio::this_coro::throw_if_cancelled(threw);
    if (self->thrown_)
        std::rethrow_exception(self->thrown_);
    if (self->trouble_)
        co_return self->trouble_;
    co_return outcome<void>();
}

} // namespace sshoal::sftp
