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

/// A subsystem's name is its first word.
void add_subsystem(value& all, const std::string& added, bool replaces)
{
    const std::string name = added.substr(0, added.find(' ') + 1);
    for (std::string& known : all)
        if (known.starts_with(name)) {
            if (replaces)
                known = added;
            return;
        }
    all.push_back(added);
}

bool grows(const keyword& k) noexcept
{
    switch (k.what) {
    case form::each_line:
    case form::each_word:
    case form::each_file:
    case form::each_number:
    case form::forwarding:
    case form::names:
    case form::listen:
    case form::subsystem: return true;
    default: return false;
    }
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
    if (!grows(k)) {
        if (!s.v || k.last_counts) {
            s.v = v;
            s.at = at;
        } else if (k.what == form::rekey && s.v->size() == 1 && v.size() == 2) {
            s.v->push_back(v.back()); // amount and time come from the first lines that have them
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
        else if (k.what == form::subsystem)
            add_subsystem(*s.v, word, false);
        else if (k.what == form::each_word || k.what == form::names || k.what == form::listen || k.what == form::each_number
                 || k.what == form::each_file || std::find(s.v->begin(), s.v->end(), word) == s.v->end())
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
        } else if (slots_[i].v && slots_[i].v->size() == 1 && (*table_)[i].what == form::rekey) {
            slots_[i].v->push_back("0");
        }
}

void setting_store::override_with(const setting_store& stronger)
{
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const slot& over = stronger.slots_[i];
        if (!over.v)
            continue;
        slot& s = slots_[i];
        const form what = (*table_)[i].what;
        if (what == form::subsystem && s.v) {
            for (const std::string& one : *over.v)
                add_subsystem(*s.v, one, true);
        } else if (what == form::rekey && s.v && s.v->size() == 2 && over.v->size() == 1) {
            s.v->front() = over.v->front();
        } else {
            s = over;
        }
    }
}

} // namespace sshoal::conf
