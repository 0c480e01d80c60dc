#include "client/configured.hpp"

#include "client/client_options_impl.hpp"
#include "sshoal/run_on.hpp"
#include "sshoal/system_account.hpp"

#include <unistd.h>

#include <algorithm>

namespace sshoal {
namespace {

/// Sets keys and methods. Keys that the options name themselves stay.
void apply_login(client_options& to, const ssh_settings& s)
{
    if (to.get().identities.empty() && s.pubkey_authentication) {
        ssh_identities keys;
        if (!s.default_identities || s.identity_folder.empty())
            keys.files(s.identity_files);
        else
            keys.folder(s.identity_folder);
        keys.only(s.identities_only);
        if (s.identity_agent.empty())
            keys.no_agent();
        else
            keys.agent(s.identity_agent);
        to.identities(std::move(keys));
    }
    // The library has nobody to ask here, so AddKeysToAgent=ask adds no key.
    if (s.add_keys_to_agent != agent_keeping::no && s.add_keys_to_agent != agent_keeping::ask && !s.identity_agent.empty()) {
        agent_key_limits limits;
        limits.lifetime = s.agent_key_lifetime;
        limits.confirm = s.add_keys_to_agent == agent_keeping::confirm;
        to.add_keys_to_agent(limits, s.identity_agent);
    }
    static const std::vector<std::string> usual{"publickey", "keyboard-interactive", "password"};
    std::vector<std::string> methods;
    for (const std::string& m : s.preferred_authentications.empty() ? usual : s.preferred_authentications)
        if ((m == "publickey" && s.pubkey_authentication) || (m == "password" && s.password_authentication && !s.batch_mode)
            || (m == "keyboard-interactive" && s.kbdinteractive_authentication && !s.batch_mode))
            methods.push_back(m);
    to.methods(std::move(methods)).password_prompts(s.number_of_password_prompts).required_rsa_bits(s.required_rsa_size);
}

void apply_trust(client_options& to, const ssh_settings& s, const verify_function& ask)
{
    to.host_key_alias(s.host_key_alias);
    if (to.get().verifier)
        return;
    unknown_host policy = unknown_host::refuse;
    if (s.strict_host_key_checking == host_key_checking::no || s.strict_host_key_checking == host_key_checking::accept_new)
        policy = unknown_host::add;
    else if (s.strict_host_key_checking == host_key_checking::ask && ask && !s.batch_mode)
        policy = unknown_host::ask;
    std::vector<std::string> files = s.user_known_hosts;
    files.insert(files.end(), s.global_known_hosts.begin(), s.global_known_hosts.end());
    auto known = trust_known_hosts(std::move(files), known_hosts_command(s), policy,
                                   policy == unknown_host::ask ? ask : verify_function());
    to.verifier(s.revoked_host_keys.empty() ? std::move(known) : refuse_revoked(std::move(known), s.revoked_host_keys));
}

void apply_connection(client_options& to, const ssh_settings& s)
{
    sshoal::limits l = to.get().limits;
    if (s.rekey_bytes != 0)
        l.rekey_bytes = s.rekey_bytes;
    if (s.rekey_time.count() != 0)
        l.rekey_time = s.rekey_time;
    if (s.connect_timeout.count() > 0)
        l.identification_timeout = l.first_kex_timeout = s.connect_timeout;
    l.login_timeout = std::chrono::milliseconds(0); // the user may take time to answer; the server has a limit
    l.idle.channels = s.channel_timeouts;
    to.limits(l).traffic(s.ip_qos);
    if (s.server_alive_interval.count() > 0)
        to.keepalive(s.server_alive_interval, s.server_alive_count_max);
    to.algorithms(s.algorithms).compression(s.compression);
    dial_options d = to.get().dial;
    d.family(s.address_family == "inet"    ? address_family::ipv4
             : s.address_family == "inet6" ? address_family::ipv6
                                           : address_family::any);
    d.attempts(s.connection_attempts).bind_address(s.bind_address).bind_interface(s.bind_interface).keep_alive(s.tcp_keep_alive);
    if (s.connect_timeout.count() > 0)
        d.timeout({}).address_timeout(s.connect_timeout); // as in OpenSSH, the limit is for each address
    to.dial(std::move(d));
    if (!s.proxy_command.empty())
        to.proxy_command(s.proxy_command).proxy_command_passes_socket(s.proxy_use_fdpass);
}

/// Sets the variables of SetEnv, and those of this process that SendEnv names.
void apply_environment(client_options& to, const ssh_settings& s)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (char** e = environ; *e != nullptr && !s.send_env.empty(); ++e) {
        const std::string_view variable = *e;
        const auto equals = variable.find('=');
        const auto fits = [&](const std::string& pattern) { return matches_pattern(pattern, variable.substr(0, equals)); };
        if (equals != std::string_view::npos && std::any_of(s.send_env.begin(), s.send_env.end(), fits))
            all.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
    }
    all.insert(all.end(), s.set_env.begin(), s.set_env.end());
    to.environment(std::move(all));
}

void apply_settings(client_options& to, const ssh_settings& s, const verify_function& ask)
{
    if (!to.get().own_user && !s.user.empty())
        to.user(s.user);
    if (!to.get().own_port)
        to.port(s.port);
    apply_login(to, s);
    apply_trust(to, s, ask);
    apply_connection(to, s);
    apply_environment(to, s);
}

} // namespace

