// Requests that a keyword would allow to clients, and that this server refuses to everyone, need no keyword: such keywords are
// harmless. A keyword that forbids something must not be left out, unless the thing is forbidden anyway.
#include "config/server_keywords.hpp"

namespace sshoal::conf {
/// The names of the enumerations stay in here.
namespace server_rows {
namespace {

using enum form;
using enum effect;
using enum shown;

constexpr std::string_view levels = "SILENT|QUIET,FATAL,ERROR,INFO,VERBOSE,DEBUG|DEBUG1,DEBUG2,DEBUG3";
constexpr std::string_view facilities = "DAEMON,USER,AUTH,AUTHPRIV,LOCAL0,LOCAL1,LOCAL2,LOCAL3,LOCAL4,LOCAL5,LOCAL6,LOCAL7";
constexpr std::string_view yes_no = "yes,no";
constexpr std::string_view directions = "yes|all,no,remote,local";
constexpr std::string_view of_account = "hUu";         ///< tokens of the names of files
constexpr std::string_view of_key = "CDfhktUu";        ///< tokens of AuthorizedKeysCommand
constexpr std::string_view of_certificate = "CDFfhiKksTtUu";

constexpr keyword rows[] = {
    {.name = "Port", .what = each_number, .standard = "22", .least = 1, .most = 65'535, .global = true},
    {.name = "AddressFamily", .what = choice, .standard = "any", .words = "inet,inet6,any", .global = true},
    {.name = "ListenAddress", .what = form::listen, .global = true},
    // Numbers.
    {.name = "UsePAM", .what = choice, .standard = "no", .words = yes_no, .global = true},
    {.name = "PAMServiceName", .how = harmless, .nothing = "*", .show = if_set},
    {.name = "LoginGraceTime", .what = seconds, .standard = "120", .words = "-", .global = true},
    {.name = "X11DisplayOffset", .what = number, .standard = "10"},
    {.name = "MaxAuthTries", .what = number, .standard = "6"},
    {.name = "MaxSessions", .what = number, .standard = "10"},
    {.name = "ClientAliveInterval", .what = seconds, .standard = "0", .words = "-"},
    {.name = "ClientAliveCountMax", .what = number, .standard = "3"},
    {.name = "RequiredRSASize", .what = number, .standard = "1024"},
    {.name = "StreamLocalBindMask", .what = octal, .standard = "0177", .last_counts = true},
    {.name = "UnusedConnectionTimeout", .what = seconds, .standard = "none", .words = "none"},
    // Choices.
    {.name = "PermitRootLogin", .what = choice, .standard = "without-password",
     .words = "without-password|prohibit-password,forced-commands-only,yes,no"},
    {.name = "IgnoreRhosts", .what = choice, .how = harmless, .standard = "yes", .words = "yes,no,shosts-only", .nothing = "*"},
    {.name = "IgnoreUserKnownHosts", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "HostbasedAuthentication", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "no"},
    {.name = "HostbasedUsesNameFromPacketOnly", .what = choice, .how = harmless, .standard = "no", .words = yes_no,
     .nothing = "*"},
    {.name = "PubkeyAuthentication", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "KerberosAuthentication", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "no"},
    {.name = "KerberosOrLocalPasswd", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "KerberosTicketCleanup", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "GSSAPIAuthentication", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "no"},
    {.name = "GSSAPICleanupCredentials", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "GSSAPIKeyExchange", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "no",
     .global = true},
    {.name = "GSSAPIDelegateCredentials", .what = choice, .how = harmless, .words = yes_no, .nothing = "*", .show = never,
     .global = true},
    {.name = "GSSAPIStrictAcceptorCheck", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "GSSAPIStoreCredentialsOnRekey", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "*",
     .global = true},
    {.name = "GSSAPIKexAlgorithms", .how = harmless, .nothing = "*", .show = never, .global = true},
    {.name = "PasswordAuthentication", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "KbdInteractiveAuthentication", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "PrintMotd", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "no", .global = true},
    {.name = "PrintLastLog", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "no",
     .global = true},
    {.name = "X11Forwarding", .what = choice, .standard = "no", .words = yes_no},
    {.name = "X11UseLocalhost", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "PermitTTY", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "PermitUserRC", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "StrictModes", .what = choice, .standard = "yes", .words = yes_no, .global = true},
    {.name = "TCPKeepAlive", .what = choice, .how = harmless, .standard = "yes", .words = yes_no, .nothing = "*", .global = true},
    {.name = "PermitEmptyPasswords", .what = choice, .how = harmless, .standard = "no", .words = yes_no, .nothing = "no"},
    {.name = "Compression", .what = choice, .standard = "yes", .words = "yes|delayed,no", .global = true},
    {.name = "GatewayPorts", .what = choice, .standard = "no", .words = "clientspecified,yes,no"},
    {.name = "UseDNS", .what = choice, .standard = "no", .words = yes_no, .global = true},
    {.name = "AllowTcpForwarding", .what = choice, .standard = "yes", .words = directions},
    {.name = "AllowAgentForwarding", .what = choice, .standard = "yes", .words = yes_no},
    {.name = "DisableForwarding", .what = choice, .standard = "no", .words = yes_no},
    {.name = "AllowStreamLocalForwarding", .what = choice, .standard = "yes", .words = directions},
    {.name = "StreamLocalBindUnlink", .what = choice, .standard = "no", .words = yes_no},
    {.name = "FingerprintHash", .what = choice, .standard = "SHA256", .words = "MD5,SHA1,SHA256,SHA384,SHA512", .global = true,
     .last_counts = true},
    {.name = "ExposeAuthInfo", .what = choice, .standard = "no", .words = yes_no},
    {.name = "RefuseConnection", .what = choice, .standard = "no", .words = yes_no, .show = if_set},
    // Texts.
    {.name = "PidFile", .what = file, .standard = "/run/sshoald.pid", .global = true},
    {.name = "ModuliFile", .what = file, .standard = "/etc/ssh/moduli", .global = true},
    {.name = "XAuthLocation", .what = file, .standard = "/usr/bin/xauth", .global = true},
    {.name = "Ciphers", .what = form::algorithms, .words = "ciphers", .global = true},
    {.name = "MACs", .what = form::algorithms, .words = "macs", .global = true},
    {.name = "Banner", .what = file, .standard = "none"},
    {.name = "ForceCommand", .what = command, .standard = "none"},
    {.name = "ChrootDirectory", .standard = "none", .tokens = of_account},
    {.name = "TrustedUserCAKeys", .what = file, .how = needed, .standard = "none", .nothing = "none"},
    {.name = "RevokedKeys", .what = form::words, .standard = "none"},
    {.name = "SecurityKeyProvider", .how = harmless, .standard = "internal", .nothing = "*", .global = true},
    {.name = "AuthorizedPrincipalsFile", .how = needed, .standard = "none", .tokens = of_account, .nothing = "none"},
    {.name = "VersionAddendum", .what = command, .standard = "none", .words = "#", .global = true},
    {.name = "AuthorizedKeysCommand", .what = command, .standard = "none", .words = "/", .tokens = of_key},
    {.name = "AuthorizedKeysCommandUser", .standard = "none"},
    {.name = "AuthorizedPrincipalsCommand", .what = command, .how = needed, .standard = "none", .words = "/",
     .tokens = of_certificate, .nothing = "none"},
    {.name = "AuthorizedPrincipalsCommandUser", .how = needed, .standard = "none", .nothing = "none"},
    {.name = "HostKeyAgent", .how = needed, .standard = "none", .nothing = "none", .global = true},
    {.name = "KexAlgorithms", .what = form::algorithms, .words = "kex", .global = true},
    {.name = "CASignatureAlgorithms", .how = harmless, .nothing = "*", .show = never}, // certificates are never accepted
    {.name = "HostbasedAcceptedAlgorithms", .how = harmless, .nothing = "*", .show = never},
    {.name = "HostKeyAlgorithms", .what = form::algorithms, .words = "host keys", .global = true},
    {.name = "PubkeyAcceptedAlgorithms", .what = form::algorithms, .words = "public keys"},
    {.name = "RDomain", .how = needed, .tokens = "D", .nothing = "none", .show = if_set},
    {.name = "SshdSessionPath", .what = file, .how = harmless, .nothing = "*", .show = if_set, .global = true},
    {.name = "SshdAuthPath", .what = file, .how = harmless, .nothing = "*", .show = if_set, .global = true},
    {.name = "PerSourcePenaltyExemptList", .show = if_set, .global = true},
    {.name = "LogLevel", .what = choice, .standard = "INFO", .words = levels},
    {.name = "SyslogFacility", .what = choice, .standard = "AUTH", .words = facilities, .global = true},
    // Lists.
    {.name = "AuthorizedKeysFile", .what = form::words, .standard = ".ssh/authorized_keys .ssh/authorized_keys2",
     .tokens = of_account},
    {.name = "HostKey", .what = each_file,
     .standard = "/etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ed25519_key", .global = true},
    {.name = "HostCertificate", .what = each_file, .how = needed, .nothing = "none", .show = if_set, .global = true},
    {.name = "AllowUsers", .what = names, .words = "user", .show = if_set},
    {.name = "DenyUsers", .what = names, .words = "user", .show = if_set},
    {.name = "AllowGroups", .what = names, .show = if_set},
    {.name = "DenyGroups", .what = names, .show = if_set},
    {.name = "AcceptEnv", .what = names, .words = "variable", .show = if_set},
    {.name = "SetEnv", .what = form::environment, .show = if_set},
    {.name = "AuthenticationMethods", .what = methods, .standard = "any"},
    {.name = "LogVerbose", .what = form::words, .show = if_set},
    {.name = "ChannelTimeout", .what = timeouts, .show = if_set},
    {.name = "Subsystem", .what = subsystem, .show = if_set},
    {.name = "MaxStartups", .what = startups, .standard = "10:30:100", .global = true},
    {.name = "PerSourceMaxStartups", .what = number, .standard = "none", .words = "none", .least = 1, .global = true,
     .last_counts = true},
    {.name = "PerSourceNetBlockSize", .what = net_blocks, .standard = "32:128", .global = true, .last_counts = true},
    {.name = "PermitTunnel", .what = choice, .how = harmless, .standard = "no", .words = "no,yes,point-to-point,ethernet",
     .nothing = "no"},
    {.name = "IPQoS", .what = service, .standard = "lowdelay throughput"},
    {.name = "RekeyLimit", .what = rekey, .standard = "0 0"},
    {.name = "PermitOpen", .what = places, .standard = "any"},
    {.name = "PermitListen", .what = places, .standard = "any", .words = "listen"},
    {.name = "PermitUserEnvironment", .standard = "no", .global = true},
    {.name = "PubkeyAuthOptions", .what = some_of, .how = harmless, .standard = "none", .words = "touch-required,verify-required",
     .nothing = "*"}, // no key of a security key is accepted
    {.name = "PerSourcePenalties", .what = penalties, .show = if_set, .global = true},
    // Keywords that only sshoald has.
    {.name = "TerminateSessions", .what = choice, .standard = "no", .words = yes_no, .show = if_set, .global = true},
    {.name = "EndProgramsAfter", .what = seconds, .standard = "none", .words = "none", .show = if_set, .global = true},
    // Keywords of distributions and of old versions.
    {.name = "DebianBanner", .what = form::words, .how = ignored, .show = never, .global = true},
    {.name = "Protocol", .what = form::words, .how = ignored, .show = never, .global = true},
    {.name = "KerberosGetAFSToken", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "KerberosTgtPassing", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "AFSTokenPassing", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "PAMAuthenticationViaKbdInt", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "ServerKeyBits", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "KeyRegenerationInterval", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "RhostsAuthentication", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "RhostsRSAAuthentication", .what = form::words, .how = deprecated, .show = never},
    {.name = "RSAAuthentication", .what = form::words, .how = deprecated, .show = never},
    {.name = "CheckMail", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "UseLogin", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "VerifyReverseMapping", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "ReverseMappingCheck", .what = form::words, .how = deprecated, .show = never, .global = true},
    {.name = "AuthorizedKeysFile2", .what = form::words, .how = deprecated, .show = never},
    {.name = "UsePrivilegeSeparation", .what = form::words, .how = deprecated, .show = never, .global = true},
};

constexpr keyword_alias aliases[] = {
    {"challengeresponseauthentication", "kbdinteractiveauthentication"},
    {"skeyauthentication", "kbdinteractiveauthentication"},
    {"dsaauthentication", "pubkeyauthentication"},
    {"hostdsakey", "hostkey"},
    {"hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"},
    {"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
    {"keepalive", "tcpkeepalive"},
};

} // namespace
} // namespace server_rows

const keyword_table server_keywords(server_rows::rows, server_rows::aliases);

} // namespace sshoal::conf
