// The keywords of ssh_config that are not implemented, and the treatment of each. They are judged when all files have been read,
// since only the first value of a keyword counts: "-o ProxyJump=none" makes the ProxyJump of a file harmless.
#include "client_config.hpp"
#include "shared_keywords.hpp"

namespace programs {
namespace {

using enum if_asked;

constexpr unsupported_keyword unsupported[] = {
    // The way to the server.
    {"bindaddress", "none", never, "\"ProxyCommand nc -s ADDRESS %h %p\" begins at an address of one's choice"},
    {"bindinterface", "none", never, "\"ProxyCommand nc -s ADDRESS %h %p\" begins at an address of one's choice"},
    {"canonicalizehostname", "no,false,none", refuse, "name the host in full, and say \"CanonicalizeHostname no\""},
    {"canonicaldomains", "*"},
    {"canonicalizefallbacklocal", "*"},
    {"canonicalizemaxdots", "*"},
    {"canonicalizepermittedcnames", "*"},
    {"ipqos", "none", pass},
    {"proxyjump", "none", never,
     "\"ProxyCommand ssh -W %h:%p JUMPHOST\" does the same, and so does -J of sshoal-sftp and sshoal-scp"},
    {"proxyusefdpass", "no,false", never, "the ProxyCommand has to move the data itself"},
    {"tcpkeepalive", "*"},
    {"tunnel", "no,false", refuse},
    {"tunneldevice", "*"},
    // These say which host keys are trusted.
    {"casignaturealgorithms", "*"}, // certificates of hosts are never asked for
    {"checkhostip", "no,false", pass},
    {"fingerprinthash", "sha256", pass},
    {"knownhostscommand", "none", never, "write the keys to a file that UserKnownHostsFile names"},
    {"nohostauthenticationforlocalhost", "no,false", pass},
    {"revokedhostkeys", "none", never, "lines of known_hosts with @revoked do the same"},
    {"updatehostkeys", "no,false", pass},
    {"verifyhostkeydns", "no,false", pass},
    {"visualhostkey", "no,false", pass},
    {"warnweakcrypto", "*"},
    // The log-in. Keys and methods that are not offered cannot log in, but others can.
    {"addkeystoagent", "no,false", pass},
    {"certificatefile", "none", warn, "no certificate is offered"},
    {"enablesshkeysign", "*"},
    {"gssapiauthentication", "no,false", pass},
    {"gssapiclientidentity", "*"},
    {"gssapidelegatecredentials", "*"},
    {"gssapikexalgorithms", "*"},
    {"gssapikeyexchange", "no,false", pass},
    {"gssapirenewalforcesrekey", "*"},
    {"gssapiserveridentity", "*"},
    {"gssapitrustdns", "*"},
    {"hostbasedacceptedalgorithms", "*"},
    {"hostbasedauthentication", "no,false", pass},
    {"kbdinteractivedevices", "*"},
    {"pkcs11provider", "none", warn, "no key of a token is offered; an agent that holds the token's keys can offer them"},
    {"securitykeyprovider", "*"},
    {"usekeychain", "*"},
    // The session. A server may refuse these too, and the session goes on.
    {"enableescapecommandline", "*"},
    {"exitonforwardfailure", "*"},
    {"forwardagent", "no,false", warn, "the agent is not forwarded"},
    {"forwardx11", "no,false", warn, "X11 is not forwarded"},
    {"forwardx11timeout", "*"},
    {"forwardx11trusted", "*"},
    {"gatewayports", "*"},
    {"localcommand", "*"},
    {"permitlocalcommand", "no,false", warn, "no LocalCommand is run"},
    {"permitremoteopen", "*"},
    {"streamlocalbindmask", "*"},
    {"streamlocalbindunlink", "*"},
    {"xauthlocation", "*"},
    // The connection.
    {"channeltimeout", "none", warn, "no channel is closed for being idle"},
    {"controlmaster", "no,false", pass},
    {"controlpath", "none", pass},
    {"controlpersist", "no,false", pass},
    {"logverbose", "*"},
    {"obscurekeystroketiming", "no,false", pass},
    {"syslogfacility", "*"},
    {"versionaddendum", "none", pass},
    // Keywords of very old versions.
    {"protocol", "*"},
};

constexpr std::string_view deprecated[] = {
    "afstokenpassing",
    "cipher",
    "compressionlevel",
    "fallbacktorsh",
    "kerberosauthentication",
    "kerberostgtpassing",
    "rhostsauthentication",
    "rhostsrsaauthentication",
    "rsaauthentication",
    "useprivilegedport",
    "userprivilegedport",
    "useroaming",
    "usersh",
};

bool is_deprecated(std::string_view keyword)
{
    return std::find(std::begin(deprecated), std::end(deprecated), keyword) != std::end(deprecated);
}

void judge(const client_config& c, const config_line& line)
{
    const unsupported_keyword* const k = find_unsupported(unsupported, line.keyword);
    if (k == nullptr)
        return say(verbosity::info, line.place() + ": " + line.written + " is deprecated and has no effect");
    if (asks_for_nothing(*k, line))
        return;
    const bool passed_over = k->what == pass || (k->what != never && matches_any(c.ignored, line.keyword));
    if (passed_over)
        return say(verbosity::debug1, line.place() + ": " + line.written + ": " + why_unsupported(*k));
    if (k->what != warn || line.of_command_line())
        line.fail(why_unsupported(*k));
    const std::string_view silent = k->harmless.substr(0, k->harmless.find(','));
    say(verbosity::info, line.place() + ": " + line.written + ": " + why_unsupported(*k) + "; \"" + line.written + ' '
                             + std::string(silent) + "\" ends this warning");
}

} // namespace

bool is_unsupported_keyword(std::string_view keyword)
{
    return find_unsupported(unsupported, keyword) != nullptr || is_deprecated(keyword);
}

const config_line* unsupported_line(const client_config& c, std::string_view keyword)
{
    for (const config_line& line : c.unsupported)
        if (line.keyword == keyword)
            return &line;
    return nullptr;
}

void judge_unsupported(const client_config& c)
{
    for (const config_line& line : c.unsupported)
        judge(c, line);
    for (const config_line& line : c.forwardings)
        if (!c.clear_forwardings.value_or(false) && !matches_any(c.ignored, line.keyword))
            line.fail("forwarding is not implemented; \"ClearAllForwardings yes\" goes on without");
}

} // namespace programs
