#include "config/client_settings.hpp"

#include "base/access.hpp"
#include "base/wildcard.hpp"
#include "config/algorithm_lists.hpp"
#include "config/client_keywords.hpp"
#include "config/client_tokens.hpp"
#include "config/forward_spec.hpp"
#include "config/setting_reader.hpp"

#include <algorithm>
#include <cstdlib>

namespace sshoal::conf {
namespace {

class settings_maker : private setting_reader {
public:
    settings_maker(ssh_settings& to, setting_store& from, const config_facts& facts)
        : setting_reader(from), to_(to), from_(from), facts_(facts)
    {
    }

    failure make()
    {
        way();
        if (!wrong_)
            trust();
        if (!wrong_)
            log_in();
        if (!wrong_)
            session();
        if (!wrong_)
            forwarding();
        if (!wrong_)
            connection();
        return std::move(wrong_);
    }

private:
    std::string kept(std::string_view keyword, outcome<std::string> expanded)
    {
        if (expanded)
            return std::move(*expanded);
        const auto row = from_.table().find(keyword);
        wrong_ = wrong_place(from_[*row].at, std::string(keyword) + ": " + expanded.error().context());
        return {};
    }
    std::string command(std::string_view keyword)
    {
        const std::string t = unless_none(keyword);
        return t.empty() ? t : kept(keyword, expand_client_command(from_, facts_, to_.host, t, row(keyword).tokens));
    }
    std::string path(std::string_view keyword, std::string_view written)
    {
        return kept(keyword, expand_client_path(from_, facts_, to_.host, written, row(keyword).tokens));
    }
    /// Files below a home folder that does not exist do not exist either.
    bool is_nowhere(std::string_view written) const
    {
        return facts_.home.empty()
               && (written == "~" || written.starts_with("~/") || written.find("%d") != std::string_view::npos);
    }
    std::vector<std::string> files(std::string_view keyword)
    {
        std::vector<std::string> all;
        for (const std::string& written : list(keyword))
            if (!wrong_ && !is_nowhere(written) && !is_none(written))
                all.push_back(path(keyword, written));
        return all;
    }
    const struct keyword& row(std::string_view keyword) const { return from_.table()[*from_.table().find(keyword)]; }

