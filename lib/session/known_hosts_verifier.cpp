// Trust by known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). The files are read for every connection,
// as their user edits them.

#include "sshoal/host_key_verifier.hpp"

#include "config/host_name.hpp"
#include "keys/regular_file.hpp"
#include "sshoal/known_hosts.hpp"

#include <algorithm>
#include <charconv>

namespace sshoal {
namespace {

constexpr char system_file[] = "/etc/ssh/ssh_known_hosts";

/// 0 where it is none.
std::uint16_t port_number(std::string_view text) noexcept
{
    std::uint16_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    return ec == std::errc() && end == text.data() + text.size() ? n : std::uint16_t(0);
}

/// In quotes, for a command line that the user may copy.
std::string quoted(const std::string& text)
{
    std::string q = "'";
    for (const char c : printable(text, 1024))
        q += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return q + "'";
}

class known_hosts_verifier final : public host_key_verifier {
public:
    known_hosts_verifier(std::vector<std::string> files, bool can_add, unknown_host policy, verify_function ask)
        : files_(std::move(files)), can_add_(can_add), policy_(policy), ask_(std::move(ask))
    {
    }

    awaitable<failure> verify(host_identity server) override
    {
        const std::uint16_t port = port_number(server.port);
        if (port == 0)
            co_return failure(errc::invalid_argument, "not a port number: " + printable(server.port, 32));
        outcome<host_status> status = look_up(server, port);
        if (!status)
            co_return status.error();
        if (*status != host_status::unknown)
            co_return judge(*status, server, port);
        if (policy_ == unknown_host::refuse || (policy_ == unknown_host::ask && !ask_))
            co_return judge(host_status::unknown, server, port);
        if (policy_ == unknown_host::ask) {
            host_identity shown = server;
            const bool accepted = co_await ask_(std::move(shown));
            if (!accepted)
                co_return failure(errc::host_key_rejected, "host key of " + name_of_host(server, port) + " was not accepted");
            // Somebody may have been asked the same by another connection in the meantime.
            status = look_up(server, port);
            if (!status)
                co_return status.error();
            if (*status != host_status::unknown)
                co_return judge(*status, server, port);
        }
        co_return record(server, port);
    }

    std::vector<std::string> known_types(const std::string& host, const std::string& port) const override
    {
        std::vector<std::string> types;
        known_hosts all;
        if (load(all))
            return types; // verify() reports it
        for (const public_key& k : all.keys_for(host, port_number(port)))
            if (std::find(types.begin(), types.end(), k.type_name()) == types.end())
                types.emplace_back(k.type_name());
        return types;
    }

private:
    /// A file that cannot be read could hold a @revoked line, so it is not passed over.
    failure load(known_hosts& all) const
    {
        for (const std::string& file : files_) {
            const outcome<bool> loaded = all.load(file);
            if (loaded.has_error())
                return loaded.error();
        }
        return {};
    }

    outcome<host_status> look_up(const host_identity& server, std::uint16_t port) const
    {
        known_hosts all;
        if (failure f = load(all))
            return f;
        return all.check(server.host, port, server.key);
    }

    static std::string name_of_host(const host_identity& server, std::uint16_t port)
    {
        return printable(config::host_and_port(config::normal_host(server.host), port));
    }

    struct place {
        std::string file;
        std::size_t line = 0; ///< 0: not found
    };

    /// The first line that says the same as all of them together. Only for the words of a refusal, so it may take its time.
    place find_line(host_status status, const host_identity& server, std::uint16_t port) const
    {
        constexpr std::size_t most_lines = 100'000;
        for (const std::string& file : files_) {
            const auto content = keys::read_file(file, known_hosts::default_file_limit);
            if (!content)
                continue;
            std::string_view text = text_of(byte_view(*content));
            for (std::size_t number = 1; !text.empty() && number <= most_lines; ++number) {
                const std::string_view line = text.substr(0, text.find('\n'));
                text.remove_prefix(std::min(text.size(), line.size() + 1));
                known_hosts one;
                one.read(line);
                if (one.size() != 0 && one.check(server.host, port, server.key) == status)
                    return {file, number};
            }
        }
        return {};
    }

    failure judge(host_status status, const host_identity& server, std::uint16_t port) const
    {
        if (status == host_status::match)
            return {};
        const std::string name = name_of_host(server, port);
        const std::string key = std::string(server.key.type_name()) + ' ' + server.key.fingerprint();
        std::string files;
        for (const std::string& file : files_)
            files += (files.empty() ? "" : ", ") + printable(file);
        const auto refused = [](std::string why) { return failure(errc::host_key_rejected, std::move(why)); };
        if (status == host_status::unknown)
            return refused("host key of " + name + " is not known: the server has " + key + ". Compare this with what its "
                           "administrator says, then add the key to " + (files.empty() ? "a known_hosts file" : files));
        const place at = find_line(status, server, port);
        const std::string where = at.line == 0 ? files : printable(at.file) + " line " + std::to_string(at.line);
        if (status == host_status::revoked)
            return refused("host key of " + name + " is revoked: " + key + ", " + where + ". Do not trust this server");
        return refused("host key of " + name + " changed: the server has " + key + ", but " + where + " has another key. "
                       "Somebody may be between you and the server. If it really has a new key, remove the old: ssh-keygen -R "
                       + quoted(config::host_and_port(config::normal_host(server.host), port))
                       + (at.line == 0 ? std::string() : " -f " + quoted(at.file)));
    }

    failure record(const host_identity& server, std::uint16_t port) const
    {
        known_hosts fresh;
        outcome<std::string> line = fresh.add(server.host, port, server.key);
        failure problem;
        if (!line)
            problem = line.error();
        else if (!can_add_)
            problem = failure(errc::file_error, "no file to record the host key of " + name_of_host(server, port) + " in");
        else if (auto added = known_hosts::append_to_file(files_.front(), *line); !added)
            problem = added.error();
        // The user's own yes holds for this connection and is asked for again at the next. Without one, a key that
        // leaves no trace would let a different one through each time.
        if (policy_ == unknown_host::ask)
            return {};
        return problem;
    }

    const std::vector<std::string> files_;
    const bool can_add_; ///< the first file is one for new hosts
    const unknown_host policy_;
    const verify_function ask_;
};

} // namespace

std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, unknown_host policy, verify_function ask)
{
    const bool can_add = !files.empty();
    return std::make_shared<known_hosts_verifier>(std::move(files), can_add, policy, std::move(ask));
}

std::shared_ptr<host_key_verifier> trust_known_hosts_default(unknown_host policy, verify_function ask)
{
    std::vector<std::string> files{system_file};
    const std::string own = known_hosts::user_file();
    const bool has_home = !own.empty();
    if (has_home)
        files.insert(files.begin(), own);
    return std::make_shared<known_hosts_verifier>(std::move(files), has_home, policy, std::move(ask));
}

} // namespace sshoal
