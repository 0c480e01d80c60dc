#include "server_login.hpp"

#include "text_tools.hpp"

#include <sshoal/authorized_keys.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crypt.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace programs {
namespace {

using sshoal::auth_decision;
using sshoal::auth_request;
using sshoal::awaitable;

struct account {
    std::string name, home, shell, password;
    ::uid_t user_id = 0;
    ::gid_t group_id = 0;
    std::vector<std::string> groups;
    std::string barred; ///< why nobody may log in to it; empty: they may
};

/// The database of shadow(5) is root's; for others all that is known is the account itself.
void look_at_shadow(account& a)
{
    const struct ::spwd* entry = ::getspnam(a.name.c_str());
    if (entry == nullptr)
        return;
    a.password = entry->sp_pwdp != nullptr ? entry->sp_pwdp : "";
    const long today = static_cast<long>(std::time(nullptr) / 86'400);
    if (entry->sp_expire > 0 && today > entry->sp_expire)
        a.barred = "the account has expired";
    else if (entry->sp_lstchg == 0)
        a.barred = "the password must be changed first";
    else if (entry->sp_lstchg > 0 && entry->sp_max >= 0 && today > entry->sp_lstchg + entry->sp_max)
        a.barred = "the password has expired";
    else if (a.password.starts_with('!'))
        a.barred = "the account is locked";
}

std::optional<account> find_account(const std::string& name)
{
    const struct ::passwd* entry = ::getpwnam(name.c_str());
    if (entry == nullptr)
        return std::nullopt;
    account a;
    a.name = entry->pw_name;
    a.home = entry->pw_dir;
    a.shell = entry->pw_shell != nullptr && *entry->pw_shell != '\0' ? entry->pw_shell : "/bin/sh";
    a.user_id = entry->pw_uid;
    a.group_id = entry->pw_gid;
    std::vector<::gid_t> ids(256);
    int count = static_cast<int>(ids.size());
    if (::getgrouplist(a.name.c_str(), a.group_id, ids.data(), &count) < 0)
        a.barred = "it is in too many groups";
    ids.resize(std::min(ids.size(), static_cast<std::size_t>(std::max(count, 0))));
    for (const ::gid_t id : ids)
        if (const struct ::group* g = ::getgrgid(id))
            a.groups.emplace_back(g->gr_name);
    look_at_shadow(a);
    if (::geteuid() != 0 && a.user_id != ::geteuid())
        a.barred = "this server does not run as root, so only its own user may log in";
    else if (::access(a.shell.c_str(), X_OK) != 0)
        a.barred = "its shell " + a.shell + " cannot be run";
    else if (a.user_id != 0 && ::access("/etc/nologin", F_OK) == 0)
        a.barred = "/etc/nologin exists";
    return a;
}

bool any_user_pattern(const std::vector<std::string>& patterns, const account& a, const std::string& address)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
        const auto at = p.rfind('@');
        if (at == std::string::npos)
            return matches(p, a.name);
        return matches(p.substr(0, at), a.name) && matches(p.substr(at + 1), address);
    });
}

bool any_group_pattern(const std::vector<std::string>& patterns, const account& a)
{
    return std::any_of(a.groups.begin(), a.groups.end(), [&](const std::string& g) { return matches_any(patterns, g); });
}

/// Why this account may not log in by this kind of proof; empty: it may.
std::string objection(const server_config& c, const account& a, const std::string& address, bool by_password)
{
    if (!a.barred.empty())
        return a.barred;
    if (any_user_pattern(c.deny_users, a, address))
        return "DenyUsers";
    if (!c.allow_users.empty() && !any_user_pattern(c.allow_users, a, address))
        return "not in AllowUsers";
    if (any_group_pattern(c.deny_groups, a))
        return "DenyGroups";
    if (!c.allow_groups.empty() && !any_group_pattern(c.allow_groups, a))
        return "not in AllowGroups";
    if (a.user_id == 0 && (*c.permit_root == root_login::no || (by_password && *c.permit_root != root_login::yes)))
        return "PermitRootLogin";
    return {};
}

