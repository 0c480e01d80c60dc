// access.hpp - how the library makes its public handles, and finds what is behind them. Programs can do neither: the constructors
// and the members of handles are private, and this class is their friend.
#pragma once

#include <utility>

namespace sshoal::detail {

struct access {
    template <class Handle, class... Parts>
    static Handle make(Parts&&... parts)
    {
        return Handle(std::forward<Parts>(parts)...);
    }
    /// The pointer that a handle holds.
    template <class Handle>
    static auto& self(Handle& h) noexcept
    {
        return h.self_;
    }
    template <class Handle>
    static const auto& self(const Handle& h) noexcept
    {
        return h.self_;
    }
    /// The second pointer of a handle that is made of a channel and a state.
    template <class Handle>
    static const auto& state(const Handle& h) noexcept
    {
        return h.state_;
    }
};

} // namespace sshoal::detail
