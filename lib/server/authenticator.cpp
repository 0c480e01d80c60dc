#include "sshoal/authenticator.hpp"
#include "sshoal/system_account.hpp"

#include "base/secure.hpp"
#include "sshoal/authorized_keys.hpp"
#include "sshoal/run_on.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace sshoal {

namespace {

auth_decision yes_or_no(bool yes) { return yes ? auth_decision::accept() : auth_decision::reject(); }

bool is_about_a_key(const auth_request& r) noexcept
{
    return r.what == auth_request::kind::key_query || r.what == auth_request::kind::key;
}

class function_authenticator final : public authenticator {
public:
    function_authenticator(auth_function decide, std::vector<std::string> methods)
        : decide_(std::move(decide))
        , methods_(std::move(methods))
    {
    }
    awaitable<auth_decision> decide(auth_request request) override { return decide_(std::move(request)); }
    std::vector<std::string> methods() const override { return methods_; }

private:
    auth_function decide_;
    std::vector<std::string> methods_;
};

class key_authenticator final : public authenticator {
public:
    key_authenticator(std::vector<public_key> keys, std::string user) : keys_(std::move(keys)), user_(std::move(user)) {}
    awaitable<auth_decision> decide(auth_request r) override
    {
        // Every key is compared for every user, so that the time does not tell which user exists or where in the list its key is.
        std::size_t fitting = 0;
        if (is_about_a_key(r))
            for (const public_key& k : keys_)
                fitting += k == r.key ? 1 : 0;
        const bool user_fits = user_.empty() || r.user == user_;
        co_return yes_or_no(fitting > 0 && user_fits);
    }
    std::vector<std::string> methods() const override { return {"publickey"}; }

private:
    std::vector<public_key> keys_;
    std::string user_;
};

/// Holds a password and compares other texts with it, in a time that depends on neither.
class fixed_password {
public:
    explicit fixed_password(std::string_view p) : padded_(room), size_(p.size())
    {
        std::memcpy(padded_.data(), p.data(), std::min(p.size(), room));
    }
    bool fits(std::string_view given) const
    {
        secure_bytes padded(room);
        std::memcpy(padded.data(), given.data(), std::min(given.size(), room));
        const bool same_text = equal_constant_time(padded, padded_);
        const bool same_size = given.size() == size_ && size_ <= room;
        return static_cast<int>(same_text) & static_cast<int>(same_size);
    }

private:
    static constexpr std::size_t room = 1024; // longer passwords are refused without a comparison
    secure_bytes padded_;
    std::size_t size_;
};

class password_authenticator final : public authenticator {
public:
    password_authenticator(std::string_view user, std::string_view password) : user_(user), password_(password) {}
    awaitable<auth_decision> decide(auth_request r) override
    {
        if (r.what == auth_request::kind::interactive) {
            std::vector<auth_decision::prompt> prompts(1);
            prompts[0].text = "Password: ";
            co_return auth_decision::ask(std::move(prompts));
        }
        std::string_view given;
        if (r.what == auth_request::kind::password)
            given = r.password;
        else if (r.what == auth_request::kind::answers && r.answers.size() == 1)
            given = r.answers.front();
        else
            co_return auth_decision::reject();
        // Both are compared in any case, so that an unknown user takes the same time as a wrong password.
        const int user_fits = user_.fits(r.user);
        const int password_fits = password_.fits(given);
        co_return yes_or_no((user_fits & password_fits) != 0);
    }
    std::vector<std::string> methods() const override { return {"password", "keyboard-interactive"}; }

private:
    fixed_password user_, password_;
};

struct account {
    std::uint32_t id = 0;
    std::string home;
};

account find_account(const std::string& user)
{
    account found;
    found.id = ::geteuid();
    auto entry = system_account::find(user);
    if (entry && *entry) {
        found.id = (*entry)->user_id;
        found.home = std::move((*entry)->home);
    }
    return found;
}

/// Returns: whether the name, put into a path, names one file in one folder.
bool is_plain_name(std::string_view user) noexcept
{
    return !user.empty() && user != "." && user != ".."
           && user.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

/// Looks for the key in a file. The user's account, the file and the folders above it may be on a slow disk or another machine.
class file_check {
public:
    file_check(std::string path, bool strict, std::string user, public_key key, std::string client)
        : path_(std::move(path)), strict_(strict), user_(std::move(user)), key_(std::move(key))
    {
        use_.address = std::move(client);
    }
    /// Returns: the permissions that the file gives the key; null if the key may not log in.
    std::shared_ptr<const permissions> operator()() const
    {
        const account who = find_account(user_);
        const std::string path = expanded(user_, who);
        if (path.empty())
            return nullptr;
        authorized_keys_options how;
        if (strict_)
            how.strict_modes(who.id, who.home);
        authorized_keys list;
        outcome<bool> loaded = list.load(path, how);
        if (!loaded)
            throw error(loaded.error()); // rejects the key, and puts the reason into the log
        const authorized_key* const line = *loaded ? list.find(key_, use_) : nullptr;
        if (line == nullptr)
            return nullptr;
        auto allowed = std::make_shared<permissions>();
        if (line->rules)
            *allowed = line->rules->allowed;
        allowed->environment.clear(); // the account's owner could set variables for a command that the key forces
        return allowed;
    }

private:
    /// Returns: the path; empty if the path asks for a home directory and there is none.
    std::string expanded(const std::string& user, const account& who) const
    {
        std::string out;
        for (std::size_t i = 0; i < path_.size(); ++i) {
            if (path_[i] != '%' || i + 1 == path_.size()) {
                out += path_[i];
                continue;
            }
            const char what = path_[++i];
            if (what == 'u') {
                out += user;
            } else if (what == 'h') {
                if (who.home.empty())
                    return {};
                out += who.home;
            } else if (what == '%') {
                out += '%';
            } else {
                out += '%';
                out += what;
            }
        }
        return out;
    }

    std::string path_;
    bool strict_;
    std::string user_;
    public_key key_;
    key_use use_;
};

class file_authenticator final : public authenticator {
public:
    file_authenticator(std::string path, bool strict) : path_(std::move(path)), strict_(strict) {}
    awaitable<auth_decision> decide(auth_request r) override
    {
        if (!is_about_a_key(r) || !is_plain_name(r.user))
            co_return auth_decision::reject();
        file_check check(path_, strict_, std::move(r.user), r.key.bare(), r.remote.address());
        auto checking = run_on(std::move(r.work), std::move(check));
        const std::shared_ptr<const permissions> allowed = co_await std::move(checking);
        if (!allowed)
            co_return auth_decision::reject();
        auth_decision yes = auth_decision::accept();
        yes.allowed = allowed;
        co_return std::move(yes);
    }
    std::vector<std::string> methods() const override { return {"publickey"}; }

private:
    std::string path_;
    bool strict_;
};

} // namespace

std::shared_ptr<authenticator> authenticate_if(auth_function decide, std::vector<std::string> methods)
{
    return std::make_shared<function_authenticator>(std::move(decide), std::move(methods));
}

std::shared_ptr<authenticator> authenticate_if(auth_function decide)
{
    return authenticate_if(std::move(decide), {"publickey", "password", "keyboard-interactive"});
}

std::shared_ptr<authenticator> authenticate_keys(std::vector<public_key> keys, std::string user)
{
    return std::make_shared<key_authenticator>(std::move(keys), std::move(user));
}

std::shared_ptr<authenticator> authenticate_password(std::string user, std::string password)
{
    auto made = std::make_shared<password_authenticator>(user, password);
    wipe(password.data(), password.size());
    return made;
}

std::shared_ptr<authenticator> authenticate_authorized_keys(std::string path, bool strict_modes)
{
    return std::make_shared<file_authenticator>(std::move(path), strict_modes);
}

} // namespace sshoal
