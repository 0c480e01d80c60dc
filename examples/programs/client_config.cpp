#include "client_config.hpp"

#include "shared_keywords.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace programs {
namespace {

constexpr char system_folder[] = "/etc/ssh";

/// What is in it can be commands.
void refuse_if_others_may_write(const std::string& path)
{
    struct ::stat s = {};
    if (::stat(path.c_str(), &s) == 0 && ((s.st_uid != 0 && s.st_uid != ::getuid()) || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0))
        throw config_error("Bad owner or permissions on " + path);
}

bool read_with_includes(client_config& c, const std::string& path, const std::string& host, config_origin origin, unsigned depth,
                        bool active)
{
    if (origin == config_origin::user)
        refuse_if_others_may_write(path);
    return read_config_file(path, [&](const config_line& line) {
        if (line.keyword == "host") {
            if (line.arguments.empty())
                line.fail("a pattern is missing");
            active = matches_any(line.arguments, host);
        } else if (line.keyword == "match") {
            if (line.arguments.size() != 1 || lower(line.arguments.front()) != "all")
                line.fail("only \"Match all\" is implemented");
            active = true;
        } else if (line.keyword == "include") {
            if (depth >= 16)
                line.fail("included too deeply");
            for (const std::string& file :
                 included_files(line, origin == config_origin::system ? system_folder : home_directory() + "/.ssh"))
                read_with_includes(c, file, host, origin, depth + 1, active);
        } else if (active) {
            apply_client_line(c, line);
        } else {
            client_config elsewhere; // what is wrong in another host's part is wrong all the same
            elsewhere.ignored = c.ignored;
            apply_client_line(elsewhere, line);
        }
    });
}

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string local_user()
{
    const struct ::passwd* entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_name : "";
}

std::string local_host(bool whole)
{
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    const std::string all = name;
    return whole ? all : all.substr(0, all.find('.'));
}

} // namespace

bool is_harmless_host(std::string_view name)
{
    return !name.starts_with('-') && name.find_first_of("'`\"$\\;&<>|(){} ") == std::string_view::npos && !has_control(name);
}

bool is_harmless_user(std::string_view name)
{
    // "DOMAIN\user" and "machine$" are names of users, somewhere.
    return !name.starts_with('-') && name.find_first_of("'`\";&<>|(){}") == std::string_view::npos
           && name.find(" -") == std::string_view::npos && !name.ends_with('\\') && !has_control(name);
}

bool read_client_config(client_config& c, const std::string& path, const std::string& host, config_origin origin)
{
    return read_with_includes(c, path, host, origin, 0, true);
}

void read_client_configuration(client_config& c, const std::optional<std::string>& named, const std::string& host)
{
    if (named) {
        if (lower(*named) != "none" && !read_client_config(c, *named, host, config_origin::named))
            throw config_error("Can't open user config file " + *named + ": No such file or directory");
    } else {
        read_client_config(c, home_directory() + "/.ssh/config", host, config_origin::user);
        read_client_config(c, "/etc/ssh/ssh_config", host, config_origin::system);
    }
}

void complete_client_config(client_config& c, const std::string& host)
{
    const auto fill = [](auto& slot, auto value) {
        if (!slot)
            slot = std::move(value);
    };
    if (!c.first_forwarding.empty() && !c.clear_forwardings.value_or(false))
        throw config_error(c.first_forwarding + ": forwarding is not implemented");
    fill(c.user, local_user());
    fill(c.port, std::uint16_t(22));
    if (c.host_name) {
        const auto name = expand_tokens(*c.host_name, [&](char t) { return t == 'h' ? std::optional(host) : std::nullopt; });
        if (!name)
            throw config_error("HostName: only the tokens %h and %% are known: " + *c.host_name);
        c.host_name = *name;
    } else {
        c.host_name = host;
    }
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
    fill(c.alive_interval, std::chrono::seconds(0));
    fill(c.alive_count, 3u);
    fill(c.log_level, verbosity::info);
    const auto expand = [&](std::vector<std::string>& files) {
        for (std::string& f : files)
            f = expand_client_tokens(c, host, f);
    };
    expand(*c.user_known_hosts);
    expand(*c.global_known_hosts);
    expand(c.identity_files);
}

std::string expand_client_tokens(const client_config& c, const std::string& host, const std::string& text)
{
    const auto home = expand_home(text);
    const auto out = !home ? home : expand_tokens(*home, [&](char token) -> std::optional<std::string> {
        switch (token) {
        case 'd': return home_directory();
        case 'h': return c.host_name.value_or(host);
        case 'i': return std::to_string(::getuid());
        case 'k': return c.host_key_alias && !c.host_key_alias->empty() ? *c.host_key_alias : host;
        case 'L': return local_host(false);
        case 'l': return local_host(true);
        case 'n': return host;
        case 'p': return std::to_string(c.port.value_or(22));
        case 'r': return c.user.value_or("");
        case 'u': return local_user();
        case 'j': return std::string(); // no jump host
        default: return std::nullopt;
        }
    });
    if (!out)
        throw config_error("cannot expand " + text);
    return *out;
}

} // namespace programs
