#include "server_keys.hpp"

#include <sshoal/authorized_keys.hpp>
#include <sshoal/child_program.hpp>
#include <sshoal/revoked_keys.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace programs {
namespace {

class key_check {
public:
    key_check(const sshoal::sshd_settings& settings, const key_holder& holder)
        : settings_(settings)
        , holder_(holder)
        , key_(holder.key)
    {
    }

    std::optional<sshoal::permissions> may_log_in(const account& a, std::vector<std::string>& told) const
    {
        if (key_.type() == sshoal::key_type::rsa && key_.bits() < settings_.required_rsa_size) {
            told.push_back("refused RSA key with " + std::to_string(key_.bits()) + " bits, as RequiredRSASize is "
                           + std::to_string(settings_.required_rsa_size));
            return std::nullopt;
        }
        const auto& algorithms = settings_.algorithms.public_keys();
        if (std::find(algorithms.begin(), algorithms.end(), holder_.algorithm) == algorithms.end()) {
            told.push_back("refused a signature by " + sshoal::printable(holder_.algorithm, 64)
                           + ", which PubkeyAcceptedAlgorithms does not have");
            return std::nullopt;
        }
        if (std::string why = sshoal::why_revoked(key_, settings_.revoked_keys); !why.empty()) {
            told.push_back("Authentication refused: " + why);
            return std::nullopt;
        }
        search s;
        const bool became = as_user(a, [&] {
            for (const std::string& path : settings_.authorized_keys_paths(entry_of(a)))
                look_into(path, a, s);
        });
        if (!became)
            told.push_back("cannot take on the identity of " + sshoal::printable(a.name, 64) + " to read its files");
        if (became && !s.found)
            ask_command(a, s);
        if (s.found && a.user_id == 0 && settings_.permit_root_login == sshoal::root_login::forced_commands_only && !s.found->command) {
            s.complaints.push_back("PermitRootLogin lets root in with a key that has a command only");
            s.found.reset();
        }
        // Lines for other keys matter only if the key is on no line.
        if (!s.found)
            told.insert(told.end(), s.complaints.begin(), s.complaints.end());
        return s.found;
    }

private:
    /// The search for one key.
    struct search {
        std::optional<sshoal::permissions> found; ///< those of the first line that lets the key in
        std::vector<std::string> complaints;
    };

    void look_into(const std::string& path, const account& a, search& s) const
    {
        sshoal::authorized_keys_options how;
        if (settings_.strict_modes)
            how.strict_modes(a.user_id, a.home);
        sshoal::authorized_keys list;
        const auto loaded = list.load(path, how);
        if (loaded.has_error())
            s.complaints.push_back("Authentication refused: " + loaded.error().context());
        look_into(list, path, s);
    }

    /// Asks AuthorizedKeysCommand, as a user of its own, for keys of the account.
    void ask_command(const account& a, search& s) const
    {
        constexpr std::size_t most_output = 16 * 1024 * 1024;
        constexpr std::chrono::seconds longest_run{60};
        const auto words = settings_.authorized_keys_command_words(entry_of(a), key_, holder_.ends);
        if (words && words->empty())
            return;
        const std::string what = "AuthorizedKeysCommand " + (words ? words->front() : std::string());
        const auto refuse = [&](const std::string& why) { s.complaints.push_back(what + ": " + why); };
        if (!words)
            return refuse(words.error().context());
        auto runs_as = sshoal::system_account::find(settings_.authorized_keys_command_account(entry_of(a)));
        if (!runs_as || !*runs_as)
            return refuse("AuthorizedKeysCommandUser \"" + settings_.authorized_keys_command_user + "\" not found");
        if (const std::string why = command_complaint(words->front()); !why.empty())
            return refuse(why);
        if ((*runs_as)->user_id != ::geteuid())
            (*runs_as)->find_groups();
        try {
            sshoal::child_command command(*words);
            const auto done
                = sshoal::run_to_end(command.run_as(**runs_as).quiet().capture(most_output).time_limit(longest_run));
            if (!done.end.ok())
                return refuse("failed, " + (done.end.status ? "status " + std::to_string(*done.end.status) : "killed by a signal"));
            sshoal::authorized_keys list;
            list.read(done.out, what);
            look_into(list, what, s);
        } catch (const sshoal::error& e) {
            refuse(e.what());
        }
    }

    /// Returns: why a command may not be trusted, as sshd judges it; empty if it may.
    static std::string command_complaint(const std::string& path)
    {
        struct ::stat what = {};
        for (std::string at = path; !at.empty(); at.resize(at.rfind('/'))) {
            if (::stat(at.c_str(), &what) != 0)
                return "cannot find " + at;
            if (what.st_uid != 0 || (what.st_mode & 022) != 0)
                return "bad ownership or modes for " + at;
        }
        return {};
    }

    void look_into(const sshoal::authorized_keys& list, const std::string& path, search& s) const
    {
        constexpr std::size_t most_warnings = 4;
        std::vector<std::string>& complaints = s.complaints;
        if (s.found)
            return;
        if (const sshoal::authorized_key* line = list.find(key_, holder_.use)) {
            s.found = allowed_by(*line);
            return;
        }
        for (const sshoal::authorized_key& entry : list.restricted())
            if (entry.key == key_ && entry.rules)
                complaints.push_back("Authentication refused: " + sshoal::printable(path) + ':' + std::to_string(entry.line) + ": "
                                     + entry.rules->objection(holder_.use));
        // Lines that cannot be read may have been meant for this key.
        std::size_t unread = 0;
        for (const std::string& w : list.warnings())
            if (++unread <= most_warnings)
                complaints.push_back(w);
        if (unread > most_warnings)
            complaints.push_back(sshoal::printable(path) + ": " + std::to_string(unread - most_warnings)
                                 + " more lines that cannot be read");
    }

    sshoal::permissions allowed_by(const sshoal::authorized_key& line) const
    {
        sshoal::permissions allowed;
        if (line.rules)
            allowed = line.rules->allowed;
        std::erase_if(allowed.environment, [&](const auto& variable) { return !settings_.user_may_set(variable.first); });
        // The line was chosen by the client's address and name, and the library would compare the address only.
        allowed.source_addresses.clear();
        return allowed;
    }

    const sshoal::sshd_settings& settings_;
    const key_holder& holder_;
    const sshoal::public_key& key_;
};

} // namespace

std::optional<sshoal::permissions> key_may_log_in(const account& who, const sshoal::sshd_settings& settings, const key_holder& holder,
                                                  std::vector<std::string>& told)
{
    return key_check(settings, holder).may_log_in(who, told);
}

} // namespace programs
