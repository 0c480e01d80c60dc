// Verifies host keys by known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): by files, which are read for every connection because
// users edit them, or by entries in memory.

#include "sshoal/failure_detail.hpp"
#include "sshoal/host_key_verifier.hpp"

#include "os/home_directory.hpp"
#include "os/regular_file.hpp"
#include "sshoal/known_hosts.hpp"
#include "sshoal/run_on.hpp"
#include "sshoal/shell_quote.hpp"
#include "trust/host_name.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace sshoal {
namespace {

constexpr char system_file[] = "/etc/ssh/ssh_known_hosts";

/// Quotes text for a command line that the user may copy.
std::string quoted(const std::string& text) { return shell_quote(printable(text, 1024)); }

// An alias replaces host and port, as ssh does with HostKeyAlias.
const std::string& name_in_files(const host_identity& s) noexcept { return s.alias.empty() ? s.host : s.alias; }
std::uint16_t port_in_files(const host_identity& s) noexcept { return s.alias.empty() ? s.port : std::uint16_t(22); }

std::string entry_of(const host_identity& s)
{
    return trust::host_and_port(trust::normal_host(name_in_files(s)), port_in_files(s));
}

std::string name_of_host(const host_identity& server) { return printable(entry_of(server)); }

std::string name_of_key(const presented_key& key) { return std::string(key.type_name()) + ' ' + key.fingerprint(); }

/// The common part of the verifiers for files and for memory. Derived classes serve several connections at a time, on several
/// threads.
class known_hosts_verifier : public host_key_verifier, public std::enable_shared_from_this<known_hosts_verifier> {
public:
    known_hosts_verifier(unknown_host policy, verify_function ask) : policy_(policy), ask_(std::move(ask)) {}

    awaitable<failure> verify(host_identity server) override
    {
        outcome<host_status> status = host_status::unknown;
        if (preference_waits()) {
            long_look_up search{shared_from_this(), server};
            auto searching = run_on(disk_threads(), std::move(search));
            status = co_await std::move(searching);
        } else {
            status = look_up(server);
        }
        if (!status)
            co_return status.error();
        if (*status != host_status::unknown)
            co_return judge(*status, server);
        if (policy_ == unknown_host::refuse || (policy_ == unknown_host::ask && !ask_))
            co_return judge(host_status::unknown, server);
        if (policy_ == unknown_host::warn) {
            if (server.warn)
                server.warn("the host key of " + name_of_host(server) + " is not known, and was accepted without a check: "
                            + name_of_key(server.key));
            co_return failure();
        }
        if (policy_ == unknown_host::ask) {
            host_identity shown = server;
            const bool accepted = co_await ask_(std::move(shown));
            if (!accepted)
                co_return failure(errc::host_key_rejected, "host key of " + name_of_host(server) + " was not accepted");
            // Another connection may have asked the user about the same key in the meantime.
            status = look_up(server);
            if (!status)
                co_return status.error();
            if (*status != host_status::unknown)
                co_return judge(*status, server);
        }
        // If the key cannot be recorded but the user said yes, the key holds for this connection, and the next connection asks
        // again. Without the user's yes the key is refused: a different key could pass each time.
        failure unrecorded = record(server);
        if (!unrecorded && server.warn)
            server.warn("host key of " + name_of_host(server) + " added to " + recorded_in() + ": " + name_of_key(server.key));
        if (policy_ == unknown_host::ask)
            co_return failure();
        co_return unrecorded;
    }

    std::vector<std::string> preferred_algorithms(const host_identity& server) const override
    {
        return algorithms_of(keys_for(name_in_files(server), port_in_files(server)));
    }

protected:
    ~known_hosts_verifier() = default;
    virtual outcome<host_status> look_up(const host_identity& server) const = 0;
    /// The same in all sources, if some of them make the caller wait.
    virtual outcome<host_status> look_up_everywhere(const host_identity& server) const { return look_up(server); }
    virtual std::vector<public_key> keys_for(const std::string& host, std::uint16_t port) const = 0;
    virtual failure record(const host_identity& server) = 0;
    /// Returns: where the entries are, as text.
    virtual std::string sources_text() const = 0;
    /// Returns: where record() puts an entry, as text.
    virtual std::string recorded_in() const { return sources_text(); }
    struct place {
        std::string file;
        std::size_t line = 0; ///< 0: not found
    };
    virtual place find_line(host_status, const host_identity&) const { return {}; }

private:
    struct long_look_up {
        std::shared_ptr<const known_hosts_verifier> in; // the search may outlive the connection
        host_identity server;
        outcome<host_status> operator()() const { return in->look_up_everywhere(server); }
    };