    void way()
    {
        to_.host_name = text("HostName");
        to_.user = text("User");
        to_.port = std::uint16_t(number("Port"));
        to_.address_family = text("AddressFamily");
        to_.connect_timeout = time("ConnectTimeout");
        to_.connection_attempts = unsigned(number("ConnectionAttempts"));
        to_.bind_address = unless_none("BindAddress");
        to_.bind_interface = unless_none("BindInterface");
        to_.proxy_command = command("ProxyCommand");
        to_.proxy_use_fdpass = yes("ProxyUseFdpass");
        if (!wrong_)
            jumps();
    }
    void jumps()
    {
        const std::string written = unless_none("ProxyJump");
        if (written.empty())
            return;
        const std::string all = kept("ProxyJump", expand_client_text(from_, facts_, to_.host, written, row("ProxyJump").tokens));
        for (const std::string& one : comma_list(all)) {
            auto target = parse_target(one);
            if (!target) {
                wrong_ = wrong_place(from_[*from_.table().find("ProxyJump")].at, "ProxyJump: " + target.error().context());
                return;
            }
            to_.jumps.push_back(std::move(*target));
        }
    }
    void trust()
    {
        to_.host_key_alias = unless_none("HostKeyAlias");
        to_.user_known_hosts = files("UserKnownHostsFile");
        to_.global_known_hosts = files("GlobalKnownHostsFile");
        const std::string checking = text("StrictHostKeyChecking");
        to_.strict_host_key_checking = checking == "true"         ? host_key_checking::yes
                                       : checking == "false"      ? host_key_checking::no
                                       : checking == "accept-new" ? host_key_checking::accept_new
                                                                  : host_key_checking::ask;
        to_.revoked_host_keys = files("RevokedHostKeys");
        to_.hash_known_hosts = yes("HashKnownHosts");
        to_.required_rsa_size = unsigned(number("RequiredRSASize"));
        to_.fingerprint_hash = text("FingerprintHash");
        if (const std::string written = unless_none("KnownHostsCommand"); !wrong_ && !written.empty())
            to_.known_hosts_command = kept("KnownHostsCommand", expand_known_hosts_command(from_, facts_, to_.host, written));
    }
    void log_in()
    {
        to_.default_identities = !from_.is_set("IdentityFile");
        to_.identity_folder = facts_.home.empty() ? std::string() : facts_.home + "/.ssh";
        to_.identity_files = files("IdentityFile");
        to_.identities_only = yes("IdentitiesOnly");
        to_.batch_mode = yes("BatchMode");
        // The other values are about binding keys to sessions.
        to_.pubkey_authentication = text("PubkeyAuthentication") != "false";
        to_.password_authentication = yes("PasswordAuthentication");
        to_.kbdinteractive_authentication = yes("KbdInteractiveAuthentication");
        to_.preferred_authentications = comma_list(text("PreferredAuthentications"));
        to_.number_of_password_prompts = unsigned(number("NumberOfPasswordPrompts"));
        agent();
        keeping();
    }
    void keeping()
    {
        const value v = list("AddKeysToAgent");
        const std::string how = v.front();
        to_.add_keys_to_agent = how == "false"     ? agent_keeping::no
                                : how == "ask"     ? agent_keeping::ask
                                : how == "confirm" ? agent_keeping::confirm
                                                   : agent_keeping::yes;
        to_.agent_key_lifetime = std::chrono::seconds(number_of(v.back(), 0, INT64_MAX).value_or(0));
    }
    void agent()
    {
        const std::string written = text("IdentityAgent");
        if (written.empty() || written == "SSH_AUTH_SOCK")
            to_.identity_agent = variable("SSH_AUTH_SOCK");
        else if (!is_none(written))
            to_.identity_agent = socket_named("IdentityAgent", written);
    }
    std::string variable(const std::string& name) const
    {
        const auto v = facts_.variable ? facts_.variable(name) : std::nullopt;
        return v ? *v : std::string();
    }
    std::string socket_named(std::string_view keyword, const std::string& written)
    {
        if (written.starts_with('$') && !written.starts_with("${"))
            return variable(written.substr(1));
        std::string socket = path(keyword, written);
        from_.replace(keyword, value{socket});
        return socket;
    }
    void session()
    {
        to_.remote_command = command("RemoteCommand");
        to_.send_env = list("SendEnv");
        for (const std::string& s : list("SetEnv"))
            to_.set_env.emplace_back(s.substr(0, s.find('=')), s.substr(s.find('=') + 1));
        const std::string tty = text("RequestTTY");
        to_.request_tty = tty == "true"    ? terminal_wish::yes
                          : tty == "false" ? terminal_wish::no
                          : tty == "force" ? terminal_wish::force
                                           : terminal_wish::automatic;
        const std::string type = text("SessionType");
        to_.session_type = type == "none"        ? session_kind::none
                           : type == "subsystem" ? session_kind::subsystem
                                                 : session_kind::command;
        to_.enable_escape_command_line = yes("EnableEscapeCommandline");
        to_.permit_local_command = yes("PermitLocalCommand");
        if (to_.permit_local_command)
            to_.local_command = command("LocalCommand");
        if (const std::string written = unless_none("ControlPath"); !wrong_ && !written.empty() && !is_nowhere(written))
            from_.replace("ControlPath", value{path("ControlPath", written)}); // for the description
        to_.stdin_null = yes("StdinNull");
        to_.fork_after_authentication = yes("ForkAfterAuthentication");
        const std::string escape = text("EscapeChar");
        to_.escape_char.reset();
        if (escape.size() == 1)
            to_.escape_char = escape.front();
        else if (escape.starts_with('^'))
            to_.escape_char = char(escape[1] & 31);
    }
    void forwarding()
    {
        to_.exit_on_forward_failure = yes("ExitOnForwardFailure");
        to_.gateway_ports = yes("GatewayPorts");
        to_.stream_local_bind_unlink = yes("StreamLocalBindUnlink");
        to_.stream_local_bind_mask = unsigned(std::strtoul(text("StreamLocalBindMask").c_str(), nullptr, 8));
        to_.permit_remote_open = list("PermitRemoteOpen");
        if (to_.permit_remote_open == value{"any"})
            to_.permit_remote_open.clear();
        else if (to_.permit_remote_open.empty())
            to_.permit_remote_open = {"none"}; // fits no place
        to_.forward_x11 = yes("ForwardX11");
        to_.forward_x11_trusted = yes("ForwardX11Trusted");
        to_.forward_x11_timeout = time("ForwardX11Timeout");
        to_.xauth_location = unless_none("XAuthLocation");
        if (!wrong_)
            forward_agent();
        if (wrong_ || yes("ClearAllForwardings"))
            return;
        forwards("LocalForward", to_.local_forwards);
        forwards("DynamicForward", to_.local_forwards);
        forwards("RemoteForward", to_.remote_forwards);
    }
    /// "yes" is the agent that the log-in uses; "$NAME" is a variable that holds the name of a socket.
    void forward_agent()
    {
        const std::string written = text("ForwardAgent"), word = lower_case(written);
        const bool is_yes = word == "yes" || word == "true", is_no = word == "no" || word == "false" || word == "none";
        if (is_yes || is_no)
            from_.replace("ForwardAgent", value{is_yes ? "yes" : "no"});
        if (is_yes)
            to_.forward_agent = to_.identity_agent;
        else if (!is_no)
            to_.forward_agent = socket_named("ForwardAgent", written);
    }
    void forwards(std::string_view keyword, std::vector<ssh_forward>& all)
    {
        const value* const written = from_.find(keyword);
        const forward_kind kind = forward_kind_of(row(keyword));
        value shown;
        for (const std::string& line : written == nullptr ? value() : *written) {
            outcome<forward_spec> f = parse_shown_forward(line, kind); // as read_value() has checked it
            if (wrong_ || !f)
                return;
            for (forward_end* const end : {&f->listen, f->target ? &*f->target : &f->listen})
                if (!end->path.empty() && end->path.find_first_of("%$~") != std::string::npos)
                    end->path = path(keyword, end->path);
            shown.push_back(shown_forward(*f, kind));
            ssh_forward one;
            one.listen = listening_end(f->listen, kind);
            if (f->target)
                one.target = end_of(*f->target, "");
            all.push_back(std::move(one));
        }
        if (!shown.empty())
            from_.replace(keyword, std::move(shown));
    }
    static endpoint end_of(const forward_end& e, std::string_view without_host)
    {
        if (!e.path.empty())
            return endpoint::unix_socket(e.path);
        return endpoint(e.host.value_or(std::string(without_host)), e.port);
    }
    /// "" is all addresses. A server decides by itself whether it listens at them.
    endpoint listening_end(forward_end e, forward_kind kind) const
    {
        if (e.host == "*")
            e.host = "";
        return end_of(e, kind != forward_kind::remote && to_.gateway_ports ? "" : "localhost");
    }
    void connection()
    {
        to_.compression = yes("Compression");
        to_.tcp_keep_alive = yes("TCPKeepAlive");
        for (const char* name : {"Ciphers", "MACs", "KexAlgorithms", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms"}) {
            if (const value* const v = from_.find(name))
                apply_algorithms(to_.algorithms, row(name), *v);
            if (to_.algorithms.check() || algorithm_list(to_.algorithms, row(name)).empty()) {
                wrong_ = wrong_place(from_[*from_.table().find(name)].at, std::string(name) + ": no algorithm is left");
                return;
            }
            from_.replace(name, value{joined_words(algorithm_list(to_.algorithms, row(name)), ",")});
        }
        to_.ip_qos = classes("IPQoS");
        to_.channel_timeouts = idle_times("ChannelTimeout");
        const value limit = list("RekeyLimit"); // an amount and a time
        to_.rekey_bytes = std::uint64_t(number_of(limit.front(), 0, INT64_MAX).value_or(0));
        to_.rekey_time = std::chrono::seconds(number_of(limit.back(), 0, INT64_MAX).value_or(0));
        to_.server_alive_interval = time("ServerAliveInterval");
        to_.server_alive_count_max = unsigned(number("ServerAliveCountMax"));
        to_.log_level = text("LogLevel") == "SILENT" ? "QUIET" : text("LogLevel"); // the name that the manual has
    }

    ssh_settings& to_;
    setting_store& from_;
    const config_facts& facts_;
    failure wrong_;
};

/// A value of "none" is no value for the names of files, of sockets and for commands.
void clear_none(setting_store& s)
{
    for (std::size_t i = 0; i < s.table().size(); ++i) {
        const keyword& k = s.table()[i];
        const bool clears
            = k.what == form::command || (k.what == form::path && k.name != "IdentityAgent" && k.name != "ForwardAgent");
        if (const value* const v = s.find(i); clears && v != nullptr && v->size() == 1 && lower_case(v->front()) == "none")
            s.clear(i);
    }
}

} // namespace

outcome<ssh_settings> client_settings_of(setting_store store, const config_facts& facts, const std::string& host,
                                         config_notes notes, failure& not_done)
{
    not_done = judge_settings(store, comma_list(store.text("IgnoreUnknown")), notes);
    if (!store.is_set("User"))
        store.replace("User", value{facts.local_user});
    store.fill();
    clear_none(store);
    ssh_settings all;
    all.host = host;
    all.notes = std::move(notes);
    if (failure f = settings_maker(all, store, facts).make())
        return f;
    detail::access::self(all) = std::make_shared<const setting_store>(std::move(store));
    return all;
}

bool is_ignored(const setting_store& s, std::string_view keyword)
{
    const auto patterns = comma_list(s.text("IgnoreUnknown"));
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& p) { return matches_wildcard(p, keyword, true); });
}

} // namespace sshoal::conf
