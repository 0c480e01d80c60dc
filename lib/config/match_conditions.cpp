#include "config/match_conditions.hpp"

#include "base/wildcard.hpp"
#include "config/client_tokens.hpp"
#include "trust/address_list.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

constexpr std::string_view with_argument[] = {"host",    "originalhost", "user",    "localuser",   "localnetwork",
                                              "version", "tagged",       "command", "sessiontype", "exec"};

bool stands_alone(std::string_view name) { return name == "all" || name == "canonical" || name == "final"; }
bool may_be_empty(std::string_view name) { return name == "tagged" || name == "command"; }

/// Patterns with commas; one with '!' that fits decides against the list.
bool fits_list(std::string_view list, std::string_view text, bool fold_case = false)
{
    bool found = false;
    for (const std::string& pattern : comma_list(list)) {
        const bool negated = pattern.starts_with('!');
        if (!matches_wildcard(std::string_view(pattern).substr(negated ? 1 : 0), text, fold_case))
            continue;
        if (negated)
            return false;
        found = true;
    }
    return found;
}

/// An empty text fits only an empty argument.
bool fits_or_empty(const std::string& list, const std::string& text)
{
    return text.empty() ? list.empty() : fits_list(list, text);
}

std::string session_of(const match_subject& to)
{
    const std::string type = to.settings.text("SessionType");
    if (to.facts.subsystem || type == "subsystem")
        return "subsystem";
    if (to.facts.no_session || type == "none")
        return "none";
    return to.facts.remote_command.empty() ? "shell" : "exec";
}

outcome<std::string> host_so_far(const match_subject& to)
{
    const std::string name = to.settings.text("HostName");
    if (name.empty())
        return to.host;
    if (to.final_pass)
        return name;
    return expand_tokens(name, "h", [&](char) { return std::optional(to.host); });
}

/// Sets `found`; leaves it empty for a condition that asks a question.
failure decide(const match_condition& c, match_subject& to, std::optional<bool>& found)
{
    if (c.name == "all") {
        found = true;
    } else if (c.name == "canonical" || c.name == "final") {
        to.wants_final = to.wants_final || (c.name == "final" && !c.negated);
        found = to.final_pass;
    } else if (c.name == "host") {
        const auto name = host_so_far(to);
        if (!name)
            return name.error();
        found = fits_list(c.argument, *name, true);
    } else if (c.name == "originalhost") {
        found = fits_list(c.argument, to.original_host, true);
    } else if (c.name == "user") {
        const std::string user = to.settings.text("User");
        found = fits_list(c.argument, user.empty() ? to.facts.local_user : user);
    } else if (c.name == "localuser") {
        found = fits_list(c.argument, to.facts.local_user);
    } else if (c.name == "version") {
        found = fits_list(c.argument, to.facts.version);
    } else if (c.name == "tagged") {
        found = fits_or_empty(c.argument, to.settings.text("Tag"));
    } else if (c.name == "command") {
        found = fits_or_empty(c.argument, to.facts.remote_command);
    } else if (c.name == "sessiontype") {
        found = fits_list(c.argument, session_of(to));
    } else if (c.name == "localnetwork") {
        const std::vector<std::string> networks = comma_list(c.argument);
        const auto inside = [&](const std::string& a) { return trust::match_addresses(networks, a) == trust::list_match::yes; };
        found = std::any_of(to.facts.local_addresses.begin(), to.facts.local_addresses.end(), inside);
    }
    return {};
}

failure check_place_of_all(const config_line& line, const std::vector<match_condition>& all)
{
    const auto found = std::find_if(all.begin(), all.end(), [](const match_condition& c) { return c.name == "all"; });
    if (found == all.end())
        return {};
    const auto before = found - all.begin();
    if (found + 1 != all.end() || before > 1 || (before == 1 && !stands_alone(all.front().name)))
        return wrong_word(line, found->word, "\"all\" cannot be combined with other conditions");
    return {};
}

} // namespace

outcome<std::vector<match_condition>> read_client_conditions(const config_line& line)
{
    std::vector<match_condition> all;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        match_condition c;
        c.word = i;
        std::string_view word = line.words[i].text;
        c.negated = word.starts_with('!');
        word.remove_prefix(c.negated ? 1 : 0);
        const auto equals = word.find('=');
        c.name = lower_case(word.substr(0, equals));
        const bool known = std::find(std::begin(with_argument), std::end(with_argument), c.name) != std::end(with_argument);
        if (!stands_alone(c.name) && !known)
            return wrong_word(line, i, "there is no condition " + printable(c.name));
        if (known && equals != std::string_view::npos) {
            c.argument = word.substr(equals + 1);
        } else if (known) {
            if (++i == line.words.size())
                return wrong_word(line, c.word, "a value is missing behind " + c.name);
            c.argument = line.words[i].text;
        }
        if (known && c.argument.empty() && !may_be_empty(c.name))
            return wrong_word(line, c.word, "the value behind " + c.name + " is empty");
        all.push_back(std::move(c));
    }
    if (all.empty())
        return wrong_line(line, "a condition is missing");
    if (failure f = check_place_of_all(line, all))
        return f;
    return all;
}

const std::optional<std::string>* answer_to(const lookup_answers& all, const lookup_question& q)
{
    for (const auto& [asked, answer] : all)
        if (asked == q)
            return &answer;
    return nullptr;
}

/// A command is run only if all conditions before and behind it hold, since that may take long.
failure match_applies(const client_item& match, match_subject& to, bool& applies)
{
    applies = true;
    std::vector<const match_condition*> commands;
    for (const match_condition& c : match.conditions) {
        std::optional<bool> found;
        if (const failure f = decide(c, to, found))
            return wrong_word(match.line, c.word, f.context());
        if (found)
            applies = applies && *found != c.negated;
        else
            commands.push_back(&c);
    }
    for (const match_condition* c : commands) {
        if (!applies)
            break;
        auto text = expand_client_command(to.settings, to.facts, to.original_host, c->argument, "CdhijkLlnpru");
        if (!text)
            return wrong_word(match.line, c->word, text.error().context());
        lookup_question q{lookup_question::kind::command, std::move(*text)};
        const auto* const answer = answer_to(to.answers, q);
        if (answer == nullptr) {
            to.question = std::move(q);
            to.asked_at = match.line.place;
            applies = false;
        } else {
            applies = answer->has_value() != c->negated;
        }
    }
    return {};
}

} // namespace sshoal::conf
