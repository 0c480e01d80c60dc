// setting_reader.hpp - reads the values of keywords as numbers, times and lists.
#pragma once

#include "config/setting_store.hpp"
#include "sshoal/limits.hpp"

#include <chrono>

namespace sshoal::conf {

/// The base of the classes that make typed settings. A value has the form that its row in the table says.
class setting_reader {
protected:
    explicit setting_reader(const setting_store& from) noexcept : values_(from) {}

    static bool is_none(const std::string& text) { return lower_case(text) == "none"; }
    std::string text(std::string_view keyword) const { return values_.text(keyword); }
    bool yes(std::string_view keyword) const { return text(keyword) == "yes"; }
    std::int64_t number(std::string_view keyword) const { return number_of(text(keyword), 0, INT64_MAX).value_or(0); }
    std::chrono::seconds time(std::string_view keyword) const { return std::chrono::seconds(number(keyword)); }
    /// Returns: the words of a value; none for "none".
    value list(std::string_view keyword) const
    {
        const value* const v = values_.find(keyword);
        return v == nullptr || (v->size() == 1 && is_none(v->front())) ? value() : *v;
    }
    /// Returns: the text; empty for "none".
    std::string unless_none(std::string_view keyword) const
    {
        std::string t = text(keyword);
        return is_none(t) ? std::string() : t;
    }

    /// Reads form::service.
    traffic_classes classes(std::string_view keyword) const
    {
        const std::string both = text(keyword);
        const std::string_view first = std::string_view(both).substr(0, both.find(' '));
        return traffic_classes(traffic_class_of(first), traffic_class_of(std::string_view(both).substr(both.rfind(' ') + 1)));
    }
    /// Reads form::timeouts.
    std::vector<std::pair<std::string, std::chrono::milliseconds>> idle_times(std::string_view keyword) const
    {
        std::vector<std::pair<std::string, std::chrono::milliseconds>> all;
        for (const std::string& one : list(keyword)) {
            const auto equals = one.find('=');
            all.emplace_back(one.substr(0, equals), std::chrono::seconds(time_of(one.substr(equals + 1)).value_or(0)));
        }
        return all;
    }

private:
    const setting_store& values_;
};

} // namespace sshoal::conf
