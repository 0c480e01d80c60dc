#include "config/canonical_name.hpp"

#include "base/wildcard.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

std::string chosen_or(const setting_store& s, std::string_view keyword, std::string_view otherwise)
{
    const value* const v = s.find(keyword);
    return v == nullptr || v->empty() ? std::string(otherwise) : v->front();
}

bool goes_directly(const setting_store& s)
{
    const auto none = [](const std::string& text) { return text.empty() || lower_case(text) == "none"; };
    return none(s.text("ProxyCommand")) && none(s.text("ProxyJump"));
}

bool any_pattern(std::string_view list, std::string_view name)
{
    const auto patterns = comma_list(list);
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return matches_wildcard(p, name, true); });
}

/// CanonicalizePermittedCNAMEs: "source-patterns:target-patterns", or "*" for everything.
bool may_follow(const setting_store& s, const std::string& from, const std::string& to)
{
    const value* const rules = s.find("CanonicalizePermittedCNAMEs");
    if (rules == nullptr || from == to)
        return false;
    return std::any_of(rules->begin(), rules->end(), [&](const std::string& rule) {
        const auto colon = rule.find(':');
        if (rule == "*")
            return true;
        return colon != std::string::npos && any_pattern(std::string_view(rule).substr(0, colon), from)
               && any_pattern(std::string_view(rule).substr(colon + 1), to);
    });
}

} // namespace

outcome<std::string> canonical_host_name(const setting_store& s, const std::string& name, const lookup_answers& answers,
                                         lookup_question& question)
{
    const std::string how = chosen_or(s, "CanonicalizeHostname", "false");
    if (how == "false" || name.empty() || name.find(':') != std::string::npos || (!goes_directly(s) && how != "always"))
        return name;
    std::vector<std::string> candidates;
    if (name.ends_with('.')) {
        candidates.push_back(name.substr(0, name.size() - 1));
    } else {
        const auto most = number_of(chosen_or(s, "CanonicalizeMaxDots", "1"), 0, 0x7fffffff).value_or(1);
        if (std::count(name.begin(), name.end(), '.') > most)
            return name;
        if (const value* const domains = s.find("CanonicalDomains"))
            for (const std::string& d : *domains)
                if (lower_case(d) != "none")
                    candidates.push_back(name + (d.starts_with('.') ? "" : ".") + lower_case(d));
    }
    for (const std::string& full : candidates) {
        lookup_question q{lookup_question::kind::canonical_name, full};
        const auto* const answer = answer_to(answers, q);
        if (answer == nullptr) {
            question = std::move(q);
            return name;
        }
        if (!*answer)
            continue;
        std::string canonical = lower_case(**answer);
        if (canonical.ends_with('.'))
            canonical.pop_back();
        return may_follow(s, full, canonical) ? canonical : full;
    }
    if (chosen_or(s, "CanonicalizeFallbackLocal", "yes") == "no")
        return failure(errc::bad_configuration, "Could not resolve host \"" + printable(name) + "\" in any of CanonicalDomains");
    return name;
}

} // namespace sshoal::conf
