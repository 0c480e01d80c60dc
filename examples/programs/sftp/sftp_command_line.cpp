#include "sftp_command_line.hpp"

#include "../option_scanner.hpp"

namespace programs {
namespace {

constexpr char known_flags[] = "1246AaCfhNpqrvb:B:c:D:F:i:J:l:o:P:R:s:S:X:";

void take_flag(sftp_command_line& c, char flag, const std::string& value)
{
    switch (flag) {
    case 'B': c.remote.buffer = number_or_usage(value, 1, 256 * 1024, "Invalid buffer size \"" + value + '"'); break;
    case 'N': c.quiet = false; break;
    case 'R': c.remote.requests = number_or_usage(value, 1, 64 * 1024, "Invalid number of requests \"" + value + '"'); break;
    case 'a': c.resume = true; break;
    case 'b':
        if (c.batch_file)
            throw usage_error("Batch file already specified.");
        c.batch_file = value;
        c.progress = false;
        c.quiet = true;
        set_batch_mode(c.remote);
        break;
    case 'f': c.sync = true; break;
    case 'h': throw usage_error("");
    case 'p': c.preserve = true; break;
    case 'q':
        c.quiet = true;
        c.progress = false;
        take_remote_flag(c.remote, flag, value);
        break;
    case 'r': c.recursive = true; break;
    case 's': c.remote.subsystem = value; break;
    default: take_remote_flag(c.remote, flag, value);
    }
}

void take_place(sftp_command_line& c, const std::string& text)
{
    if (auto uri = parse_place_uri("sftp", text))
        c.place = std::move(*uri);
    else if (auto path = parse_place_path(text))
        c.place = std::move(*path);
    else
        c.place = parse_place_host(text);
    if (c.place.path && c.place.path->empty())
        c.place.path = ".";
}

} // namespace

sftp_command_line parse_sftp_command_line(std::vector<std::string> words)
{
    sftp_command_line c;
    option_scanner scan(std::move(words), known_flags);
    std::vector<std::string> rest;
    for (;;) {
        while (const char flag = scan.next())
            take_flag(c, flag, scan.argument());
        if (!scan.has_word())
            break;
        if (scan.ended()) {
            for (std::string& w : scan.take_rest())
                rest.push_back(std::move(w));
            break;
        }
        rest.push_back(scan.take_word());
    }
    if (c.remote.server)
        return c;
    if (rest.empty() || rest.size() > 2)
        throw usage_error("");
    take_place(c, rest.front());
    if (rest.size() == 2)
        c.local_path = std::move(rest.back());
    return c;
}

std::string sftp_usage()
{
    return "usage: sshoal-sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]\n"
           "          [-D sftp_server_command] [-F ssh_config] [-i identity_file]\n"
           "          [-J destination] [-l limit] [-o ssh_option] [-P port]\n"
           "          [-R num_requests] [-S program] [-s subsystem | sftp_server]\n"
           "          [-X sftp_option] destination\n";
}

} // namespace programs
