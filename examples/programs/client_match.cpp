#include "client_match.hpp"

#include "text_tools.hpp"

#include <sshoal/child_program.hpp>

namespace programs {
namespace {

struct condition {
    std::string name; ///< in lower case
    std::string value; ///< empty for conditions without a value
    bool negated = false;
};

bool stands_alone(std::string_view name) { return name == "all" || name == "canonical" || name == "final"; }

std::vector<condition> conditions_of(const config_line& line)
{
    line.check_quotes();
    std::vector<condition> all;
    for (std::size_t i = 0; i < line.arguments.size(); ++i) {
        condition c;
        c.negated = line.arguments[i].starts_with('!');
        c.name = lower(line.arguments[i].substr(c.negated ? 1 : 0));
        if (!stands_alone(c.name)) {
            if (++i == line.arguments.size())
                line.fail("a value is missing behind " + c.name);
            c.value = line.arguments[i];
        }
        all.push_back(std::move(c));
    }
    if (all.empty())
        line.fail("a condition is missing");
    return all;
}

/// Checks "all", which may stand only alone, or behind "canonical" or "final". Errors: config_error.
void check_all(const config_line& line, const std::vector<condition>& conditions)
{
    const auto all = std::find_if(conditions.begin(), conditions.end(), [](const condition& c) { return c.name == "all"; });
    if (all == conditions.end())
        return;
    if (all->negated)
        line.fail("\"all\" cannot be negated");
    if (all + 1 != conditions.end() || all - conditions.begin() > 1
        || (all != conditions.begin() && !stands_alone(conditions.front().name)))
        line.fail("\"all\" cannot be combined with other conditions");
}

/// Returns: nothing for conditions that are not decided by facts alone.
std::optional<bool> holds_by_facts(const condition& c, match_facts& facts)
{
    const auto fits = [&](const std::string& text) { return matches_any(split_list(c.value), text); };
    const auto fits_host = [&](const std::string& text) { return matches_any(split_list(lower(c.value)), lower(text)); };
    if (c.name == "all")
        return true;
    if (c.name == "canonical" || c.name == "final") {
        facts.final_wanted = facts.final_wanted || c.name == "final";
        return facts.final_pass;
    }
    if (c.name == "host")
        return fits_host(expand_host_name(facts.config, facts.typed));
    if (c.name == "originalhost")
        return fits_host(facts.typed);
    if (c.name == "user")
        return fits(facts.config.user.value_or(local_user()));
    if (c.name == "localuser")
        return fits(local_user());
    if (c.name == "tagged")
        return fits(facts.config.tag.value_or(""));
    return std::nullopt;
}

bool holds_by_command(const condition& c, const match_facts& facts)
{
    const std::string command = expand_client_command(facts.config, facts.typed, c.value);
    bool holds = false;
    try {
        holds = sshoal::run_to_end(sshoal::child_command::shell(command).quiet()).end.ok();
    } catch (const sshoal::error&) { // there is no such shell
    }
    say(verbosity::debug1, "Match exec \"" + command + "\": " + (holds ? "yes" : "no"));
    return holds;
}

} // namespace

bool match_applies(const config_line& line, match_facts& facts)
{
    const std::vector<condition> conditions = conditions_of(line);
    check_all(line, conditions);
    bool applies = true;
    std::vector<const condition*> others;
    for (const condition& c : conditions) {
        if (const auto holds = holds_by_facts(c, facts))
            applies = applies && *holds != c.negated;
        else
            others.push_back(&c);
    }
    for (const condition* c : others)
        if (applies && c->name != "exec")
            line.fail("the condition \"" + c->name + "\" is not implemented, and the block may be meant for this host");
    for (const condition* c : others)
        applies = applies && holds_by_command(*c, facts) != c->negated;
    return applies;
}

} // namespace programs