    failure judge(host_status status, const host_identity& server) const
    {
        if (status == host_status::match)
            return {};
        const std::string name = name_of_host(server);
        const std::string key = name_of_key(server.key);
        if (status == host_status::unknown)
            return {errc::host_key_unknown, "host key of " + name + " is not known: the server has " + key
                                                + ". Compare this with what its "
                                                  "administrator says, then add the key to "
                                                + sources_text()};
        const place at = find_line(status, server);
        const std::string where = at.line == 0 ? sources_text() : printable(at.file) + " line " + std::to_string(at.line);
        if (status == host_status::revoked)
            return {errc::host_key_rejected,
                    "host key of " + name + " is revoked: " + key + ", " + where + ". Do not trust this server"};
        std::string text = "host key of " + name + " changed: the server has " + key + ", but " + where
                           + " has another key. Somebody may be between you and the server";
        if (at.line != 0)
            text += ". If it really has a new key, remove the old: ssh-keygen -R "
                    + quoted(entry_of(server)) + " -f " + quoted(at.file);
        failure_detail detail;
        detail.shown_key = server.key.bare();
        detail.expected_keys = keys_for(name_in_files(server), port_in_files(server));
        return with_detail(failure(errc::host_key_changed, std::move(text)), std::move(detail));
    }

    const unknown_host policy_;
    const verify_function ask_;
};

class files_verifier final : public known_hosts_verifier {
public:
    files_verifier(std::vector<std::string> files, bool can_add, unknown_host policy, verify_function ask,
                   known_hosts_source more = {})
        : known_hosts_verifier(policy, std::move(ask)), files_(std::move(files)), can_add_(can_add), more_(std::move(more))
    {
    }

    bool preference_waits() const override { return bool(more_); }
    std::vector<std::string> preferred_algorithms(const host_identity& server) const override
    {
        known_hosts all;
        if (load(all) || load_more(all, server))
            return {}; // verify() reports the error
        return algorithms_of(all.keys_for(name_in_files(server), port_in_files(server)));
    }

private:
    /// A file that cannot be read could hold a @revoked line, so it is an error.
    failure load(known_hosts& all) const
    {
        for (const std::string& file : files_) {
            const outcome<bool> loaded = all.load(file);
            if (loaded.has_error())
                return loaded.error();
        }
        return {};
    }

    failure load_more(known_hosts& all, const host_identity& server) const
    {
        if (!more_)
            return {};
        const outcome<std::string> lines = more_(server);
        if (!lines)
            return lines.error();
        all.read(*lines, "KnownHostsCommand");
        return {};
    }

    outcome<host_status> look_up(const host_identity& server) const override
    {
        known_hosts all;
        if (failure f = load(all))
            return f;
        return all.check(name_in_files(server), port_in_files(server), server.key.bare());
    }

    outcome<host_status> look_up_everywhere(const host_identity& server) const override
    {
        known_hosts all;
        failure f = load(all);
        if (!f)
            f = load_more(all, server);
        if (f)
            return f;
        return all.check(name_in_files(server), port_in_files(server), server.key.bare());
    }

    std::vector<public_key> keys_for(const std::string& host, std::uint16_t port) const override
    {
        known_hosts all;
        if (load(all))
            return {}; // verify() reports the error
        return all.keys_for(host, port);
    }

