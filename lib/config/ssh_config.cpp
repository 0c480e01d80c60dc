#include "sshoal/ssh_config.hpp"

#include "base/access.hpp"
#include "config/client_lookup.hpp"
#include "config/client_settings.hpp"
#include "config/client_tokens.hpp"
#include "config/config_file.hpp"
#include "sshoal/key.hpp"

#include <algorithm>

namespace sshoal {

// -- settings -----------------------------------------------------------------------------------------------------------------

ssh_settings::ssh_settings() = default;
ssh_settings::ssh_settings(const ssh_settings&) = default;
ssh_settings::ssh_settings(ssh_settings&&) noexcept = default;
ssh_settings& ssh_settings::operator=(const ssh_settings&) = default;
ssh_settings& ssh_settings::operator=(ssh_settings&&) noexcept = default;
ssh_settings::~ssh_settings() = default;

std::optional<std::string> ssh_settings::get(std::string_view keyword) const
{
    const conf::value* const v = self_ ? self_->find(keyword) : nullptr;
    return v == nullptr || v->empty() ? std::nullopt : std::optional(conf::joined_words(*v, " "));
}

std::vector<std::string> ssh_settings::get_all(std::string_view keyword) const
{
    const conf::value* const v = self_ ? self_->find(keyword) : nullptr;
    return v == nullptr ? std::vector<std::string>() : *v;
}

std::optional<config_place> ssh_settings::place_of(std::string_view keyword) const
{
    const auto row = self_ ? self_->table().find(keyword) : std::nullopt;
    return row && self_->is_set(keyword) ? std::optional((*self_)[*row].at) : std::nullopt;
}

std::string ssh_settings::describe() const { return self_ ? conf::described_settings(*this, *self_) : std::string(); }

outcome<std::vector<std::string>> ssh_settings::known_hosts_command_words(const std::string& known_as, const public_key& key) const
{
    std::vector<std::string> words;
    if (known_hosts_command.empty())
        return words;
    const conf::config_line line = conf::read_config_line("KnownHostsCommand " + known_hosts_command, {});
    if (line.trouble)
        return line.trouble;
    for (const conf::config_word& w : line.words) {
        auto expanded = conf::expand_tokens(w.text, conf::key_tokens, [&](char letter) -> std::optional<std::string> {
            switch (letter) {
            case 'H': return known_as;
            case 'I': return key ? "HOSTNAME" : "ORDER";
            case 'K': return key ? key.base64() : "NONE";
            case 'f': return key ? key.fingerprint(fingerprint_hash) : "NONE";
            default: return key ? std::string(key.type_name()) : "NONE";
            }
        });
        if (!expanded)
            return failure(errc::bad_configuration, "KnownHostsCommand: " + expanded.error().context());
        words.push_back(std::move(*expanded));
    }
    if (!words.front().starts_with('/'))
        return failure(errc::bad_configuration, "KnownHostsCommand: no absolute path: " + printable(words.front()));
    return words;
}

// -- answers ------------------------------------------------------------------------------------------------------------------

config_answers& config_answers::exec(std::function<awaitable<bool>(std::string command)> run)
{
    exec_ = std::move(run);
    forbids_ = false;
    return *this;
}

config_answers& config_answers::forbid_exec()
{
    forbids_ = true;
    return *this;
}

config_answers& config_answers::canonical_name(std::function<awaitable<std::optional<std::string>>(std::string name)> look_up)
{
    look_up_ = std::move(look_up);
    return *this;
}

config_answers& config_answers::only_to_show(bool on)
{
    only_to_show_ = on;
    return *this;
}

// -- files --------------------------------------------------------------------------------------------------------------------

namespace {

using conf::client_document;
using conf::client_item;

std::shared_ptr<const client_document> shared(client_document d) { return std::make_shared<const client_document>(std::move(d)); }

void collect_names(const client_document& d, std::vector<std::string>& names)
{
    for (const client_item& item : d.items) {
        for (const auto& inner : item.included)
            collect_names(*inner, names);
        if (item.what != client_item::kind::host)
            continue;
        for (const conf::config_word& w : item.line.words)
            if (w.text.find_first_of("*?!") == std::string::npos && std::find(names.begin(), names.end(), w.text) == names.end())
                names.push_back(w.text);
    }
}

/// A document whose blocks end with it, so that others can follow.
client_item closed(client_document d)
{
    client_item item;
    item.what = client_item::kind::include;
    item.included.push_back(shared(std::move(d)));
    return item;
}

} // namespace

ssh_config::ssh_config() : self_(shared({})) {}

outcome<ssh_config> ssh_config::parse(std::string_view text, std::string name, const config_reading& how)
{
    auto read = conf::read_client_document(text, name, how);
    if (!read)
        return read.error();
    ssh_config all;
    client_document outer;
    outer.items.push_back(closed(std::move(*read)));
    all.self_ = shared(std::move(outer));
    return all;
}

outcome<ssh_config> ssh_config::load(const std::vector<std::string>& paths, const config_reading& how)
{
    client_document outer;
    for (const std::string& path : paths) {
        auto read = conf::load_client_document(path, how);
        if (!read)
            return read.error();
        if (*read)
            outer.items.push_back(closed(std::move(**read)));
    }
    ssh_config all;
    all.self_ = shared(std::move(outer));
    return all;
}

outcome<ssh_config> ssh_config::load_file(const std::string& path, const config_reading& how)
{
    auto read = conf::load_client_document(path, how);
    if (!read)
        return read.error();
    if (!*read)
        return conf::wrong_place(config_place(path, 0, 0), "No such file or directory");
    ssh_config all;
    client_document outer;
    outer.items.push_back(closed(std::move(**read)));
    all.self_ = shared(std::move(outer));
    return all;
}

outcome<ssh_config> ssh_config::load_default()
{
    ssh_config all;
    config_reading how;
    how.of_user = how.check_owner = true;
    if (const std::string home = config_facts::of_this_process().home; !home.empty()) {
        auto of_user = load({home + "/.ssh/config"}, how);
        if (!of_user)
            return of_user;
        all = std::move(*of_user);
    }
    auto of_system = load({"/etc/ssh/ssh_config"});
    if (!of_system)
        return of_system;
    all.append(*of_system);
    return all;
}

ssh_config& ssh_config::append(const ssh_config& more)
{
    client_document both = *self_;
    both.items.insert(both.items.end(), more.self_->items.begin(), more.self_->items.end());
    self_ = shared(std::move(both));
    return *this;
}

outcome<void> ssh_config::set(std::string_view line, std::string name)
{
    auto item = conf::read_client_setting(line, name);
    if (!item)
        return item.error();
    client_document changed = *self_;
    // Lines of this kind stand in their order before all documents.
    const auto first = std::find_if(changed.items.begin(), changed.items.end(),
                                    [](const client_item& i) { return i.what == client_item::kind::include; });
    changed.items.insert(first, std::move(*item));
    self_ = shared(std::move(changed));
    return {};
}

std::vector<std::string> ssh_config::hostnames() const
{
    std::vector<std::string> names;
    collect_names(*self_, names);
    return names;
}

outcome<ssh_settings> ssh_config::lookup_now(const std::string& host, const config_facts& facts) const
{
    auto step = conf::look_up(*self_, host, facts, {});
    if (!step)
        return step.error();
    if (step->not_done)
        return step->not_done;
    if (step->question.what != conf::lookup_question::kind::none)
        return conf::wrong_place(step->asked_at, "the settings of " + printable(host) + " depend on "
                                                    + (step->question.what == conf::lookup_question::kind::command
                                                           ? "the command " + printable(step->question.text)
                                                           : "a look-up of " + printable(step->question.text)));
    return std::move(step->settings);
}

} // namespace sshoal
