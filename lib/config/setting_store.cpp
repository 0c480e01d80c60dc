#include "config/setting_store.hpp"

#include "base/wildcard.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

/// "-PATTERN" removes the earlier words that fit it.
void add_or_remove(value& all, const std::string& word)
{
    if (word.starts_with('-'))
        std::erase_if(all, [&](const std::string& known) { return matches_wildcard(std::string_view(word).substr(1), known); });
    else
        all.push_back(word);
}

} // namespace

const value* setting_store::find(std::string_view keyword) const noexcept
{
    const auto row = table_->find(keyword);
    return row ? find(*row) : nullptr;
}

std::string setting_store::text(std::string_view keyword) const
{
    const value* const v = find(keyword);
    return v == nullptr || v->empty() ? std::string() : v->front();
}

bool setting_store::is_set(std::string_view keyword) const noexcept
{
    const auto row = table_->find(keyword);
    return row && slots_[*row].v && !slots_[*row].by_default;
}

void setting_store::add(std::size_t row, const value& v, const config_place& at)
{
    const keyword& k = (*table_)[row];
    slot& s = slots_[row];
    if (v.empty()) // a time of "none" sets nothing
        return;
    const bool grows = k.what == form::each_line || k.what == form::each_word || k.what == form::forwarding;
    if (!grows) {
        if (!s.v) {
            s.v = v;
            s.at = at;
        }
        return;
    }
    if (!s.v) {
        s.v.emplace();
        s.at = at;
    }
    for (const std::string& word : v) {
        if (k.words == "-")
            add_or_remove(*s.v, word);
        else if (k.what == form::each_word || std::find(s.v->begin(), s.v->end(), word) == s.v->end())
            s.v->push_back(word);
    }
}

void setting_store::replace(std::string_view keyword, value v)
{
    if (const auto row = table_->find(keyword)) {
        slots_[*row].v = std::move(v);
        slots_[*row].by_default = false;
    }
}

void setting_store::settle(std::string_view keyword)
{
    const auto row = table_->find(keyword);
    if (row && !slots_[*row].v) {
        slots_[*row].v = standard_value((*table_)[*row]);
        slots_[*row].by_default = true;
    }
}

void setting_store::fill()
{
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (!slots_[i].v && !(*table_)[i].standard.empty()) {
            slots_[i].v = standard_value((*table_)[i]);
            slots_[i].by_default = true;
        }
}

} // namespace sshoal::conf
