// The keywords of ssh_config that are implemented.
#include "client_config.hpp"
#include "escape_sequences.hpp"
#include "shared_keywords.hpp"

namespace programs {
namespace {

using handler = void (*)(client_config&, const config_line&);

struct keyword_entry {
    std::string_view keyword;
    handler apply;
};

/// A value that is one of several words.
template <class T, std::size_t N>
T choice(const config_line& line, const std::pair<std::string_view, T> (&known)[N])
{
    const std::string wanted = lower(line.one());
    for (const auto& [name, value] : known)
        if (name == wanted)
            return value;
    line.fail("no such value: " + line.one());
}

void strict_checking(client_config& c, const config_line& line)
{
    using enum host_key_checking;
    constexpr std::pair<std::string_view, host_key_checking> known[] = {
        {"yes", yes}, {"true", yes}, {"no", no}, {"false", no}, {"off", no}, {"accept-new", accept_new}, {"ask", ask}};
    set_once(c.strict_checking, choice(line, known));
}

void request_tty(client_config& c, const config_line& line)
{
    using enum terminal_wish;
    constexpr std::pair<std::string_view, terminal_wish> known[] = {
        {"yes", yes}, {"true", yes}, {"no", no}, {"false", no}, {"force", force}, {"auto", automatic}};
    set_once(c.terminal, choice(line, known));
}

void session_type(client_config& c, const config_line& line)
{
    constexpr std::pair<std::string_view, session_kind> known[] = {
        {"none", session_kind::none}, {"subsystem", session_kind::subsystem}, {"default", session_kind::command}};
    set_once(c.session, choice(line, known));
}

void address_family(client_config& c, const config_line& line)
{
    constexpr std::pair<std::string_view, const char*> known[] = {{"any", "any"}, {"inet", "inet"}, {"inet6", "inet6"}};
    set_once(c.address_family, std::string(choice(line, known)));
}

/// A value that is "none" or a list of files.
void files(std::optional<std::vector<std::string>>& slot, const config_line& line)
{
    if (line.arguments.empty())
        line.fail("an argument is missing");
    if (line.arguments.size() == 1 && lower(line.arguments.front()) == "none")
        return set_once(slot, std::vector<std::string>());
    set_once(slot, line.arguments);
}

/// A command for a shell, as it is written; "none" is no command.
void command_text(std::optional<std::string>& slot, const config_line& line)
{
    if (line.rest.empty())
        line.fail("an argument is missing");
    set_once(slot, lower(line.rest) == "none" ? std::string() : line.rest);
}

void set_env(client_config& c, const config_line& line)
{
    std::vector<std::pair<std::string, std::string>> all; // of several values for a variable the first counts, too
    for (const std::string& a : line.arguments) {
        const auto equals = a.find('=');
        if (equals == 0 || equals == std::string::npos)
            line.fail("NAME=value is expected: " + a);
        std::string name = a.substr(0, equals);
        if (std::none_of(all.begin(), all.end(), [&](const auto& known) { return known.first == name; }))
            all.emplace_back(std::move(name), a.substr(equals + 1));
    }
    if (all.empty())
        line.fail("NAME=value is expected");
    set_once(c.set_env, std::move(all));
}

/// A list of patterns; "-PATTERN" removes those before it that it fits.
void send_env(client_config& c, const config_line& line)
{
    for (const std::string& a : line.arguments) {
        if (a.starts_with('-'))
            std::erase_if(c.send_env, [&](const std::string& known) { return matches(std::string_view(a).substr(1), known); });
        else if (std::find(c.send_env.begin(), c.send_env.end(), a) == c.send_env.end())
            c.send_env.push_back(a);
    }
}

void identity_file(client_config& c, const config_line& line)
{
    if (std::find(c.identity_files.begin(), c.identity_files.end(), line.one()) == c.identity_files.end())
        c.identity_files.push_back(line.one());
}

void forwarding(client_config& c, const config_line& line)
{
    const auto is_same = [&](const config_line& known) { return known.keyword == line.keyword && known.rest == line.rest; };
    if (std::none_of(c.forwardings.begin(), c.forwardings.end(), is_same))
        c.forwardings.push_back(line);
}

void ignore_unknown(client_config& c, const config_line& line)
{
    if (c.ignored.empty())
        c.ignored = split_list(lower(line.one()));
}

std::optional<char> escape_argument(const config_line& line)
{
    try {
        return escape_character(line.one());
    } catch (const config_error& e) {
        line.fail(e.what());
    }
}

void rekey_limit(client_config& c, const config_line& line)
{
    std::optional<std::uint64_t> bytes;
    std::optional<std::chrono::seconds> time;
    rekey_arguments(line, bytes, time);
    if (std::exchange(c.rekey_set, true))
        return;
    c.rekey_bytes = bytes;
    c.rekey_time = time;
}

constexpr keyword_entry keywords[] = {
    {"hostname", [](auto& c, auto& l) { set_once(c.host_name, l.one()); }},
    {"user", [](auto& c, auto& l) { set_once(c.user, l.one()); }},
    {"port", [](auto& c, auto& l) { set_once(c.port, static_cast<std::uint16_t>(number_argument(l, 1, 65'535))); }},
    {"addressfamily", address_family},
    {"proxycommand", [](auto& c, auto& l) { command_text(c.proxy_command, l); }},
    {"connecttimeout",
     [](auto& c, auto& l) {
         set_once(c.connect_timeout, lower(l.one()) == "none" ? std::chrono::seconds(0) : duration_argument(l));
     }},
    {"connectionattempts", [](auto& c, auto& l) { set_once(c.connection_attempts, number_argument(l, 1, 1'000'000)); }},
    {"hostkeyalias", [](auto& c, auto& l) { set_once(c.host_key_alias, lower(l.one()) == "none" ? std::string() : l.one()); }},
    {"userknownhostsfile", [](auto& c, auto& l) { files(c.user_known_hosts, l); }},
    {"globalknownhostsfile", [](auto& c, auto& l) { files(c.global_known_hosts, l); }},
    {"stricthostkeychecking", strict_checking},
    {"hashknownhosts", [](auto& c, auto& l) { set_once(c.hash_known_hosts, l.yes_or_no()); }},
    {"requiredrsasize", [](auto& c, auto& l) { set_once(c.required_rsa_bits, number_argument(l, 1024, 65'536)); }},
    {"identityfile", identity_file},
    {"identityagent", [](auto& c, auto& l) { set_once(c.identity_agent, l.one()); }},
    {"identitiesonly", [](auto& c, auto& l) { set_once(c.identities_only, l.yes_or_no()); }},
    {"preferredauthentications", [](auto& c, auto& l) { set_once(c.preferred_methods, l.one()); }},
    {"pubkeyauthentication",
     [](auto& c, auto& l) {
         const std::string v = lower(l.one()); // the others are about binding keys to sessions
         set_once(c.publickey, v == "unbound" || v == "host-bound" || l.yes_or_no());
     }},
    {"passwordauthentication", [](auto& c, auto& l) { set_once(c.password, l.yes_or_no()); }},
    {"kbdinteractiveauthentication", [](auto& c, auto& l) { set_once(c.interactive, l.yes_or_no()); }},
    {"batchmode", [](auto& c, auto& l) { set_once(c.batch, l.yes_or_no()); }},
    {"numberofpasswordprompts", [](auto& c, auto& l) { set_once(c.password_prompts, number_argument(l, 0, 1'000)); }},
    {"remotecommand", [](auto& c, auto& l) { command_text(c.remote_command, l); }},
    {"sendenv", send_env},
    {"setenv", set_env},
    {"requesttty", request_tty},
    {"sessiontype", session_type},
    {"stdinnull", [](auto& c, auto& l) { set_once(c.null_input, l.yes_or_no()); }},
    {"forkafterauthentication", [](auto& c, auto& l) { set_once(c.to_background, l.yes_or_no()); }},
    {"escapechar", [](auto& c, auto& l) { set_once(c.escape_character, escape_argument(l)); }},
    {"compression", [](auto& c, auto& l) { set_once(c.compression, l.yes_or_no()); }},
    {"ciphers", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::ciphers); }},
    {"macs", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::macs); }},
    {"kexalgorithms", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::kex); }},
    {"hostkeyalgorithms",
     [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::host_keys); }},
    {"pubkeyacceptedalgorithms",
     [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::public_keys); }},
    {"rekeylimit", rekey_limit},
    {"serveraliveinterval", [](auto& c, auto& l) { set_once(c.alive_interval, duration_argument(l)); }},
    {"serveralivecountmax", [](auto& c, auto& l) { set_once(c.alive_count, number_argument(l, 1, 1'000'000)); }},
    {"loglevel", [](auto& c, auto& l) { set_once(c.log_level, level_argument(l)); }},
    {"clearallforwardings", [](auto& c, auto& l) { set_once(c.clear_forwardings, l.yes_or_no()); }},
    {"localforward", forwarding},
    {"remoteforward", forwarding},
    {"dynamicforward", forwarding},
    {"ignoreunknown", ignore_unknown},
    {"tag", [](auto& c, auto& l) { set_once(c.tag, l.one()); }},
};

constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"challengeresponseauthentication", "kbdinteractiveauthentication"},
    {"skeyauthentication", "kbdinteractiveauthentication"},
    {"tisauthentication", "kbdinteractiveauthentication"},
    {"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
    {"dsaauthentication", "pubkeyauthentication"},
    {"smartcarddevice", "pkcs11provider"},
    {"hostbasedkeytypes", "hostbasedacceptedalgorithms"},
};

} // namespace

void apply_client_line(client_config& c, const config_line& line)
{
    line.check_quotes();
    config_line named = line;
    for (const auto& [other, name] : other_names)
        if (line.keyword == other)
            named.keyword = name;
    for (const keyword_entry& k : keywords)
        if (k.keyword == named.keyword)
            return k.apply(c, named);
    if (is_unsupported_keyword(named.keyword)) {
        if (unsupported_line(c, named.keyword) == nullptr)
            c.unsupported.push_back(std::move(named));
    } else if (matches_any(c.ignored, line.keyword)) {
        say(verbosity::debug1, line.place() + ": Ignored unknown option \"" + line.written + '"');
    } else {
        line.fail("Bad configuration option: " + line.keyword);
    }
}

void apply_client_option(client_config& c, std::string_view text)
{
    apply_client_line(c, parse_config_line(text, "command line", 0));
}

} // namespace programs
