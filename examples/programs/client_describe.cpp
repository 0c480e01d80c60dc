// The output of ssh -G: a configuration in OpenSSH's form and order, which other programs read to learn where a name leads.
#include "client_config.hpp"
#include "escape_sequences.hpp"
#include "text_tools.hpp"

namespace programs {
namespace {

class description {
public:
    explicit description(const client_config& c) : config_(c) {}

    void put(std::string_view keyword, const std::string& value) { text_.append(keyword).append(" ").append(value).append("\n"); }
    void put(std::string_view keyword, bool value) { put(keyword, std::string(value ? "yes" : "no")); }
    void put(std::string_view keyword, unsigned value) { put(keyword, std::to_string(value)); }
    void put(std::string_view keyword, std::chrono::seconds value) { put(keyword, std::to_string(value.count())); }
    /// Lists of files; an empty list is "none".
    void put(std::string_view keyword, const std::vector<std::string>& values)
    {
        put(keyword, values.empty() ? "none" : join(values));
    }
    void put_if_said(std::string_view keyword, const std::optional<std::string>& value)
    {
        if (value)
            put(keyword, value->empty() ? "none" : *value);
    }
    /// A keyword that is not implemented: the value that was given, or the default.
    void put_other(std::string_view keyword, std::string_view otherwise)
    {
        const config_line* const line = unsupported_line(config_, keyword);
        put(keyword, line != nullptr ? line->rest : std::string(otherwise));
    }
    void put_other_if_said(std::string_view keyword)
    {
        if (const config_line* const line = unsupported_line(config_, keyword))
            put(keyword, line->rest);
    }