/// Reads files as the user whose they are: a link in a home directory must not make root read something else.
class as_user {
public:
    explicit as_user(const account& a) : switched_(::geteuid() == 0 && a.user_id != 0)
    {
        if (!switched_)
            return;
        groups_.resize(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
        ok_ = ::getgroups(static_cast<int>(groups_.size()), groups_.data()) >= 0 && ::initgroups(a.name.c_str(), a.group_id) == 0
              && ::setegid(a.group_id) == 0 && ::seteuid(a.user_id) == 0;
    }
    ~as_user()
    {
        if (!switched_)
            return;
        if (::seteuid(0) != 0 || ::setegid(::getgid()) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0)
            std::abort(); // nothing may go on under the wrong identity
    }
    bool ok() const noexcept { return ok_; }

private:
    std::vector<::gid_t> groups_;
    bool switched_;
    bool ok_ = true;
};

bool may_use_key(const server_config& c, const account& a, const sshoal::public_key& key)
{
    if (key.type() == sshoal::key_type::rsa && key.bits() < *c.required_rsa_bits) {
        say(verbosity::info, "refused RSA key with " + std::to_string(key.bits()) + " bits");
        return false;
    }
    sshoal::authorized_keys list;
    const as_user identity(a);
    if (!identity.ok())
        return false;
    for (const std::string& pattern : *c.authorized_keys_files) {
        auto path = expand_tokens(pattern, [&](char t) -> std::optional<std::string> {
            return t == 'u' ? a.name : t == 'h' ? a.home : t == 'U' ? std::to_string(a.user_id) : std::string();
        });
        if (!path)
            continue;
        if (!path->starts_with('/'))
            *path = a.home + '/' + *path;
        sshoal::authorized_keys_options how;
        if (*c.strict_modes)
            how.strict_modes(a.user_id, a.home);
        const auto loaded = list.load(*path, how);
        if (loaded.has_error())
            say(verbosity::info, "Authentication refused: " + loaded.error().context());
    }
    for (const std::string& w : list.warnings())
        say(verbosity::debug1, w);
    return list.contains(key);
}

/// What users without a password are compared with: hashed as this system hashes, or the time would tell who exists.
std::string usual_hash()
{
    constexpr int most_entries = 1000;
    std::string found = "$6$sshoaldsshoald$";
    if (::geteuid() != 0)
        return found;
    ::setspent();
    for (int i = 0; i < most_entries; ++i) {
        const struct ::spwd* entry = ::getspent();
        if (entry == nullptr)
            break;
        if (entry->sp_pwdp != nullptr && entry->sp_pwdp[0] == '$') {
            found = entry->sp_pwdp;
            break;
        }
    }
    ::endspent();
    return found;
}

/// Slow on purpose, and as slow for users that do not exist.
bool password_fits(std::string given, const std::string& stored, const std::string& usual)
{
    struct ::crypt_data room = {};
    const bool real = stored.size() > 2 && stored.front() == '$';
    const char* hashed = ::crypt_r(given.c_str(), real ? stored.c_str() : usual.c_str(), &room);
    const bool comparable = real && hashed != nullptr && std::strlen(hashed) == stored.size();
    unsigned char differences = comparable ? 0 : 1;
    for (std::size_t i = 0; comparable && i < stored.size(); ++i)
        differences = static_cast<unsigned char>(differences | (hashed[i] ^ stored[i]));
    ::explicit_bzero(given.data(), given.size());
    ::explicit_bzero(&room, sizeof room);
    return differences == 0;
}

awaitable<bool> password_fits_beside(std::string given, std::string stored, std::string usual)
{
    co_return password_fits(std::move(given), stored, usual);
}

class server_login final : public sshoal::authenticator {
public:
    server_login(std::shared_ptr<const server_config> config, std::string remote)
        : config_(std::move(config))
        , remote_(std::move(remote))
    {
    }

    awaitable<auth_decision> decide(auth_request r) override
    {
        const bool by_key = r.what == auth_request::kind::key_query || r.what == auth_request::kind::key;
        if (r.what == auth_request::kind::none || r.what == auth_request::kind::new_password)
            co_return auth_decision::reject();
        if (r.what == auth_request::kind::interactive)
            co_return auth_decision::ask({{"Password: ", false}});
        const std::string name = account_of(r.user);
        const std::optional<account> who = find_account(name);
        const std::string& remote = remote_.empty() ? r.remote : remote_;
        const std::string address = remote.substr(0, remote.find(' '));
        const std::string why_not = who ? objection(*config_, *who, address, !by_key) : "no such account";
        if (!why_not.empty() && r.what != auth_request::kind::key_query)
            say(verbosity::info, "User " + sshoal::printable(name, 64) + " from " + address + " not allowed: " + why_not);
        if (by_key) {
            const bool fits = why_not.empty() && may_use_key(*config_, *who, r.key);
            co_return fits ? auth_decision::accept() : auth_decision::reject();
        }
        std::string given = r.what == auth_request::kind::password ? r.password
                            : r.answers.size() == 1                ? r.answers.front()
                                                                   : std::string();
        std::string stored = who ? who->password : std::string();
        if (given.empty() || given.find('\0') != std::string::npos)
            co_return auth_decision::reject();
        auto work = password_fits_beside(std::move(given), std::move(stored), usual_hash_);
        auto beside = sshoal::asio::co_spawn(pool_.get_executor(), std::move(work), sshoal::asio::use_awaitable);
        const bool fits = co_await std::move(beside);
        co_return fits && why_not.empty() ? auth_decision::accept() : auth_decision::reject();
    }

    std::vector<std::string> methods() const override
    {
        std::vector<std::string> all;
        if (*config_->publickey)
            all.emplace_back("publickey");
        if (::geteuid() != 0) // passwords are root's to read
            return all;
        if (*config_->password)
            all.emplace_back("password");
        if (*config_->interactive)
            all.emplace_back("keyboard-interactive");
        return all;
    }

private:
    const std::shared_ptr<const server_config> config_;
    const std::string remote_;
    const std::string usual_hash_ = usual_hash();
    sshoal::asio::thread_pool pool_{1}; // hashing must not hold up other connections
};

} // namespace

std::string account_of(const std::string& user) { return user.substr(0, user.find(':')); }

std::shared_ptr<sshoal::authenticator> make_server_login(std::shared_ptr<const server_config> config, std::string remote)
{
    return std::make_shared<server_login>(std::move(config), std::move(remote));
}

} // namespace programs
