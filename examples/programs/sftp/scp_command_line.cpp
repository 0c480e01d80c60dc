#include "scp_command_line.hpp"

#include "../option_scanner.hpp"

#include <algorithm>

namespace programs {
namespace {

// -d, -f and -t are those of the old protocol's other end.
constexpr char known_flags[] = "12346ABCOTRpqrstfdvD:F:J:S:X:c:i:l:o:P:";

void take_flag(scp_command_line& c, char flag, const std::string& value)
{
    switch (flag) {
    case '3': break; // the other way is not there
    case 'B': set_batch_mode(c.remote); break;
    case 'O': c.old_protocol = true; break;
    case 'R': throw usage_error("-R, copies that the remote hosts make without this one, is not implemented");
    case 'T': break; // names are checked all the same
    case 'p': c.preserve = true; break;
    case 'q':
        c.quiet = true;
        take_remote_flag(c.remote, flag, value);
        break;
    case 'r': c.recursive = true; break;
    case 's': c.old_protocol = false; break;
    default: take_remote_flag(c.remote, flag, value);
    }
}

copy_place parse_place(const std::string& text)
{
    copy_place p;
    auto remote = parse_place_uri("scp", text);
    if (!remote)
        remote = parse_place_path(text);
    if (remote) {
        p.path = remote->path.value_or("");
        p.at = std::move(*remote);
        p.at.path.reset();
    } else {
        p.path = text.empty() ? "." : text;
    }
    return p;
}

/// For a parser that knows quotes.
std::string quoted(const std::string& word)
{
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + '\'';
}

} // namespace

scp_command_line parse_scp_command_line(std::vector<std::string> words)
{
    scp_command_line c;
    bool serves = false;
    std::string command = "scp";
    for (const std::string& w : words)
        command += ' ' + quoted(w);
    option_scanner scan(std::move(words), known_flags);
    while (const char flag = scan.next()) {
        if (flag == 't' || flag == 'f')
            serves = true;
        else if (flag != 'd')
            take_flag(c, flag, scan.argument());
    }
    std::vector<std::string> rest = scan.take_rest();
    if (serves) {
        c.serves = std::move(command);
        return c;
    }
    if (rest.size() < 2)
        throw usage_error("");
    if (c.old_protocol && c.remote.server)
        throw usage_error("-D is for SFTP, not for the old protocol (-O)");
    c.target = parse_place(rest.back());
    rest.pop_back();
    std::transform(rest.begin(), rest.end(), std::back_inserter(c.sources), parse_place);
    return c;
}

std::string scp_usage()
{
    return "usage: sshoal-scp [-346ABCOpqrsTv] [-c cipher] [-D sftp_server_command]\n"
           "            [-F ssh_config] [-i identity_file] [-J destination] [-l limit]\n"
           "            [-o ssh_option] [-P port] [-S program] [-X sftp_option]\n"
           "            source ... target\n";
}

} // namespace programs