    std::string text() && { return std::move(text_); }

private:
    const client_config& config_;
    std::string text_;
};

std::string_view word_for(terminal_wish w)
{
    switch (w) {
    case terminal_wish::no: return "false";
    case terminal_wish::yes: return "true";
    case terminal_wish::force: return "force";
    case terminal_wish::automatic: break;
    }
    return "auto";
}

std::string_view word_for(session_kind k)
{
    return k == session_kind::none ? "none" : k == session_kind::subsystem ? "subsystem" : "default";
}

std::string_view word_for(host_key_checking h)
{
    switch (h) {
    case host_key_checking::no: return "false";
    case host_key_checking::accept_new: return "accept-new";
    case host_key_checking::yes: return "true";
    case host_key_checking::ask: break;
    }
    return "ask";
}

void put_flags(description& d, const client_config& c)
{
    d.put("batchmode", *c.batch);
    d.put_other("canonicalizefallbacklocal", "yes");
    d.put_other("canonicalizehostname", "false");
    d.put_other("checkhostip", "no");
    d.put("compression", *c.compression);
    d.put_other("controlmaster", "false");
    d.put_other("enablesshkeysign", "no");
    d.put("clearallforwardings", c.clear_forwardings.value_or(false));
    d.put_other("exitonforwardfailure", "no");
    d.put_other("fingerprinthash", "SHA256");
    d.put_other("forwardx11", "no");
    d.put_other("forwardx11trusted", "no");
    d.put_other("gatewayports", "no");
    d.put_other("gssapiauthentication", "no");
    d.put_other("gssapidelegatecredentials", "no");
    d.put("hashknownhosts", *c.hash_known_hosts);
    d.put_other("hostbasedauthentication", "no");
    d.put("identitiesonly", *c.identities_only);
    d.put("kbdinteractiveauthentication", *c.interactive);
    d.put_other("nohostauthenticationforlocalhost", "no");
    d.put("passwordauthentication", *c.password);
    d.put_other("permitlocalcommand", "no");
    d.put_other("proxyusefdpass", "no");
    d.put("pubkeyauthentication", std::string(*c.publickey ? "true" : "false"));
    d.put("requesttty", std::string(word_for(*c.terminal)));
    d.put("sessiontype", std::string(word_for(*c.session)));
    d.put("stdinnull", *c.null_input);
    d.put("forkafterauthentication", *c.to_background);
    d.put_other("streamlocalbindunlink", "no");
    d.put("stricthostkeychecking", std::string(word_for(*c.strict_checking)));
    d.put_other("tcpkeepalive", "yes");
    d.put_other("tunnel", "false");
    d.put_other("verifyhostkeydns", "false");
    d.put_other("visualhostkey", "no");
    d.put_other("updatehostkeys", "false");
}

void put_numbers(description& d, const client_config& c)
{
    d.put_other("canonicalizemaxdots", "1");
    d.put("connectionattempts", *c.connection_attempts);
    d.put_other("forwardx11timeout", "1200");
    d.put("numberofpasswordprompts", *c.password_prompts);
    d.put("serveralivecountmax", *c.alive_count);
    d.put("serveraliveinterval", *c.alive_interval);
    d.put("requiredrsasize", *c.required_rsa_bits);
}

void put_texts(description& d, const client_config& c)
{
    d.put_other_if_said("bindaddress");
    d.put_other_if_said("bindinterface");
    d.put("ciphers", join(c.algorithms.ciphers(), ","));
    d.put_other_if_said("controlpath");
    d.put("hostkeyalgorithms", join(c.algorithms.host_keys(), ","));
    d.put_if_said("hostkeyalias", c.host_key_alias);
    d.put_if_said("identityagent", c.identity_agent);
    if (!c.ignored.empty())
        d.put("ignoreunknown", join(c.ignored, ","));
    d.put("kexalgorithms", join(c.algorithms.kex(), ","));
    d.put_other_if_said("localcommand");
    d.put_if_said("remotecommand", c.remote_command);
    d.put("loglevel", *c.log_level == verbosity::debug1 ? std::string("DEBUG") : std::string(name_of(*c.log_level)));
    d.put("macs", join(c.algorithms.macs(), ","));
    d.put_other_if_said("pkcs11provider");
    d.put_if_said("preferredauthentications", c.preferred_methods);
    d.put("pubkeyacceptedalgorithms", join(c.algorithms.public_keys(), ","));
    d.put_other_if_said("revokedhostkeys");
    d.put_other_if_said("knownhostscommand");
    d.put_if_said("tag", c.tag);
}

void put_lists(description& d, const client_config& c, const std::string& host)
{
    client_config expanded = c; // known hosts are shown with their full names, identities as they are written
    expand_client_files(expanded, host);
    for (const config_line& line : c.forwardings)
        d.put(line.keyword, line.rest);
    for (const std::string& file : c.identity_files)
        d.put("identityfile", file);
    if (c.identity_files.empty() && home_folder())
        for (const char* name : {"id_rsa", "id_ecdsa", "id_ed25519"})
            d.put("identityfile", std::string("~/.ssh/") + name);
    d.put_other_if_said("certificatefile");
    d.put("globalknownhostsfile", *expanded.global_known_hosts);
    d.put("userknownhostsfile", *expanded.user_known_hosts);
    for (const std::string& pattern : c.send_env)
        d.put("sendenv", pattern);
    for (const auto& [name, value] : c.set_env.value_or(std::vector<std::pair<std::string, std::string>>()))
        d.put("setenv", name + '=' + value);
}

} // namespace

std::string describe_client_config(const client_config& c, const std::string& host)
{
    description d(c);
    d.put("host", host);
    d.put("user", *c.user);
    d.put("hostname", *c.host_name);
    d.put("port", std::to_string(*c.port));
    d.put("addressfamily", *c.address_family);
    put_flags(d, c);
    put_numbers(d, c);
    put_texts(d, c);
    put_lists(d, c, host);
    d.put_other("addkeystoagent", "false");
    d.put_other("forwardagent", "no");
    d.put("connecttimeout", c.connect_timeout->count() == 0 ? "none" : std::to_string(c.connect_timeout->count()));
    d.put_other("controlpersist", "no");
    d.put("escapechar", escape_sequences(*c.escape_character).shown());
    d.put_other("ipqos", "none");
    const auto rekey_time = c.rekey_time.value_or(std::chrono::seconds(0));
    d.put("rekeylimit", std::to_string(c.rekey_bytes.value_or(0)) + ' ' + std::to_string(rekey_time.count()));
    d.put_other_if_said("proxyjump");
    d.put_if_said("proxycommand", c.proxy_command);
    return std::move(d).text();
}

} // namespace programs
