#include "client_trust.hpp"

#include "prompt.hpp"
#include "text_tools.hpp"

#include <sshoal/known_hosts.hpp>
#include <sshoal/randomart.hpp>
#include <sshoal/run_on.hpp>

#include <algorithm>

namespace programs {
namespace {

using sshoal::awaitable;
using sshoal::errc;
using sshoal::failure;
using sshoal::host_key_checking;

constexpr unsigned most_questions = 10;

class client_trust final : public sshoal::host_key_verifier {
public:
    client_trust(const client_settings& c, suspicion suspect) : config_(c), suspect_(std::move(suspect)), more_(sshoal::known_hosts_command(c))
    {
        const bool has_alias = !c.host_key_alias.empty();
        name_ = has_alias ? c.host_key_alias : c.host_name; // behind a ProxyCommand too
        port_ = has_alias ? std::uint16_t(22) : c.port; // an alias stands in the files without a port
    }

    awaitable<failure> verify(sshoal::host_identity server) override
    {
        sshoal::known_hosts known;
        bool complete = true;
        for (const std::string& complaint : load(known)) {
            complete = false;
            say(verbosity::error, "Warning: cannot read the known hosts: " + complaint);
        }
        if (more_) {
            command_run run{more_, server};
            auto running = sshoal::run_on(sshoal::disk_threads(), std::move(run));
            const sshoal::outcome<std::string> lines = co_await std::move(running);
            if (!lines)
                co_return failure(errc::host_key_rejected, lines.error().context());
            known.read(*lines, "KnownHostsCommand");
        }
        const std::string print = server.key.fingerprint(config_.fingerprint_hash);
        const std::string shown = std::string(server.key.type_name()) + " key fingerprint is " + print;
        switch (known.check(name_, port_, server.key.bare())) {
        case sshoal::host_status::match:
            if (draws())
                say(verbosity::info, "Host key fingerprint is " + print + '\n'
                                         + sshoal::randomart(server.key.bare(), config_.fingerprint_hash));
            co_return failure();
        case sshoal::host_status::revoked:
            co_return failure(errc::host_key_rejected, "the host key of " + name_ + " is revoked; " + shown);
        case sshoal::host_status::changed: co_return changed(shown);
        case sshoal::host_status::unknown: break;
        }
        // ssh goes on too. A key that is recorded without a question must not be the host's second key.
        if (!complete && config_.strict_host_key_checking == host_key_checking::accept_new)
            co_return failure(errc::host_key_unknown, "whether " + name_ + " has a known key cannot be read; " + shown);
        co_return unknown(known, server.key.bare(), shown);
    }

    bool preference_waits() const override { return bool(more_); }
    std::vector<std::string> preferred_algorithms(const sshoal::host_identity& server) const override
    {
        sshoal::known_hosts known;
        load(known);
        if (more_)
            if (const auto lines = more_(server))
                known.read(*lines, "KnownHostsCommand");
        return sshoal::algorithms_of(known.keys_for(name_, port_));
    }

private:
    struct command_run {
        sshoal::known_hosts_source source;
        sshoal::host_identity server;
        sshoal::outcome<std::string> operator()() const { return source(server); }
    };

    bool draws() const { return config_.get("VisualHostKey") == "yes"; }

    /// Returns: what could not be read.
    std::vector<std::string> load(sshoal::known_hosts& known) const
    {
        std::vector<std::string> complaints;
        for (const auto* files : {&config_.user_known_hosts, &config_.global_known_hosts})
            for (const std::string& file : *files) {
                if (file == "/dev/null")
                    continue;
                const auto loaded = known.load(file);
                if (loaded.has_error())
                    complaints.push_back(loaded.error().context());
            }
        for (const std::string& w : known.warnings())
            say(verbosity::debug1, w);
        return complaints;
    }

    failure changed(const std::string& shown)
    {
        const std::string warning
            = "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! Somebody may be between you and the server. The " + shown;
        say(verbosity::error, warning);
        if (config_.strict_host_key_checking != host_key_checking::no)
            return failure(errc::host_key_changed, "the host key of " + name_ + " has changed");
        say(verbosity::error, "Password authentication is disabled to avoid man-in-the-middle attacks.");
        *suspect_ = true;
        return {};
    }

    failure unknown(sshoal::known_hosts& known, const sshoal::public_key& key, const std::string& shown)
    {
        const failure refused(errc::host_key_unknown, "the host key of " + name_ + " is not known; " + shown);
        if (config_.strict_host_key_checking == host_key_checking::yes)
            return refused;
        if (config_.strict_host_key_checking == host_key_checking::ask) {
            if (config_.batch_mode)
                return refused;
            std::string question = "The authenticity of host '" + name_ + "' can't be established.\n" + shown + ".\n" +
                                   (draws() ? sshoal::randomart(key, config_.fingerprint_hash) + '\n' : std::string())
                                   + "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
            for (unsigned asked = 1;; ++asked) {
                const auto answer = ask_user(question, true);
                if (!answer || answer->empty() || lower(*answer) == "no")
                    return refused;
                if (lower(*answer) == "yes" || *answer == key.fingerprint(config_.fingerprint_hash))
                    break;
                if (asked == most_questions) // a program that always gives the same answer must not be asked for ever
                    return refused;
                question = "Please type 'yes', 'no' or the fingerprint: ";
            }
        }
        record(known, key);
        return {};
    }

    void record(sshoal::known_hosts& known, const sshoal::public_key& key)
    {
        if (config_.user_known_hosts.empty() || config_.user_known_hosts.front() == "/dev/null")
            return;
        const std::string& file = config_.user_known_hosts.front();
        const auto line = known.add(name_, port_, key, config_.hash_known_hosts);
        const auto added = line ? sshoal::known_hosts::append_to_file(file, *line) : sshoal::outcome<void>(line.error());
        if (added)
            say(verbosity::info,
                "Warning: Permanently added '" + name_ + "' (" + std::string(key.type_name()) + ") to the list of known hosts.");
        else
            say(verbosity::error, "Failed to add the host to the list of known hosts: " + added.error().context());
    }

    const client_settings& config_;
    const suspicion suspect_;
    const sshoal::known_hosts_source more_;
    std::string name_;
    std::uint16_t port_ = 22;
};

} // namespace

std::shared_ptr<sshoal::host_key_verifier> make_client_trust(const client_settings& c, suspicion suspect)
{
    return std::make_shared<client_trust>(c, std::move(suspect));
}

} // namespace programs
