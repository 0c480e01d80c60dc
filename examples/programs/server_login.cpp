#include "server_login.hpp"

#include "server_account.hpp"
#include "server_serving.hpp"
#include "text_tools.hpp"

#include <sshoal/authorized_keys.hpp>
#include <sshoal/run_on.hpp>

#include <boost/asio/thread_pool.hpp>

#include <unistd.h>

#include <algorithm>
#include <deque>

namespace programs {
namespace {

using sshoal::auth_decision;
using sshoal::auth_request;
using sshoal::awaitable;

/// The results of a thread, and its lines for the log.
struct finding {
    std::optional<account> who;
    std::string objection; ///< why the account may not log in with any proof; empty: it may
    bool key_fits = false;
    std::vector<std::string> told; ///< lines for the default level
};

/// The part of a log-in that may wait for a disk or another machine.
class login_check {
public:
    login_check(std::shared_ptr<const server_config> config, std::string user, std::string address, sshoal::public_key key)
        : config_(std::move(config))
        , user_(std::move(user))
        , address_(std::move(address))
        , key_(std::move(key))
    {
    }

    /// An empty key: the proof is a password.
    finding operator()() const
    {
        finding f;
        f.who = find_account(user_);
        f.objection = f.who ? objection(*config_, *f.who, address_, !key_) : "no such account";
        if (f.objection.empty() && key_)
            f.key_fits = may_use_key(*f.who, f.told);
        return f;
    }

private:
    bool may_use_key(const account& a, std::vector<std::string>& told) const
    {
        if (key_.type() == sshoal::key_type::rsa && key_.bits() < *config_->required_rsa_bits) {
            told.push_back("refused RSA key with " + std::to_string(key_.bits()) + " bits, as RequiredRSASize is "
                           + std::to_string(*config_->required_rsa_bits));
            return false;
        }
        bool fits = false, restricted = false;
        std::vector<std::string> complaints;
        const bool became = as_user(a, [&] {
            for (const std::string& pattern : *config_->authorized_keys_files)
                look_into(path_for(pattern, a), a, fits, restricted, complaints);
        });
        if (!became)
            told.push_back("cannot take on the identity of " + sshoal::printable(a.name, 64) + " to read its files");
        // Lines for other keys matter only if the key is on no line.
        if (restricted || !fits)
            told.insert(told.end(), complaints.begin(), complaints.end());
        return became && fits && !restricted;
    }

    std::string path_for(const std::string& pattern, const account& a) const
    {
        auto path = expand_tokens(pattern, [&](char t) -> std::optional<std::string> {
            return t == 'u' ? a.name : t == 'h' ? a.home : t == 'U' ? std::to_string(a.user_id) : std::string();
        });
        if (path && !path->starts_with('/'))
            *path = a.home + '/' + *path;
        return path.value_or(std::string());
    }

    void look_into(const std::string& path, const account& a, bool& fits, bool& restricted,
                   std::vector<std::string>& complaints) const
    {
        constexpr std::size_t most_warnings = 4;
        sshoal::authorized_keys_options how;
        if (*config_->strict_modes)
            how.strict_modes(a.user_id, a.home);
        sshoal::authorized_keys list;
        const auto loaded = list.load(path, how);
        if (loaded.has_error())
            complaints.push_back("Authentication refused: " + loaded.error().context());
        fits = fits || list.contains(key_);
        for (const sshoal::authorized_key& entry : list.restricted())
            if (entry.key == key_) {
                restricted = true;
                complaints.push_back("Authentication refused: " + sshoal::printable(path) + ':' + std::to_string(entry.line)
                                     + ": the key " + key_.fingerprint() + " has options, which are not enforced here: "
                                     + sshoal::printable(entry.options, 200));
            }
        // Options of other keys do not matter here; lines that cannot be read may have been meant for this key.
        std::size_t unread = 0;
        for (const std::string& w : list.warnings())
            if (w.find("the key has options") == std::string::npos && ++unread <= most_warnings)
                complaints.push_back(w);
        if (unread > most_warnings)
            complaints.push_back(sshoal::printable(path) + ": " + std::to_string(unread - most_warnings)
                                 + " more lines that cannot be read");
    }

    std::shared_ptr<const server_config> config_;
    std::string user_, address_;
    sshoal::public_key key_;
};

class password_check {
public:
    password_check(std::string given, std::string stored, std::string usual)
        : given_(std::move(given))
        , stored_(std::move(stored))
        , usual_(std::move(usual))
    {
    }
    bool operator()() { return password_fits(std::move(given_), stored_, usual_); }

private:
    std::string given_, stored_, usual_;
};

/// The log's texts are OpenSSH's, because other programs look for them.
class server_login final : public sshoal::authenticator {
public:
    explicit server_login(std::shared_ptr<const server_config> config)
        : config_(std::move(config))
    {
    }

