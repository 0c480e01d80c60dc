#include "server_config.hpp"

#include "option_scanner.hpp"
#include "text_tools.hpp"

#include <syslog.h>

#include <algorithm>

namespace programs {
namespace {

[[noreturn]] void unusable(const sshoal::failure& f) { throw config_error(f.context()); }

/// Words of internal-sftp that cannot be followed are found before a client needs them.
void check_internal_sftp(const sshoal::sshd_settings& s, const char* keyword, const std::string& command)
{
    try {
        internal_sftp_call(command);
    } catch (const config_error& e) {
        const auto place = s.place_of(keyword);
        throw config_error((place ? place->to_string() + ": " : std::string()) + keyword + ": " + e.what());
    }
}

} // namespace

std::shared_ptr<const server_config> load_server_config(const std::string& path, const std::vector<std::string>& lines)
{
    sshoal::sshd_config file;
    if (lower(path) != "none") {
        auto read = sshoal::sshd_config::load(path);
        if (!read)
            unusable(read.error());
        file = std::move(*read);
    }
    for (const std::string& line : lines)
        if (const auto set = file.set(line); !set)
            unusable(set.error());
    return make_server_config(std::move(file));
}

std::shared_ptr<const server_config> make_server_config(sshoal::sshd_config file)
{
    for (const auto& [kind, note] : file.notes())
        say(kind == sshoal::config_note::warning ? verbosity::info : verbosity::debug1, note);
    auto server = file.settings();
    if (!server)
        unusable(server.error());
    check_internal_sftp(*server, "ForceCommand", server->force_command);
    for (const auto& [name, command] : server->subsystems)
        check_internal_sftp(*server, "Subsystem", command);
    if (const auto place = server->place_of("UsePAM"); place && server->use_pam)
        say(verbosity::info, place->to_string() + ": UsePAM: there is no PAM here; accounts are checked for expiry and locks, and "
                                                  "passwords by shadow(5)");
    auto config = std::make_shared<server_config>();
    config->file = std::move(file);
    config->server = std::make_shared<const sshoal::sshd_settings>(std::move(*server));
    return config;
}

shared_settings settings_for(const server_config& config, const sshoal::login_facts& who)
{
    if (!config.file.has_match())
        return config.server;
    auto found = config.file.settings_for(who);
    if (!found)
        unusable(found.error());
    return std::make_shared<const sshoal::sshd_settings>(std::move(*found));
}

namespace {

/// A level of a Match is stronger than that of the command line, as in OpenSSH.
verbosity level_of(const sshoal::sshd_settings& its, const server_config& config)
{
    const verbosity usual = program_log::get().level();
    return its.log_level == config.server->log_level ? usual : verbosity_named(its.log_level).value_or(usual);
}

} // namespace

void say_of(const sshoal::sshd_settings& its, const server_config& config, verbosity v, const std::string& text,
            const std::source_location& at)
{
    program_log::get().write(v, text, level_of(its, config), at);
}

sshoal::log_level library_level_of(const sshoal::sshd_settings& its, const server_config& config)
{
    return program_log::library_level(level_of(its, config));
}

void read_login_facts(sshoal::login_facts& into, const std::string& text)
{
    for (const std::string& one : split_list(text)) {
        const auto equals = one.find('=');
        const std::string name = one.substr(0, equals), value = equals == std::string::npos ? "" : one.substr(equals + 1);
        const auto port = number(value, 1, 65'535);
        if (one == "invalid-user")
            into.invalid_user = true;
        else if (value.empty())
            throw usage_error("Invalid test mode specification -C " + text);
        else if (name == "user")
            into.user = value;
        else if (name == "host")
            into.host = value;
        else if (name == "addr")
            into.address = value;
        else if (name == "laddr")
            into.local_address = value;
        else if (name == "lport" && port)
            into.local_port = static_cast<std::uint16_t>(*port);
        else if (name == "rdomain")
            into.routing_domain = value;
        else
            throw usage_error("Invalid test mode specification -C " + text);
    }
}

std::optional<sftp_call> internal_sftp_call(const std::string& command)
{
    auto words = split_words(command);
    if (!words || words->empty() || words->front() != "internal-sftp")
        return std::nullopt;
    words->erase(words->begin());
    try {
        sftp_call call = parse_sftp_call(*words, sftp_caller::configuration);
        if (call.list_requests)
            throw usage_error("-Q is for the command line");
        return call;
    } catch (const usage_error& e) {
        throw config_error(std::string("internal-sftp: ") + e.what());
    }
}

int facility_named(const std::string& name)
{
    constexpr std::pair<std::string_view, int> known[]
        = {{"DAEMON", LOG_DAEMON}, {"USER", LOG_USER},     {"AUTH", LOG_AUTH},     {"AUTHPRIV", LOG_AUTHPRIV},
           {"LOCAL0", LOG_LOCAL0}, {"LOCAL1", LOG_LOCAL1}, {"LOCAL2", LOG_LOCAL2}, {"LOCAL3", LOG_LOCAL3},
           {"LOCAL4", LOG_LOCAL4}, {"LOCAL5", LOG_LOCAL5}, {"LOCAL6", LOG_LOCAL6}, {"LOCAL7", LOG_LOCAL7}};
    const auto found = std::find_if(std::begin(known), std::end(known), [&](const auto& k) { return k.first == name; });
    return found == std::end(known) ? LOG_AUTH : found->second;
}

} // namespace programs
