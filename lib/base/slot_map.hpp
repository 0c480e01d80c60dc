// slot_map.hpp - a table that gives small numbers to values. Insert, find and erase are O(1). The number freed last is used next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sshoal {

/// Pointers from find() are valid until the next insert or erase. Numbers stay valid when other entries change. for_each() walks
/// by number, so entries may be inserted and erased meanwhile. Erasing the last entry frees all memory.
template <class T>
class slot_map {
public:
    using id_type = std::uint32_t;

    id_type insert(T value)
    {
        id_type id = free_;
        if (id != none) {
            free_ = slots_[id].next_free;
            slots_[id].value.emplace(std::move(value));
        } else {
            id = id_type(slots_.size());
            slots_.emplace_back(std::move(value));
        }
        ++used_;
        return id;
    }

    T* find(id_type id) noexcept { return id < slots_.size() && slots_[id].value ? &*slots_[id].value : nullptr; }
    const T* find(id_type id) const noexcept { return const_cast<slot_map*>(this)->find(id); }

    /// Removes the entry. Its value is destroyed (or returned by take()) only when the map is consistent again.
    bool erase(id_type id) noexcept { return take(id).has_value(); }
    std::optional<T> take(id_type id) noexcept
    {
        if (!find(id))
            return std::nullopt;
        std::optional<T> out = std::move(slots_[id].value);
        slots_[id].value.reset();
        slots_[id].next_free = free_;
        free_ = id;
        if (--used_ == 0) {
            std::vector<slot>().swap(slots_);
            free_ = none;
        }
        return out;
    }

    /// Calls f(id, value&). Entries that f inserts may or may not be visited; f must not use value& after it has changed the map.
    template <class F>
    void for_each(F&& f)
    {
        for (id_type id = 0; id < slots_.size(); ++id)
            if (slots_[id].value)
                f(id, *slots_[id].value);
    }

    std::size_t size() const noexcept { return used_; }
    bool empty() const noexcept { return used_ == 0; }

private:
    static constexpr id_type none = ~id_type(0);

    struct slot {
        explicit slot(T v) : value(std::move(v)) {}
        std::optional<T> value;
        id_type next_free = none;
    };

    std::vector<slot> slots_;
    id_type free_ = none;
    std::size_t used_ = 0;
};

} // namespace sshoal