    awaitable<auth_decision> decide(auth_request r) override
    {
        const bool by_key = r.what == auth_request::kind::key_query || r.what == auth_request::kind::key;
        if (r.what == auth_request::kind::none || r.what == auth_request::kind::new_password)
            co_return auth_decision::reject();
        if (r.what == auth_request::kind::interactive)
            co_return auth_decision::ask({{"Password: ", false}});
        const std::string from = place_of(r.remote);
        const std::string name = account_of(r.user);
        const std::string address = r.remote.is_tcp() ? r.remote.address() : "UNKNOWN";
        login_check check(config_, name, address, by_key ? r.key.bare() : sshoal::public_key());
        auto checking = sshoal::run_on(look_up_thread(name), std::move(check));
        const finding found = co_await std::move(checking);
        tell(found, name, from);
        if (by_key) {
            if (found.key_fits)
                co_return auth_decision::accept();
            const std::string which = ": " + std::string(r.key.type_name()) + ' ' + r.key.fingerprint();
            say_failed("publickey", name, from, may_log_in(found), which);
            co_return auth_decision::reject();
        }
        std::string given = r.what == auth_request::kind::password ? r.password
                            : r.answers.size() == 1                ? r.answers.front()
                                                                   : std::string();
        bool fits = false;
        if (!given.empty() && given.find('\0') == std::string::npos) {
            password_check slow(std::move(given), found.who ? found.who->password : std::string(), usual_hash_);
            auto beside = sshoal::run_on(pool_.get_executor(), std::move(slow));
            fits = co_await std::move(beside);
        }
        if (fits && found.objection.empty())
            co_return auth_decision::accept();
        const char* const method = r.what == auth_request::kind::password ? "password" : "keyboard-interactive";
        say_failed(method, name, from, may_log_in(found), "");
        co_return auth_decision::reject();
    }

    void log_in_failed(const std::string& user, const sshoal::endpoint& remote, const sshoal::failure& why) override
    {
        const std::string from = place_of(remote);
        const bool invalid = std::find(strangers_.begin(), strangers_.end(), from) != strangers_.end();
        const std::string kind = invalid ? "invalid user " : "authenticating user ";
        const std::string whom = user.empty() ? "" : kind + sshoal::printable(account_of(user), 64) + ' ';
        const std::string end = whom + from + " [preauth]";
        if (why.code() == sshoal::errc::authentication_failed) {
            say(verbosity::error, "maximum authentication attempts exceeded for " + (invalid ? kind : std::string())
                                      + sshoal::printable(account_of(user), 64) + " from " + from + " ssh2 [preauth]");
            say(verbosity::info, "Disconnecting " + whom + from + ": Too many authentication failures [preauth]");
        } else if (why.code() == sshoal::errc::timed_out)
            say(verbosity::info, "fatal: Timeout before authentication for " + from);
        else if (why.code() == sshoal::errc::disconnected)
            say(verbosity::info, "Disconnected from " + end);
        else
            say(verbosity::info, "Connection closed by " + end);
    }

    std::vector<std::string> methods() const override
    {
        std::vector<std::string> all;
        if (*config_->publickey)
            all.emplace_back("publickey");
        if (::geteuid() != 0) // only root can read passwords
            return all;
        if (*config_->password)
            all.emplace_back("password");
        if (*config_->interactive)
            all.emplace_back("keyboard-interactive");
        return all;
    }

private:
    static bool may_log_in(const finding& f) { return f.who && f.objection.empty(); }

    /// Writes one line for each connection of a user who may not log in with any proof, however often the client asks.
    void tell(const finding& f, const std::string& name, const std::string& from)
    {
        constexpr std::size_t most_strangers = 256;
        const std::string shown = sshoal::printable(name, 64);
        if (!may_log_in(f) && std::find(strangers_.begin(), strangers_.end(), from) == strangers_.end()) {
            strangers_.push_back(from);
            if (strangers_.size() > most_strangers)
                strangers_.pop_front();
            const std::string address = from.substr(0, from.find(' '));
            say(verbosity::info, f.who ? "User " + shown + " from " + address + " not allowed because " + f.objection
                                       : "Invalid user " + shown + " from " + from);
        }
        for (const std::string& line : f.told)
            say(verbosity::info, "User " + shown + ": " + line);
    }

    /// A key that does not fit is mostly just not the right one, since clients offer all their keys.
    static void say_failed(const std::string& method, const std::string& name, const std::string& from, bool valid,
                           const std::string& more)
    {
        say(valid && method == "publickey" ? verbosity::verbose : verbosity::info,
            "Failed " + method + " for " + (valid ? "" : "invalid user ") + sshoal::printable(name, 64) + " from " + from
                + " ssh2" + more);
    }

    const std::shared_ptr<const server_config> config_;
    const std::string usual_hash_ = usual_hash();
    sshoal::asio::thread_pool pool_{1}; // hashing must not hold up other connections
    std::deque<std::string> strangers_; ///< connections that have asked for an account that may not log in
};

} // namespace

std::string account_of(const std::string& user) { return user.substr(0, user.find(':')); }

std::shared_ptr<sshoal::authenticator> make_server_login(std::shared_ptr<const server_config> config)
{
    return std::make_shared<server_login>(std::move(config));
}

} // namespace programs
