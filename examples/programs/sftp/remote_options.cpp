#include "remote_options.hpp"

#include "../option_scanner.hpp"
#include "../text_tools.hpp"

namespace programs {
namespace {

constexpr std::uint64_t most_rate = 100 * 1024 * 1024, most_requests = 64 * 1024, most_buffer = 256 * 1024;

/// "nrequests=64", "buffer=32768".
void take_sftp_option(remote_options& o, const std::string& text)
{
    const auto equals = text.find('=');
    const std::string name = lower(text.substr(0, equals));
    const std::string value = equals == std::string::npos ? std::string() : text.substr(equals + 1);
    if (name == "nrequests")
        o.requests = number_or_usage(value, 1, most_requests, "Invalid number of requests \"" + value + '"');
    else if (name == "buffer")
        o.buffer = number_or_usage(value, 1, most_buffer, "Invalid buffer size \"" + value + '"');
    else
        throw usage_error("Invalid -X option");
}

/// "alice@gate:2222,inner", or "none". Only the command line's: ProxyJump in a configuration is refused.
std::vector<remote_place> parse_jumps(const std::string& list)
{
    std::vector<remote_place> jumps;
    if (lower(list) == "none")
        return jumps;
    for (const std::string& one : split_list(list))
        jumps.push_back(*parse_place_uri("ssh", lower(one.substr(0, 6)) == "ssh://" ? one : "ssh://" + one));
    if (jumps.empty())
        throw usage_error("Invalid -J argument");
    return jumps;
}

void set(remote_options& o, const std::string& line, std::vector<std::string> words)
{
    if (!line.empty())
        o.settings.push_back(line);
    for (std::string& w : words)
        o.ssh_words.push_back(std::move(w));
}

} // namespace

std::uint64_t number_or_usage(const std::string& text, std::uint64_t least, std::uint64_t most, const std::string& what)
{
    const auto n = number(text, least, most);
    if (!n)
        throw usage_error(what);
    return *n;
}

void set_batch_mode(remote_options& o) { set(o, "BatchMode yes", {"-oBatchMode=yes"}); }

bool take_remote_flag(remote_options& o, char flag, const std::string& value)
{
    switch (flag) {
    case '1': throw usage_error("SSH protocol 1 is not supported");
    case '2': break;
    case '4': set(o, "AddressFamily inet", {"-4"}); break;
    case '6': set(o, "AddressFamily inet6", {"-6"}); break;
    case 'A': set(o, "ForwardAgent yes", {"-oForwardAgent=yes"}); break;
    case 'C': set(o, "Compression yes", {"-C"}); break;
    case 'D': o.server = value; break;
    case 'F':
        o.config_file = value;
        set(o, "", {"-F", value});
        break;
    case 'J':
        o.jumps = parse_jumps(value);
        set(o, "", {"-J", value});
        break;
    case 'P':
        number_or_usage(value, 1, 65'535, "bad port \"" + value + '"');
        set(o, "Port " + value, {"-oPort=" + value});
        break;
    case 'S': o.program = value; break;
    case 'X': take_sftp_option(o, value); break;
    case 'c': set(o, "Ciphers " + value, {"-c", value}); break;
    case 'i':
        o.identities.push_back(value);
        set(o, "", {"-i", value});
        break;
    case 'l':
        // Kilobits of 1,024 bits.
        o.rate = number_or_usage(value, 1, most_rate, "Invalid bandwidth limit \"" + value + '"') * 1024 / 8;
        break;
    case 'o': set(o, value, {"-o", value}); break;
    case 'q':
        o.quiet = true;
        set(o, "", {"-q"});
        break;
    case 'v':
        ++o.loud;
        set(o, "", {"-v"});
        break;
    default: return false;
    }
    return true;
}

} // namespace programs
