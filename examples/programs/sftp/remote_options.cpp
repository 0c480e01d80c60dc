#include "remote_options.hpp"

#include "../option_scanner.hpp"
#include "../text_tools.hpp"

#include <sshoal/target.hpp>

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

/// For the program of -S.
void pass_on(remote_options& o, std::vector<std::string> words)
{
    for (std::string& w : words)
        o.ssh_words.push_back(std::move(w));
}

/// For our own connection, and for the program of -S.
void set(remote_options& o, std::string line, std::string name, std::vector<std::string> words)
{
    o.settings.push_back({std::move(line), std::move(name)});
    pass_on(o, std::move(words));
}

} // namespace

std::uint64_t number_or_usage(const std::string& text, std::uint64_t least, std::uint64_t most, const std::string& what)
{
    const auto n = number(text, least, most);
    if (!n)
        throw usage_error(what);
    return *n;
}

void set_batch_mode(remote_options& o) { set(o, "BatchMode yes", "-b", {"-oBatchMode=yes"}); }

bool take_remote_flag(remote_options& o, char flag, const std::string& value)
{
    switch (flag) {
    case '1': throw usage_error("SSH protocol 1 is not supported");
    case '2': break;
    case '4': set(o, "AddressFamily inet", "-4", {"-4"}); break;
    case '6': set(o, "AddressFamily inet6", "-6", {"-6"}); break;
    case 'A': set(o, "ForwardAgent yes", "-A", {"-oForwardAgent=yes"}); break;
    case 'C': set(o, "Compression yes", "-C", {"-C"}); break;
    case 'D': o.server = value; break;
    case 'F':
        o.config_file = value;
        pass_on(o, {"-F", value});
        break;
    case 'J':
        for (const std::string& hop : split_list(value))
            if (!sshoal::parse_target(hop))
                throw usage_error("Invalid -J argument");
        set(o, "ProxyJump " + value, "-J", {"-J", value});
        break;
    case 'P':
        number_or_usage(value, 1, 65'535, "bad port \"" + value + '"');
        set(o, "Port " + value, "-P", {"-oPort=" + value});
        break;
    case 'S': o.program = value; break;
    case 'X': take_sftp_option(o, value); break;
    case 'c': set(o, "Ciphers " + value, "-c", {"-c", value}); break;
    case 'i':
        o.identities.push_back(value);
        pass_on(o, {"-i", value});
        break;
    case 'l':
        // Kilobits of 1,024 bits.
        o.rate = number_or_usage(value, 1, most_rate, "Invalid bandwidth limit \"" + value + '"') * 1024 / 8;
        break;
    case 'o': set(o, value, "command line", {"-o", value}); break;
    case 'q':
        o.quiet = true;
        pass_on(o, {"-q"});
        break;
    case 'v':
        ++o.loud;
        pass_on(o, {"-v"});
        break;
    default: return false;
    }
    return true;
}

} // namespace programs
