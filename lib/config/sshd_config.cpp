#include "sshoal/sshd_config.hpp"

#include "base/access.hpp"
#include "base/wildcard.hpp"
#include "config/config_file.hpp"
#include "config/server_document.hpp"
#include "config/server_settings.hpp"
#include "config/tokens.hpp"
#include "trust/pattern.hpp"
#include "sshoal/key.hpp"
#include "sshoal/system_account.hpp"

#include <algorithm>

namespace sshoal {

// -- facts --------------------------------------------------------------------------------------------------------------------

outcome<void> login_facts::look_up_user()
{
    groups.clear();
    invalid_user = false;
    if (!user)
        return {};
    auto found = system_account::find(*user);
    if (!found)
        return found.error();
    invalid_user = !*found;
    if (invalid_user)
        return {};
    (void)(*found)->find_groups(); // of too many groups the first remains
    for (const std::uint32_t id : (*found)->groups)
        if (std::string name = name_of_group(id); !name.empty())
            groups.push_back(std::move(name));
    return {};
}

// -- settings -----------------------------------------------------------------------------------------------------------------

sshd_settings::sshd_settings() = default;
sshd_settings::sshd_settings(const sshd_settings&) = default;
sshd_settings::sshd_settings(sshd_settings&&) noexcept = default;
sshd_settings& sshd_settings::operator=(const sshd_settings&) = default;
sshd_settings& sshd_settings::operator=(sshd_settings&&) noexcept = default;
sshd_settings::~sshd_settings() = default;

std::optional<std::string> sshd_settings::get(std::string_view keyword) const
{
    const conf::value* const v = self_ ? self_->find(keyword) : nullptr;
    return v == nullptr || v->empty() ? std::nullopt : std::optional(conf::joined_words(*v, " "));
}

std::vector<std::string> sshd_settings::get_all(std::string_view keyword) const
{
    const conf::value* const v = self_ ? self_->find(keyword) : nullptr;
    return v == nullptr ? std::vector<std::string>() : *v;
}

std::optional<config_place> sshd_settings::place_of(std::string_view keyword) const
{
    const auto row = self_ ? self_->table().find(keyword) : std::nullopt;
    return row && self_->is_set(keyword) ? std::optional((*self_)[*row].at) : std::nullopt;
}

std::string sshd_settings::describe() const { return self_ ? conf::described_server(*this, *self_) : std::string(); }

std::string sshd_settings::objection(const login_facts& who) const
{
    const auto user_in = [&](const std::vector<std::string>& list) {
        return std::any_of(list.begin(), list.end(), [&](const std::string& p) { return conf::user_fits(p, who); });
    };
    const auto group_in = [&](const std::vector<std::string>& list) {
        return std::any_of(who.groups.begin(), who.groups.end(), [&](const std::string& g) {
            return std::any_of(list.begin(), list.end(), [&](const std::string& p) { return matches_wildcard(p, g); });
        });
    };
    if (user_in(deny_users))
        return "listed in DenyUsers";
    if (!allow_users.empty() && !user_in(allow_users))
        return "not listed in AllowUsers";
    if (group_in(deny_groups))
        return "a group is listed in DenyGroups";
    if (!allow_groups.empty() && !group_in(allow_groups))
        return "none of user's groups are listed in AllowGroups";
    return {};
}

bool sshd_settings::user_may_set(std::string_view variable) const
{
    if (permit_user_environment == "yes" || permit_user_environment == "no")
        return permit_user_environment == "yes";
    return trust::match_list(permit_user_environment, variable) == trust::list_match::yes;
}

namespace {

/// The lists of which each needs no method that is disabled, without the methods that have been passed.
std::vector<std::vector<std::string>> lists_left(const sshd_settings& s, const std::vector<std::string>& passed)
{
    std::vector<std::string> enabled;
    if (s.pubkey_authentication)
        enabled.emplace_back("publickey");
    if (s.password_authentication)
        enabled.emplace_back("password");
    if (s.kbdinteractive_authentication)
        enabled.emplace_back("keyboard-interactive");
    std::vector<std::vector<std::string>> left = s.authentication_methods;
    if (left.empty())
        for (const std::string& m : enabled)
            left.push_back({m});
    std::erase_if(left, [&](const std::vector<std::string>& list) {
        return std::any_of(list.begin(), list.end(), [&](const std::string& m) {
            return std::find(enabled.begin(), enabled.end(), m) == enabled.end();
        });
    });
    for (const std::string& m : passed)
        for (std::vector<std::string>& list : left)
            if (!list.empty() && list.front() == m)
                list.erase(list.begin());
    return left;
}

} // namespace

std::vector<std::string> sshd_settings::next_methods(const std::vector<std::string>& passed) const
{
    std::vector<std::string> next;
    for (const std::vector<std::string>& list : lists_left(*this, passed))
        if (!list.empty() && std::find(next.begin(), next.end(), list.front()) == next.end())
            next.push_back(list.front());
    return next;
}

bool sshd_settings::is_enough(const std::vector<std::string>& passed) const
{
    const auto left = lists_left(*this, passed);
    return !passed.empty() && std::any_of(left.begin(), left.end(), [](const auto& list) { return list.empty(); });
}

namespace {

outcome<std::string> path_of_account(const std::string& written, const system_account& of)
{
    return conf::expand_tokens(written, "hUu", [&](char letter) -> std::optional<std::string> {
        return letter == 'h' ? of.home : letter == 'u' ? of.name : std::to_string(of.user_id);
    });
}

} // namespace

std::vector<std::string> sshd_settings::authorized_keys_paths(const system_account& of) const
{
    std::vector<std::string> all;
    for (const std::string& written : authorized_keys_files)
        if (auto path = path_of_account(written, of))
            all.push_back(path->starts_with('/') ? *path : of.home + '/' + *path);
    return all;
}

outcome<std::vector<std::string>> sshd_settings::authorized_keys_command_words(const system_account& of, const public_key& key,
                                                                               const std::string& ends) const
{
    std::vector<std::string> words;
    if (authorized_keys_command.empty())
        return words;
    const conf::config_line line = conf::read_config_line("AuthorizedKeysCommand " + authorized_keys_command, {});
    if (line.trouble)
        return line.trouble;
    for (const conf::config_word& w : line.words) {
        auto expanded = conf::expand_tokens(w.text, "CDfhktUu", [&](char letter) -> std::optional<std::string> {
            switch (letter) {
            case 'C': return ends;
            case 'D': return std::string();
            case 'f': return key.fingerprint();
            case 'h': return of.home;
            case 'k': return key.base64();
            case 't': return std::string(key.type_name());
            case 'U': return std::to_string(of.user_id);
            default: return of.name;
            }
        });
        if (!expanded)
            return failure(errc::bad_configuration, "AuthorizedKeysCommand: " + expanded.error().context());
        words.push_back(std::move(*expanded));
    }
    if (words.size() == 1)
        words.push_back(of.name);
    return words;
}

std::string sshd_settings::authorized_keys_command_account(const system_account& of) const
{
    const auto name = path_of_account(authorized_keys_command_user, of);
    return name ? *name : authorized_keys_command_user;
}

outcome<std::string> sshd_settings::chroot_path(const system_account& of) const
{
    auto path = path_of_account(chroot_directory, of);
    if (!path)
        return path.error();
    if (!path->empty() && !path->starts_with('/'))
        return failure(errc::bad_configuration, "no absolute path: ChrootDirectory " + printable(*path));
    return path;
}

// -- files --------------------------------------------------------------------------------------------------------------------

sshd_config::sshd_config() : self_(std::make_shared<const conf::server_document>()) {}

outcome<sshd_config> sshd_config::parse(std::string_view text, std::string name, const config_reading& how)
{
    auto read = std::make_shared<conf::server_document>();
    if (failure f = conf::read_server_document(*read, text, name, how))
        return f;
    sshd_config all;
    all.self_ = std::move(read);
    return all;
}

outcome<sshd_config> sshd_config::load(const std::string& path, const config_reading& how)
{
    auto text = conf::read_config_file(path, how);
    if (!text)
        return text.error();
    if (!*text)
        return conf::wrong_place(config_place(path, 0, 0), "No such file or directory");
    return parse(**text, path, how);
}

outcome<void> sshd_config::set(std::string_view line, std::string name)
{
    auto changed = std::make_shared<conf::server_document>(*self_);
    if (failure f = conf::read_server_setting(*changed, line, name))
        return f;
    self_ = std::move(changed);
    return {};
}

outcome<sshd_settings> sshd_config::settings() const
{
    auto found = conf::server_settings_of(conf::server_values(*self_, nullptr));
    if (found && !found->authentication_methods.empty() && found->next_methods({}).empty())
        return conf::wrong_place(found->place_of("AuthenticationMethods").value_or(config_place()),
                                 "AuthenticationMethods: each list has a method that is not enabled");
    return found;
}

outcome<sshd_settings> sshd_config::settings_for(const login_facts& who) const
{
    return conf::server_settings_of(conf::server_values(*self_, &who));
}

bool sshd_config::has_match() const noexcept { return self_->has_match; }

const std::vector<std::pair<config_note, std::string>>& sshd_config::notes() const noexcept { return self_->notes; }

} // namespace sshoal
