#include "server_login.hpp"

#include "server_account.hpp"
#include "server_keys.hpp"
#include "server_serving.hpp"
#include "text_tools.hpp"

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
    shared_settings settings; ///< of this user
    std::optional<std::string> banner; ///< if it is this user's own
    std::string objection; ///< why the account may not log in with any proof; empty: it may
    std::optional<sshoal::permissions> key_allows; ///< what the options of the key leave; nothing if the key may not log in
    std::vector<std::string> told; ///< lines for the default level
};

/// Returns: the facts about a client that Match asks for, without those about its user's account. Its name is looked up later.
sshoal::login_facts facts_of(const auth_request& r, const std::string& user)
{
    sshoal::login_facts f;
    f.user = user;
    f.address = r.remote.is_tcp() ? r.remote.address() : "UNKNOWN";
    f.host = f.address;
    f.local_address = r.local.is_tcp() ? r.local.address() : "UNKNOWN";
    f.local_port = r.local.is_tcp() ? r.local.port() : std::uint16_t(0);
    return f;
}

/// Returns: the addresses and ports of both ends, as the token %C has them.
std::string ends_of(const auth_request& r)
{
    const auto one = [](const sshoal::endpoint& e) {
        return e.is_tcp() ? e.address() + ' ' + std::to_string(e.port()) : std::string("UNKNOWN 65535");
    };
    return one(r.remote) + ' ' + one(r.local);
}

/// The part of a log-in that may wait for a disk or another machine.
class login_check {
public:
    /// A holder without a key: the proof is a password.
    login_check(std::shared_ptr<const server_config> config, sshoal::login_facts from, key_holder holder)
        : config_(std::move(config))
        , from_(std::move(from))
        , holder_(std::move(holder))
    {
    }

    finding operator()()
    {
        finding f;
        f.who = find_account(*from_.user);
        from_.invalid_user = !f.who;
        if (f.who)
            from_.groups = f.who->groups;
        if (config_->server->use_dns)
            if (std::string doubt = from_.look_up_host(); !doubt.empty())
                f.told.push_back(std::move(doubt));
        settings_ = f.settings = settings_for(*config_, from_);
        if (f.settings->banner != config_->server->banner)
            f.banner = banner_text(f.settings->banner);
        f.objection = f.who ? objection(*settings_, *f.who, from_, !holder_.key) : "no such account";
        holder_.use.address = *from_.address;
        holder_.use.host = *from_.host;
        if (f.objection.empty() && holder_.key)
            f.key_allows = key_may_log_in(*f.who, *settings_, holder_, f.told);
        return f;
    }

private:
    std::shared_ptr<const server_config> config_;
    sshoal::login_facts from_;
    key_holder holder_;
    shared_settings settings_;
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
        using kind = auth_request::kind;
        if (r.what == kind::new_password || (r.what == kind::none && !depends_on_user() && !config_->server->refuse_connection))
            co_return auth_decision::reject();
        if (r.what == kind::interactive && !depends_on_user())
            co_return auth_decision::ask({{"Password: ", false}});
        const bool by_key = r.what == kind::key_query || r.what == kind::key;
        const std::string from = place_of(r.remote), name = account_of(r.user);
        key_holder holder;
        if (by_key)
            holder.key = r.key.bare();
        holder.algorithm = r.key_algorithm;
        holder.ends = ends_of(r);
        login_check check(config_, facts_of(r, name), std::move(holder));
        auto checking = sshoal::run_on(look_up_thread(name), std::move(check));
        const finding found = co_await std::move(checking);
        if (found.settings->refuse_connection)
            co_return refused(*found.settings, name, from);
        if (r.what == kind::none)
            co_return rejected(found, r);
        const std::vector<std::string> next = offered(*found.settings, r.succeeded);
        const bool possible = std::find(next.begin(), next.end(), method_of(r.what)) != next.end();
        if (possible && r.what == kind::interactive) {
            auth_decision asking = auth_decision::ask({{"Password: ", false}});
            set_own(asking, found);
            co_return asking;
        }
        tell(found, name, from);
        bool fits = by_key && found.key_allows;
        if (std::string given = given_password(r); possible && !given.empty() && given.find('\0') == std::string::npos) {
            password_check slow(std::move(given), found.who ? found.who->password : std::string(), usual_hash_);
            auto beside = sshoal::run_on(pool_.get_executor(), std::move(slow));
            fits = co_await std::move(beside);
        }
        if (fits && possible && found.objection.empty())
            co_return passed(found, r);
        const std::string which = by_key ? ": " + std::string(r.key.type_name()) + ' ' + r.key.fingerprint(found.settings->fingerprint_hash) : std::string();
        say_failed(found, method_of(r.what), name, from, which);
        co_return rejected(found, r);
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
        const bool any = config_->file.has_match(); // a Match may switch them on
        if (any || config_->server->pubkey_authentication)
            all.emplace_back("publickey");
        if (::geteuid() != 0) // only root can read passwords
            return all;
        if (any || config_->server->password_authentication)
            all.emplace_back("password");
        if (any || config_->server->kbdinteractive_authentication)
            all.emplace_back("keyboard-interactive");
        return all;
    }

