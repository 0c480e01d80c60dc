#include "client_config.hpp"

#include "client_config_files.hpp"
#include "shared_keywords.hpp"

#include <sshoal/system_account.hpp>

#include <unistd.h>

#include <algorithm>

namespace programs {
namespace {

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string local_host(bool whole)
{
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    const std::string all = name;
    return whole ? all : all.substr(0, all.find('.'));
}

/// Returns: the text that a token stands for.
std::optional<std::string> token_value(const client_config& c, const std::string& host, char token)
{
    switch (token) {
    case 'd': return home_folder();
    case 'h': return c.host_name.value_or(host);
    case 'i': return std::to_string(::getuid());
    case 'k': return c.host_key_alias && !c.host_key_alias->empty() ? *c.host_key_alias : host;
    case 'L': return local_host(false);
    case 'l': return local_host(true);
    case 'n': return host;
    case 'p': return std::to_string(c.port.value_or(22));
    case 'r': return c.user.value_or(local_user());
    case 'u': return local_user();
    case 'j': return std::string(); // no jump host
    default: return std::nullopt;
    }
}

/// Files below a home folder that does not exist do not exist either.
void expand_files(const client_config& c, const std::string& host, std::vector<std::string>& files)
{
    if (!home_folder())
        std::erase_if(files, [](const std::string& f) { return is_below_home(f) || f.find("%d") != std::string::npos; });
    for (std::string& f : files)
        f = expand_client_tokens(c, host, f);
}

/// Says so once for each process.
void mention_missing_home()
{
    static bool mentioned = false;
    if (mentioned || home_folder())
        return;
    mentioned = true;
    const std::string named = home_directory();
    say(verbosity::info, "No home folder (" + (named.empty() ? "neither the account nor HOME names one" : named) +
                             "): no configuration, keys or known hosts of the user are read, and no host is recorded there.");
}

} // namespace

std::string local_user()
{
    const auto found = sshoal::system_account::find(::getuid());
    return found && *found ? (*found)->name : std::string();
}

bool is_harmless_host(std::string_view name)
{
    return !name.starts_with('-') && name.find_first_of("'`\"$\\;&<>|(){} ") == std::string_view::npos && !has_control(name);
}

bool is_harmless_user(std::string_view name)
{
    // "DOMAIN\user" and "machine$" are names of users on some systems.
    return !name.starts_with('-') && name.find_first_of("'`\";&<>|(){}") == std::string_view::npos
           && name.find(" -") == std::string_view::npos && !name.ends_with('\\') && !has_control(name);
}

std::string expand_host_name(const client_config& c, const std::string& host)
{
    if (!c.host_name)
        return host;
    const auto name = expand_tokens(*c.host_name, [&](char t) { return t == 'h' ? std::optional(host) : std::nullopt; });
    if (!name)
        throw config_error("HostName: only the tokens %h and %% are known: " + *c.host_name);
    return *name;
}

void complete_client_config(client_config& c, const std::string& host)
{
    const auto fill = [](auto& slot, auto value) {
        if (!slot)
            slot = std::move(value);
    };
    fill(c.user, local_user());
    if (c.user->empty())
        throw config_error("No user exists for uid " + std::to_string(::getuid()) + "; -l names the user at the server");
    fill(c.port, std::uint16_t(22));
    c.host_name = expand_host_name(c, host);
    fill(c.address_family, std::string("any"));
    fill(c.connect_timeout, std::chrono::seconds(0));
    fill(c.connection_attempts, 1u);
    fill(c.user_known_hosts, std::vector<std::string>{"~/.ssh/known_hosts", "~/.ssh/known_hosts2"});
    fill(c.global_known_hosts, std::vector<std::string>{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
    fill(c.strict_checking, host_key_checking::ask);
    fill(c.hash_known_hosts, false);
    fill(c.required_rsa_bits, 1024u);
    fill(c.identities_only, false);
    fill(c.publickey, true);
    fill(c.password, true);
    fill(c.interactive, true);
    fill(c.batch, false);
    fill(c.password_prompts, 3u);
    fill(c.terminal, terminal_wish::automatic);
    fill(c.session, session_kind::command);
    fill(c.null_input, false);
    fill(c.to_background, false);
    fill(c.compression, false);
    fill(c.escape_character, std::optional<char>('~'));
    fill(c.alive_interval, std::chrono::seconds(0));
    fill(c.alive_count, 3u);
    fill(c.log_level, verbosity::info);
}

void expand_client_files(client_config& c, const std::string& host)
{
    expand_files(c, host, *c.user_known_hosts);
    expand_files(c, host, *c.global_known_hosts);
    expand_files(c, host, c.identity_files);
}

std::string expand_client_tokens(const client_config& c, const std::string& host, const std::string& text)
{
    const auto expanded = expand_home(text);
    if (!expanded)
        throw config_error("cannot expand " + text);
    return expand_client_command(c, host, *expanded);
}

std::string expand_client_command(const client_config& c, const std::string& host, const std::string& text)
{
    const auto out = expand_tokens(text, [&](char token) { return token_value(c, host, token); });
    if (!out)
        throw config_error("cannot expand " + text);
    return *out;
}

void set_log_level(const client_config& c, loudness flags)
{
    program_log& log = program_log::get();
    if (flags.quiet > 0)
        log.level(verbosity::quiet);
    else if (flags.loud > 0)
        log.level(flags.loud == 1 ? verbosity::debug1 : flags.loud == 2 ? verbosity::debug2 : verbosity::debug3);
    else if (c.log_level)
        log.level(*c.log_level);
}

void load_client_config(client_config& c, const std::optional<std::string>& named, const std::string& host, loudness flags)
{
    set_log_level(c, flags);
    read_client_configuration(c, named, host);
    complete_client_config(c, host);
    set_log_level(c, flags);
    judge_unsupported(c);
    expand_client_files(c, host);
    mention_missing_home();
}

} // namespace programs
