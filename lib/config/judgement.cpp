#include "config/judgement.hpp"

#include "base/wildcard.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

std::string why_not_done(const keyword& k)
{
    return std::string(k.name) + ": not implemented" + (k.advice.empty() ? std::string() : "; " + std::string(k.advice));
}

bool named(const std::vector<std::string>& patterns, std::string_view keyword)
{
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& p) { return matches_wildcard(p, keyword, true); });
}

} // namespace

failure judge_value(const keyword& k, const value& v, const config_place& at, const std::vector<std::string>& ignored,
                    config_notes& notes)
{
    if (k.how == effect::done || k.how == effect::ignored || asks_for_nothing(k, v))
        return {};
    const std::string text = at.to_string() + ": " + why_not_done(k);
    const bool may_pass = k.how == effect::harmless || (k.how != effect::needed && named(ignored, k.name));
    if (k.how == effect::deprecated) {
        notes.emplace_back(config_note::warning, at.to_string() + ": " + std::string(k.name) + " is deprecated and has no effect");
    } else if (may_pass) {
        notes.emplace_back(config_note::debug, text);
    } else if (k.how == effect::wish && at.line != 0) {
        const std::string_view silent = k.nothing.substr(0, k.nothing.find(','));
        notes.emplace_back(config_note::warning,
                           text + "; \"" + std::string(k.name) + ' ' + std::string(silent) + "\" ends this warning");
    } else {
        return wrong_place(at, why_not_done(k));
    }
    return {};
}

failure judge_settings(const setting_store& s, const std::vector<std::string>& ignored, config_notes& notes)
{
    for (std::size_t row = 0; row < s.table().size(); ++row) {
        const keyword& k = s.table()[row];
        const setting_store::slot& slot = s[row];
        if (!slot.v || slot.by_default)
            continue;
        if (failure f = judge_value(k, *slot.v, slot.at, ignored, notes))
            return f;
    }
    return {};
}

} // namespace sshoal::conf
