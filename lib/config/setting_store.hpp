// setting_store.hpp - the values that the lines of a configuration have given to keywords.
#pragma once

#include "config/keyword.hpp"

namespace sshoal::conf {

class setting_store {
public:
    explicit setting_store(const keyword_table& table) : table_(&table), slots_(table.size()) {}

    struct slot {
        std::optional<value> v;
        config_place at;
        bool by_default = false;
    };

    const keyword_table& table() const noexcept { return *table_; }
    /// Returns: the value of a row; null if there is none.
    const value* find(std::size_t row) const noexcept { return slots_[row].v ? &*slots_[row].v : nullptr; }
    /// Returns: the value of a keyword that is in the table; null if there is none.
    const value* find(std::string_view keyword) const noexcept;
    /// Returns: the single text of a value; empty if there is none.
    std::string text(std::string_view keyword) const;
    bool is_set(std::string_view keyword) const noexcept;
    const slot& operator[](std::size_t row) const noexcept { return slots_[row]; }

    /// Adds the value of one line: of several values the first counts, and lists of several lines grow.
    void add(std::size_t row, const value& v, const config_place& at);
    /// Sets a value, whatever was there before.
    void replace(std::string_view keyword, value v);
    /// Takes the values of another store in place of these; of subsystems, those of the same name.
    void override_with(const setting_store& stronger);
    void clear(std::size_t row) noexcept { slots_[row].v.reset(); }
    /// Gives every keyword without a value its standard one.
    void fill();
    /// Gives one keyword its standard value, which lines do not change any more.
    void settle(std::string_view keyword);

private:
    const keyword_table* table_;
    std::vector<slot> slots_;
};

} // namespace sshoal::conf
