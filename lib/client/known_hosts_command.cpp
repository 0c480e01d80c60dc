// KnownHostsCommand: known hosts that a program prints.
#include "sshoal/child_program.hpp"
#include "sshoal/host_key_verifier.hpp"
#include "sshoal/ssh_config.hpp"
#include "trust/host_name.hpp"

namespace sshoal {
namespace {

std::string end_of(const child_status& s)
{
    return s.signal != 0 ? "was ended by signal " + std::to_string(s.signal)
                         : "exited with status " + std::to_string(s.status.value_or(-1));
}

outcome<std::string> printed_by(std::vector<std::string> words, std::size_t most)
{
    const std::string name = "KnownHostsCommand " + printable(words.front());
    try {
        const child_result r = run_to_end(child_command(std::move(words)).capture(most + 1));
        if (r.out.size() > most)
            return failure(errc::file_error, name + " prints more than " + std::to_string(most) + " bytes");
        if (!r.end.ok())
            return failure(errc::file_error, name + ' ' + end_of(r.end));
        return r.out;
    } catch (const error& e) {
        return failure(e.code(), name + ": " + e.code().message());
    }
}

} // namespace

known_hosts_source known_hosts_command(const ssh_settings& settings, std::size_t most_output)
{
    if (settings.known_hosts_command.empty())
        return {};
    return [settings, most_output](const host_identity& server) -> outcome<std::string> {
        const std::string name
            = server.alias.empty() ? trust::host_and_port(trust::normal_host(server.host), server.port) : server.alias;
        auto words = settings.known_hosts_command_words(name, server.key ? server.key.bare() : public_key());
        if (!words)
            return words.error();
        return printed_by(std::move(*words), most_output);
    };
}

} // namespace sshoal