private:
    /// Match, or a list of methods, says something about the users of this server.
    bool depends_on_user() const { return config_->file.has_match() || !config_->server->authentication_methods.empty(); }

    static std::string method_of(auth_request::kind k)
    {
        using kind = auth_request::kind;
        return k == kind::key || k == kind::key_query ? "publickey" : k == kind::password ? "password" : "keyboard-interactive";
    }

    static std::string given_password(auth_request& r)
    {
        if (r.what == auth_request::kind::password)
            return r.password;
        return r.what == auth_request::kind::answers && r.answers.size() == 1 ? r.answers.front() : std::string();
    }

    /// Returns: the methods that may follow, of those that this process can serve.
    std::vector<std::string> offered(const sshoal::sshd_settings& s, const std::vector<std::string>& passed) const
    {
        std::vector<std::string> next = s.next_methods(passed);
        const std::vector<std::string> all = methods();
        std::erase_if(next, [&](const std::string& m) { return std::find(all.begin(), all.end(), m) == all.end(); });
        return next;
    }

    /// Sets the values that a Match gives to this user.
    void set_own(auth_decision& d, const finding& f) const
    {
        if (!config_->file.has_match())
            return;
        d.max_tries = std::max(f.settings->max_auth_tries, 1u);
        d.banner = f.banner;
    }

    auth_decision refused(const sshoal::sshd_settings& s, const std::string& name, const std::string& from) const
    {
        say_of(s, *config_, verbosity::info, "administratively prohibited connection for " + sshoal::printable(name, 64) + " from " + from);
        auth_decision d;
        d.hang_up = true;
        return d;
    }

    auth_decision rejected(const finding& f, const auth_request& r) const
    {
        auth_decision d = depends_on_user() ? auth_decision::reject(offered(*f.settings, r.succeeded)) : auth_decision::reject();
        d.unknown_user = !f.who;
        set_own(d, f);
        return d;
    }

    auth_decision passed(const finding& f, const auth_request& r) const
    {
        std::vector<std::string> all = r.succeeded;
        all.push_back(method_of(r.what));
        sshoal::permissions allowed = f.key_allows.value_or(sshoal::permissions());
        allowed.max_sessions = f.settings->max_sessions;
        allowed.accept_env = f.settings->accept_env;
        allowed.idle = f.settings->idle;
        if (config_->file.has_match()) {
            const std::uint64_t bytes = f.settings->rekey_bytes;
            allowed.rekey.emplace(bytes != 0 ? bytes : sshoal::limits().rekey_bytes, f.settings->rekey_time);
            allowed.log = library_level_of(*f.settings, *config_);
        }
        const bool enough = r.what == auth_request::kind::key_query || f.settings->is_enough(all); // a query grants nothing
        auth_decision d = enough ? auth_decision::accept(std::move(allowed), f.settings)
                                 : auth_decision::more(offered(*f.settings, all), std::move(allowed), f.settings);
        set_own(d, f);
        return d;
    }

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
            say_of(*f.settings, *config_, verbosity::info, f.who ? "User " + shown + " from " + address + " not allowed because " + f.objection
                                       : "Invalid user " + shown + " from " + from);
        }
        for (const std::string& line : f.told)
            say_of(*f.settings, *config_, verbosity::info, "User " + shown + ": " + line);
    }

    /// A key that does not fit is mostly just not the right one, since clients offer all their keys.
    void say_failed(const finding& f, const std::string& method, const std::string& name, const std::string& from,
                    const std::string& more) const
    {
        const bool valid = may_log_in(f);
        say_of(*f.settings, *config_, valid && method == "publickey" ? verbosity::verbose : verbosity::info,
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
