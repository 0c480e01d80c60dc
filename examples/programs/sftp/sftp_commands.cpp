#include "sftp_commands.hpp"

#include "../text_tools.hpp"

#include <algorithm>
#include <charconv>

namespace programs {
namespace {

constexpr known_command commands[] = {
    {"bye", verb::quit, names_of::nothing},
    {"cd", verb::chdir, names_of::remote},
    {"chdir", verb::chdir, names_of::remote},
    {"chgrp", verb::chgrp, names_of::remote},
    {"chmod", verb::chmod, names_of::remote},
    {"chown", verb::chown, names_of::remote},
    {"copy", verb::copy, names_of::remote},
    {"cp", verb::copy, names_of::remote},
    {"df", verb::df, names_of::remote},
    {"dir", verb::ls, names_of::remote},
    {"exit", verb::quit, names_of::nothing},
    {"get", verb::get, names_of::remote},
    {"help", verb::help, names_of::nothing},
    {"lcd", verb::lchdir, names_of::local},
    {"lchdir", verb::lchdir, names_of::local},
    {"lls", verb::lls, names_of::local},
    {"lmkdir", verb::lmkdir, names_of::local},
    {"ln", verb::link, names_of::remote},
    {"lpwd", verb::lpwd, names_of::local},
    {"ls", verb::ls, names_of::remote},
    {"lumask", verb::lumask, names_of::nothing},
    {"mget", verb::get, names_of::remote},
    {"mkdir", verb::mkdir, names_of::remote},
    {"mput", verb::put, names_of::local},
    {"progress", verb::progress, names_of::nothing},
    {"put", verb::put, names_of::local},
    {"pwd", verb::pwd, names_of::remote},
    {"quit", verb::quit, names_of::nothing},
    {"reget", verb::get, names_of::remote},
    {"rename", verb::rename, names_of::remote},
    {"reput", verb::put, names_of::local},
    {"rm", verb::rm, names_of::remote},
    {"rmdir", verb::rmdir, names_of::remote},
    {"symlink", verb::link, names_of::remote},
    {"version", verb::version, names_of::nothing},
    {"!", verb::shell, names_of::nothing},
    {"?", verb::help, names_of::nothing},
};

constexpr std::string_view help_text =
    R"(Available commands:
bye                                Quit sftp
cd path                            Change remote directory to 'path'
chgrp [-h] grp path                Change group of file 'path' to 'grp'
chmod [-h] mode path               Change permissions of file 'path' to 'mode'
chown [-h] own path                Change owner of file 'path' to 'own'
copy oldpath newpath               Copy remote file
cp oldpath newpath                 Copy remote file
df [-hi] [path]                    Display statistics for current directory or
                                   filesystem containing 'path'
exit                               Quit sftp
get [-afpR] remote [local]         Download file
help                               Display this help text
lcd path                           Change local directory to 'path'
lls [ls-options [path]]            Display local directory listing
lmkdir path                        Create local directory
ln [-s] oldpath newpath            Link remote file (-s for symlink)
lpwd                               Print local working directory
ls [-1afhlnrSt] [path]             Display remote directory listing
lumask umask                       Set local umask to 'umask'
mkdir path                         Create remote directory
progress                           Toggle display of progress meter
put [-afpR] local [remote]         Upload file
pwd                                Display remote working directory
quit                               Quit sftp
reget [-fpR] remote [local]        Resume download file
rename oldpath newpath             Rename remote file
reput [-fpR] local [remote]        Resume upload file
rm path                            Delete remote file
rmdir path                         Remove remote directory
symlink oldpath newpath            Symlink remote file
version                            Show SFTP version
!command                           Execute 'command' in local shell
!                                  Escape to local shell
?                                  Synonym for help
)";

/// Returns: the flags that a command has.
std::string_view flags_of(verb v)
{
    switch (v) {
    case verb::get:
    case verb::put: return "afPpRr";
    case verb::link: return "s";
    case verb::rename: return "l";
    case verb::ls: return "1Safhlnrt";
    case verb::df: return "hi";
    case verb::chmod:
    case verb::chown:
    case verb::chgrp: return "h";
    default: return "";
    }
}

void take_command_flag(sftp_command& c, char flag)
{
    const bool lists = c.what == verb::ls;
    switch (flag) {
    case '1':
        c.one_column = true;
        c.details = false;
        break;
    case 'S': c.order = list_order::by_size; break;
    case 'a': (lists ? c.all : c.resume) = true; break;
    case 'f':
        if (lists)
            c.order = list_order::as_it_comes;
        else
            c.sync = true;
        break;
    case 'h': (lists || c.what == verb::df ? c.human : c.link_itself) = true; break;
    case 'i': c.inodes = true; break;
    case 'l':
        if (lists)
            c.details = true;
        else
            c.legacy = true;
        break;
    case 'n': c.details = c.numeric = true; break;
    case 'P':
    case 'p': c.preserve = true; break;
    case 'R': c.recursive = true; break;
    case 'r': (lists ? c.reverse : c.recursive) = true; break;
    case 's': c.symbolic = true; break;
    case 't': c.order = list_order::by_time; break;
    default: break;
    }
}

/// Takes flags out, wherever they stand before a "--".
std::vector<std::string> take_flags(sftp_command& c, std::vector<std::string> words, std::string_view name)
{
    const std::string_view known = flags_of(c.what);
    std::vector<std::string> rest;
    bool flags_end = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        std::string& w = words[i];
        if (flags_end || w.size() < 2 || w.front() != '-') {
            rest.push_back(std::move(w));
        } else if (w == "--") {
            flags_end = true;
        } else {
            for (const char flag : w.substr(1)) {
                if (known.find(flag) == std::string_view::npos)
                    throw command_error(std::string(name) + ": Invalid flag -" + flag);
                take_command_flag(c, flag);
            }
        }
    }
    return rest;
}

