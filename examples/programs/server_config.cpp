#include "server_config.hpp"

#include "text_tools.hpp"

namespace programs {
namespace {

void read_with_includes(server_config& c, const std::string& path, unsigned depth)
{
    const std::error_code unread = read_config_file(path, [&](const config_line& line) {
        if (line.keyword != "include") {
            apply_server_line(c, line);
            return;
        }
        if (depth >= 16)
            line.fail("included too deeply");
        for (const std::string& file : included_files(line, "/etc/ssh"))
            read_with_includes(c, file, depth + 1);
    });
    if (unread)
        throw config_error(path + ": " + unread.message());
}

std::string yes(bool b) { return b ? "yes" : "no"; }

} // namespace

void read_server_config(server_config& c, const std::string& path) { read_with_includes(c, path, 0); }

void complete_server_config(server_config& c)
{
    if (c.ports.empty())
        c.ports = {22};
    if (!c.address_family)
        c.address_family = "any";
    c.host_keys_by_default = c.host_keys.empty();
    if (c.host_keys_by_default)
        c.host_keys = {"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"};
    if (!c.authorized_keys_files)
        c.authorized_keys_files = {".ssh/authorized_keys", ".ssh/authorized_keys2"};
    const auto fill = [](auto& slot, auto value) {
        if (!slot)
            slot = std::move(value);
    };
    fill(c.pid_file, "/run/sshoald.pid");
    fill(c.strict_modes, true);
    fill(c.use_pam, false);
    fill(c.publickey, true);
    fill(c.password, true);
    fill(c.interactive, true);
    fill(c.permit_root, root_login::prohibit_password);
    fill(c.max_auth_tries, 6u);
    fill(c.required_rsa_bits, 1024u);
    fill(c.login_grace, std::chrono::seconds(120));
    fill(c.max_startups, startup_limits());
    fill(c.max_sessions, 10u);
    fill(c.alive_count, 3u);
    fill(c.alive_interval, std::chrono::seconds(0));
    fill(c.terminate_sessions, false);
    fill(c.permit_tty, true);
    fill(c.compression, true);
    fill(c.log_level, verbosity::info);
}

std::string describe_server_config(const server_config& c)
{
    std::string out;
    const auto put
        = [&](std::string_view keyword, const std::string& value) { out.append(keyword).append(" ").append(value).append("\n"); };
    const auto seconds = [](std::chrono::seconds s) { return std::to_string(s.count()); };
    for (const auto port : c.ports)
        put("port", std::to_string(port));
    put("addressfamily", *c.address_family);
    for (const listen_place& l : c.listen)
        put("listenaddress", l.host + (l.port ? " port " + std::to_string(*l.port) : ""));
    for (const std::string& k : c.host_keys)
        put("hostkey", k);
    put("pidfile", *c.pid_file);
    put("authorizedkeysfile", join(*c.authorized_keys_files));
    put("strictmodes", yes(*c.strict_modes));
    put("usepam", yes(*c.use_pam));
    put("pubkeyauthentication", yes(*c.publickey));
    put("passwordauthentication", yes(*c.password));
    put("kbdinteractiveauthentication", yes(*c.interactive));
    put("permitrootlogin", *c.permit_root == root_login::yes  ? "yes"
                           : *c.permit_root == root_login::no ? "no"
                                                              : "without-password");
    for (const auto& [keyword, names] : {std::pair{"allowusers", &c.allow_users},
                                         {"denyusers", &c.deny_users},
                                         {"allowgroups", &c.allow_groups},
                                         {"denygroups", &c.deny_groups},
                                         {"acceptenv", &c.accept_env}})
        for (const std::string& n : *names)
            put(keyword, n);
    put("maxauthtries", std::to_string(*c.max_auth_tries));
    put("requiredrsasize", std::to_string(*c.required_rsa_bits));
    put("logingracetime", seconds(*c.login_grace));
    put("maxstartups", std::to_string(c.max_startups->begin) + ':' + std::to_string(c.max_startups->rate) + ':' +
                           std::to_string(c.max_startups->full));
    put("maxsessions", std::to_string(*c.max_sessions));
    put("clientaliveinterval", seconds(*c.alive_interval));
    put("clientalivecountmax", std::to_string(*c.alive_count));
    put("banner", c.banner.value_or("none"));
    put("forcecommand", c.force_command.value_or("none"));
    put("chrootdirectory", c.chroot.value_or("none"));
    for (const auto& [name, value] : c.set_env)
        put("setenv", name + '=' + value);
    for (const auto& [name, command] : c.subsystems)
        put("subsystem", name + ' ' + command);
    put("permittty", yes(*c.permit_tty));
    put("compression", yes(*c.compression));
    if (*c.terminate_sessions)
        put("terminatesessions", "yes");
    if (c.program_patience)
        put("endprogramsafter", seconds(*c.program_patience));
    put("ciphers", join(c.algorithms.ciphers(), ","));
    put("macs", join(c.algorithms.macs(), ","));
    put("kexalgorithms", join(c.algorithms.kex(), ","));
    put("hostkeyalgorithms", join(c.algorithms.host_keys(), ","));
    put("pubkeyacceptedalgorithms", join(c.algorithms.public_keys(), ","));
    put("rekeylimit", std::to_string(c.rekey_bytes.value_or(0)) + ' ' + seconds(c.rekey_time.value_or(std::chrono::seconds(0))));
    put("loglevel", std::string(name_of(*c.log_level)));
    return out;
}

} // namespace programs
