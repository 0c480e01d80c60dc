// flow.hpp - flow<T>: a coroutine without I/O. A flow suspends until a mailbox holds the next packet or the answer to a question;
// filling the mailbox resumes the flow. Key exchange and log-in are written as flows, so that they read from top to bottom and
// run in a unit test without a socket, a thread or a clock.
#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace sshoal {

template <class T = void>
class flow;

namespace detail {

struct flow_promise_base {
    std::coroutine_handle<> continuation; // the flow that awaits this one, if any
    std::exception_ptr thrown;

    struct final_awaiter {
        bool await_ready() const noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) const noexcept
        {
            auto next = h.promise().continuation;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() const noexcept { return {}; }
    // Only allocation failures and broken preconditions throw in a flow. take() rethrows the exception.
    void unhandled_exception() noexcept { thrown = std::current_exception(); }
};

template <class T>
struct flow_promise : flow_promise_base {
    std::optional<T> value;
    flow<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& v) { value.emplace(std::forward<U>(v)); }
    T take()
    {
        if (thrown)
            std::rethrow_exception(thrown);
        return std::move(*value);
    }
};

template <>
struct flow_promise<void> : flow_promise_base {
    flow<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take()
    {
        if (thrown)
            std::rethrow_exception(thrown);
    }
};

} // namespace detail

template <class T>
class [[nodiscard]] flow {
public:
    using promise_type = detail::flow_promise<T>;

    flow() = default;
    flow(flow&& o) noexcept : h_(std::exchange(o.h_, {})) {}
    flow& operator=(flow&& o) noexcept
    {
        if (this != &o) {
            reset();
            h_ = std::exchange(o.h_, {});
        }
        return *this;
    }
    ~flow() { reset(); }

    /// Destroys the coroutine and all its variables. A flow must not call reset() on itself.
    void reset() noexcept
    {
        if (h_)
            std::exchange(h_, {}).destroy();
    }

    explicit operator bool() const noexcept { return bool(h_); }
    bool done() const noexcept { return h_ && h_.done(); }

    /// Runs a new flow up to its first suspension. The awaitable on which the flow suspends resumes it later.
    void start() { h_.resume(); }

    /// Returns the result of a flow that is done.
    T take() { return h_.promise().take(); }

    // Awaiting a flow from another flow runs it and hands over its result.
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> outer) noexcept
    {
        h_.promise().continuation = outer;
        return h_;
    }
    T await_resume() { return h_.promise().take(); }

private:
    friend promise_type;
    explicit flow(std::coroutine_handle<promise_type> h) noexcept : h_(h) {}
    std::coroutine_handle<promise_type> h_;
};

template <class T>
flow<T> detail::flow_promise<T>::get_return_object() noexcept
{
    return flow<T>(std::coroutine_handle<flow_promise>::from_promise(*this));
}
inline flow<void> detail::flow_promise<void>::get_return_object() noexcept
{
    return flow<void>(std::coroutine_handle<flow_promise>::from_promise(*this));
}

/// A place where one flow waits for one value of type T. `put` resumes the waiting flow at once, or keeps the value for it.
/// The mailbox keeps at most one value; `full()` returns whether a value is kept.
template <class T>
class mailbox {
public:
    bool waiting() const noexcept { return bool(waiter_); }
    bool full() const noexcept { return value_.has_value(); }

    void put(T v)
    {
        assert(!value_);
        value_.emplace(std::move(v));
        if (waiter_)
            std::exchange(waiter_, {}).resume();
    }

    // g++ 12 copies an awaited lvalue into the frame, so the mailbox itself must not be the awaiter.
    struct awaiter {
        mailbox* box;
        bool await_ready() const noexcept { return box->value_.has_value(); }
        void await_suspend(std::coroutine_handle<> h) const noexcept { box->waiter_ = h; }
        T await_resume() const
        {
            T v = std::move(*box->value_);
            box->value_.reset();
            return v;
        }
    };
    awaiter next() noexcept { return {this}; }

private:
    std::optional<T> value_;
    std::coroutine_handle<> waiter_;
};

} // namespace sshoal