std::uint32_t number_of(const std::vector<std::string>& words, int base, std::string_view name)
{
    std::uint32_t n = 0;
    if (!words.empty()) {
        const std::string& w = words.front();
        const auto [end, error] = std::from_chars(w.data(), w.data() + w.size(), n, base);
        if (error == std::errc() && end == w.data() + w.size() && !w.empty())
            return n;
    }
    throw command_error("You must supply a numeric argument to the " + std::string(name) + " command.");
}

void take_arguments(sftp_command& c, const std::vector<std::string>& words, std::string_view name)
{
    const auto needs = [&](std::size_t n, const char* what) {
        if (words.size() < n)
            throw command_error("You must specify " + std::string(what) + " after a " + std::string(name) + " command.");
    };
    const auto pattern = [&](std::size_t i) { return i < words.size() ? std::optional(words[i]) : std::nullopt; };
    const auto path = [&](std::size_t i) { return i < words.size() ? std::optional(without_escapes(words[i])) : std::nullopt; };
    switch (c.what) {
    case verb::get:
    case verb::put:
        needs(1, "at least one path");
        c.first = pattern(0);
        c.second = path(1);
        break;
    case verb::link:
    case verb::rename:
    case verb::copy:
        needs(2, "two paths");
        c.first = path(0);
        c.second = path(1);
        break;
    case verb::rm:
        needs(1, "a path");
        c.first = pattern(0);
        break;
    case verb::mkdir:
    case verb::rmdir:
    case verb::lmkdir:
        needs(1, "a path");
        c.first = path(0);
        break;
    case verb::chdir:
    case verb::lchdir:
    case verb::df: c.first = path(0); break;
    case verb::ls: c.first = pattern(0); break;
    case verb::lumask: c.number = number_of(words, 8, name); break;
    case verb::chmod:
    case verb::chown:
    case verb::chgrp:
        c.number = number_of(words, c.what == verb::chmod ? 8 : 10, name);
        needs(2, "a path");
        c.first = pattern(1);
        break;
    default: break;
    }
}

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

void parse_into(sftp_command& c, std::string_view line)
{
    const std::vector<std::string> words = split_command(line);
    if (line.front() == '!') {
        c.what = verb::shell;
        c.rest = trimmed(line.substr(1));
        return;
    }
    const std::string name = words.empty() ? std::string() : lower(words.front());
    const auto known
        = std::find_if(std::begin(commands), std::end(commands), [&](const known_command& k) { return k.name == name; });
    if (known == std::end(commands))
        throw command_error("Invalid command.");
    c.what = known->what;
    if (c.what == verb::lls) {
        c.rest = trimmed(line.substr(std::min(line.find_first_of(blanks), line.size())));
        return;
    }
    take_arguments(c, take_flags(c, words, known->name), known->name);
    c.resume = c.resume || name == "reget" || name == "reput";
    c.symbolic = c.symbolic || name == "symlink";
}

} // namespace

sftp_command parse_sftp_command(std::string_view line)
{
    sftp_command c;
    while (!line.empty() && blanks.find(line.back()) != std::string_view::npos && !line.ends_with("\\ "))
        line.remove_suffix(1);
    c.text = line;
    line = trimmed(line);
    for (; !line.empty() && (line.front() == '-' || line.front() == '@'); line.remove_prefix(1))
        (line.front() == '-' ? c.ignore_errors : c.quiet) = true;
    line = trimmed(line);
    if (line.empty() || line.front() == '#')
        return c;
    try {
        parse_into(c, line);
        c.text = line;
    } catch (const command_error& e) {
        c.error = e.what();
    }
    return c;
}

std::span<const known_command> known_sftp_commands() { return commands; }
std::string_view sftp_help() { return help_text; }

} // namespace programs