client_options client_options::from(const ssh_settings& settings, verify_function ask)
{
    client_options o;
    apply_settings(o, settings, ask);
    o.edit().needs_jumps = !settings.jumps.empty();
    return o;
}

client_options& client_options::config(ssh_config c, config_answers answers, verify_function ask)
{
    auto by = std::make_shared<configured_by>();
    by->files = std::move(c);
    by->answers = std::move(answers);
    by->ask = std::move(ask);
    edit().config = std::move(by);
    return *this;
}

client_options client_options::from_user_config(config_answers answers, verify_function ask)
{
    client_options o;
    auto by = std::make_shared<configured_by>();
    by->of_user = true;
    by->answers = std::move(answers);
    by->ask = std::move(ask);
    o.edit().config = std::move(by);
    return o;
}

client_options& client_options::environment(std::vector<std::pair<std::string, std::string>> variables)
{
    impl& o = edit();
    for (const auto& [name, value] : variables)
        if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
            o.complain("environment(): a NUL in a variable");
    o.environment = std::move(variables);
    return *this;
}

client_options& client_options::proxy_command(std::string command)
{
    edit().proxy_command = std::move(command);
    return *this;
}

client_options& client_options::jump(login_target via, client_options its_own)
{
    edit().jumps.emplace_back(std::move(via), std::move(its_own));
    return *this;
}

client_options& client_options::max_jumps(unsigned n)
{
    edit().max_jumps = n;
    return *this;
}

unsigned client_options::max_jumps() const noexcept { return get().max_jumps; }

client_options& client_options::proxy_command_passes_socket(bool on)
{
    edit().proxy_passes_socket = on;
    return *this;
}

struct detail::option_access {
    static client_options::impl& edit(client_options& o) { return o.edit(); }
};

namespace client {
namespace {

using detail::option_access;

/// Options for a host on the way: the same, without all that is meant for the host at the end alone. Its password must not be shown
/// to another host.
client_options options_of_hop(const client_options& whole)
{
    client_options its = whole;
    client_options::impl& o = option_access::edit(its);
    o.own_user = o.own_port = false;
    o.identities.clear();
    o.verifier.reset();
    o.verifier_problem = {};
    o.host_key_alias.clear();
    o.environment.clear();
    o.new_password = nullptr;
    if (o.fixed_password)
        o.password = nullptr;
    if (o.fixed_passphrase)
        o.passphrase = nullptr;
    o.jumps.clear();
    o.proxy_command.clear();
    ++o.hops_deep;
    return its;
}

} // namespace

awaitable<std::pair<std::string, client_options>> configured(client_options options, std::string host)
{
    const unsigned deepest = options.get().max_jumps;
    const std::shared_ptr<const configured_by> by = options.get().config;
    if (options.get().hops_deep > deepest)
        throw error(failure(errc::bad_configuration, "ProxyJump leads through more than " + std::to_string(deepest)
                                                         + " hosts, perhaps in a circle, the last one " + printable(host)));
    ssh_config files = by->files;
    if (by->of_user) {
        auto reading = run_on(options.get().work ? options.get().work : disk_threads(), &ssh_config::load_default);
        outcome<ssh_config> of_user = co_await std::move(reading);
        if (!of_user)
            throw error(of_user.error());
        files = std::move(*of_user);
    }
    outcome<void> own;
    if (options.get().own_user)
        own = files.set("User " + quoted_config_value(options.get().user), "options");
    if (own && options.get().own_port)
        own = files.set("Port " + std::to_string(options.get().port), "options");
    if (!own)
        throw error(own.error());
    auto looking = files.lookup(std::move(host), by->answers);
    const ssh_settings s = co_await std::move(looking);
    client_options ready = options;
    option_access::edit(ready).config.reset();
    for (const login_target& hop : s.jumps)
        ready.jump(hop, options_of_hop(options));
    apply_settings(ready, s, by->ask);
    std::pair<std::string, client_options> found(s.host_name, std::move(ready));
    co_return std::move(found);
}

} // namespace client

} // namespace sshoal
