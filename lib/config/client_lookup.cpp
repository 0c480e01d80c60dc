#include "config/client_lookup.hpp"

#include "base/wildcard.hpp"
#include "config/canonical_name.hpp"
#include "config/client_keywords.hpp"
#include "config/client_settings.hpp"
#include "config/client_tokens.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

/// Reads all lines of a document for one host.
class client_pass {
public:
    client_pass(setting_store& into, match_subject& subject, config_notes& notes)
        : store_(into), subject_(subject), notes_(notes)
    {
    }

    /// Errors: errc::bad_configuration, also for lines of blocks that do not apply. Stops at a question. `never`: no block applies,
    /// since the file is included below one that does not.
    failure read(const client_document& d, bool never = false)
    {
        bool active = !never;
        for (const client_item& item : d.items) {
            const bool begins_block = item.what == client_item::kind::host || item.what == client_item::kind::match;
            failure wrong = is_judged(item, active) ? item.trouble : failure();
            if (!wrong && item.what == client_item::kind::host)
                active = !never && host_applies(item);
            else if (!wrong && item.what == client_item::kind::match && never)
                active = false;
            else if (!wrong && item.what == client_item::kind::match)
                wrong = match_applies(item, subject_, active);
            else if (!wrong && active)
                wrong = apply(item);
            else if (!wrong)
                wrong = pass_over(item);
            if (wrong || subject_.question.what != lookup_question::kind::none)
                return wrong;
            if (active && begins_block)
                notes_.emplace_back(config_note::debug,
                                    item.line.place.to_string() + ": Applying options for " + printable(item.line.rest));
        }
        return {};
    }

private:
    failure apply(const client_item& item)
    {
        if (item.what == client_item::kind::unknown)
            return unknown(item);
        if (item.what == client_item::kind::include)
            return include(item);
        add(item);
        return {};
    }

    /// Judges a line of a block that does not apply. Files that only a look-up reads are not read for it.
    failure pass_over(const client_item& item)
    {
        if (item.what == client_item::kind::unknown)
            return unknown(item);
        for (const auto& inner : item.included)
            if (failure f = read(*inner, true))
                return f;
        return {};
    }

    failure include(const client_item& item)
    {
        auto files = outcome<std::vector<std::shared_ptr<const client_document>>>(item.included);
        if (item.later)
            files = read_included(item, [this](std::string_view name) {
                return expand_client_text(store_, subject_.facts, subject_.original_host, name, "CdhijkLlnpru");
            });
        if (!files)
            return files.error();
        for (const auto& inner : *files)
            if (failure f = read(*inner); f || subject_.question.what != lookup_question::kind::none)
                return f;
        return {};
    }

    /// A list of algorithms is judged only where it counts: its names may be those of another version.
    bool is_judged(const client_item& item, bool active) const
    {
        const bool names = item.what == client_item::kind::setting && client_keywords[item.row].what == form::algorithms;
        return !names || (active && store_.find(item.row) == nullptr);
    }

    bool host_applies(const client_item& item) const
    {
        bool found = false;
        for (const config_word& w : item.line.words) {
            const bool negated = w.text.starts_with('!');
            if (!matches_wildcard(std::string_view(w.text).substr(negated ? 1 : 0), subject_.host))
                continue;
            if (negated)
                return false;
            found = true;
        }
        return found;
    }

    failure unknown(const client_item& item)
    {
        if (!is_ignored(store_, item.line.keyword))
            return wrong_line(item.line, "Bad configuration option: " + printable(item.line.keyword));
        notes_.emplace_back(config_note::debug,
                            item.line.place.to_string() + ": Ignored unknown option \"" + printable(item.line.written) + '"');
        return {};
    }

    void add(const client_item& item)
    {
        const keyword& k = client_keywords[item.row];
        for (const std::string& name : item.passed_over)
            notes_.emplace_back(config_note::debug, item.line.place.to_string() + ": " + printable(item.line.written) + ": "
                                                        + printable(name) + " is not implemented, and passed over");
        const bool jump = k.name == "ProxyJump";
        // The first of both counts, but "ProxyJump none" leaves a ProxyCommand alone.
        if (jump && lower_case(item.v.front()) != "none" && store_.find("ProxyCommand") != nullptr)
            return;
        if (k.name == "ProxyCommand" && store_.find("ProxyJump") != nullptr && lower_case(store_.text("ProxyJump")) != "none")
            return;
        store_.add(item.row, item.v, item.line.place);
    }

    setting_store& store_;
    match_subject& subject_;
    config_notes& notes_;
};

bool is_address(const std::string& host)
{
    return host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
}

} // namespace

bool reads_files(const client_document& in)
{
    return std::any_of(in.items.begin(), in.items.end(), [](const client_item& item) {
        return item.later || std::any_of(item.included.begin(), item.included.end(), [](const auto& d) { return d->reads_later; });
    });
}

outcome<lookup_step> look_up(const client_document& in, const std::string& host, const config_facts& facts,
                             const lookup_answers& answers)
{
    setting_store store(client_keywords);
    config_notes notes;
    match_subject subject{store, facts, answers, host, host};
    lookup_step step;
    const auto ask = [&]() -> lookup_step& {
        step.question = std::move(subject.question);
        step.asked_at = std::move(subject.asked_at);
        return step;
    };
    if (failure f = client_pass(store, subject, notes).read(in))
        return f;
    if (subject.question.what != lookup_question::kind::none)
        return std::move(ask());
    const std::string pattern = store.find("HostName") != nullptr ? store.text("HostName") : "%h";
    auto name = expand_tokens(pattern, "h", [&](char) { return std::optional(host); });
    if (!name)
        return failure(errc::bad_configuration, "HostName: " + name.error().context());
    if (!is_address(*name))
        *name = lower_case(*name);
    auto canonical = canonical_host_name(store, *name, answers, subject.question);
    if (!canonical)
        return canonical.error();
    if (subject.question.what != lookup_question::kind::none)
        return std::move(ask());
    if (subject.wants_final || store.text("CanonicalizeHostname") == "true" || store.text("CanonicalizeHostname") == "always") {
        notes.emplace_back(config_note::debug, "re-parsing configuration");
        store.replace("HostName", value{*canonical});
        for (const char* used : {"CanonicalizeHostname", "CanonicalizeMaxDots", "CanonicalizeFallbackLocal"})
            store.settle(used);
        subject.host = *canonical;
        subject.final_pass = true;
        if (failure f = client_pass(store, subject, notes).read(in))
            return f;
        if (subject.question.what != lookup_question::kind::none)
            return std::move(ask());
    }
    store.replace("HostName", value{*canonical});
    auto settings = client_settings_of(std::move(store), facts, host, std::move(notes), step.not_done);
    if (!settings)
        return settings.error();
    step.settings = std::move(*settings);
    return step;
}

} // namespace sshoal::conf