    failure record(const host_identity& server) override
    {
        known_hosts fresh;
        const outcome<std::string> line = fresh.add(name_in_files(server), port_in_files(server), server.key.bare());
        if (!line)
            return line.error();
        if (!can_add_)
            return {errc::file_error, "no file to record the host key of " + name_of_host(server) + " in"};
        const auto added = known_hosts::append_to_file(files_.front(), *line);
        return added ? failure() : added.error();
    }

    std::string recorded_in() const override { return printable(files_.front()); }
    std::string sources_text() const override
    {
        std::string names;
        for (const std::string& file : files_) {
            names += (names.empty() ? "" : ", ") + printable(file);
            if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT)
                names += " (this file does not exist)";
        }
        return names.empty() ? "a known_hosts file" : names;
    }

    /// Finds the first line that gives the same result as all lines together. It is only for the text of a refusal, so it may be
    /// slow.
    place find_line(host_status status, const host_identity& server) const override
    {
        constexpr std::size_t most_lines = 100'000;
        for (const std::string& file : files_) {
            const auto content = os::read_file(file, known_hosts::default_file_limit);
            if (!content)
                continue;
            std::string_view text = text_of(byte_view(*content));
            for (std::size_t number = 1; !text.empty() && number <= most_lines; ++number) {
                const std::string_view line = text.substr(0, text.find('\n'));
                text.remove_prefix(std::min(text.size(), line.size() + 1));
                known_hosts one;
                one.read(line);
                if (one.size() != 0 && one.check(name_in_files(server), port_in_files(server), server.key.bare()) == status)
                    return {file, number};
            }
        }
        return {};
    }

    const std::vector<std::string> files_;
    const bool can_add_; ///< new hosts go to the first file
    const known_hosts_source more_;
};

class memory_verifier final : public known_hosts_verifier {
public:
    memory_verifier(std::shared_ptr<shared_known_hosts> entries, unknown_host policy, verify_function ask)
        : known_hosts_verifier(policy, std::move(ask)), entries_(std::move(entries))
    {
    }

private:
    outcome<host_status> look_up(const host_identity& server) const override
    {
        return entries_->look([&](const known_hosts& all) {
            return all.check(name_in_files(server), port_in_files(server), server.key.bare());
        });
    }
    std::vector<public_key> keys_for(const std::string& host, std::uint16_t port) const override
    {
        return entries_->look([&](const known_hosts& all) { return all.keys_for(host, port); });
    }
    failure record(const host_identity& server) override
    {
        const outcome<std::string> line = entries_->change([&](known_hosts& all) {
            return all.add(name_in_files(server), port_in_files(server), server.key.bare());
        });
        return line ? failure() : line.error();
    }
    std::string sources_text() const override { return "the known hosts of this program"; }

    const std::shared_ptr<shared_known_hosts> entries_;
};

} // namespace

std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, unknown_host policy, verify_function ask)
{
    return trust_known_hosts(std::move(files), known_hosts_source(), policy, std::move(ask));
}

std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, known_hosts_source more,
                                                     unknown_host policy, verify_function ask)
{
    for (std::string& file : files)
        file = os::with_home(std::move(file));
    const bool can_add = !files.empty();
    return std::make_shared<files_verifier>(std::move(files), can_add, policy, std::move(ask), std::move(more));
}

std::shared_ptr<host_key_verifier> trust_known_hosts(known_hosts entries, unknown_host policy, verify_function ask)
{
    return trust_known_hosts(std::make_shared<shared_known_hosts>(std::move(entries)), policy, std::move(ask));
}

std::shared_ptr<host_key_verifier> trust_known_hosts(std::shared_ptr<shared_known_hosts> entries, unknown_host policy,
                                                     verify_function ask)
{
    return std::make_shared<memory_verifier>(std::move(entries), policy, std::move(ask));
}

std::shared_ptr<host_key_verifier> trust_known_hosts_default(unknown_host policy, verify_function ask)
{
    std::vector<std::string> files{system_file};
    const std::string own = known_hosts::user_file();
    const bool has_home = !own.empty();
    if (has_home)
        files.insert(files.begin(), own);
    return std::make_shared<files_verifier>(std::move(files), has_home, policy, std::move(ask));
}

} // namespace sshoal
