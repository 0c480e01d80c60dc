#include "scp/protocol/command.hpp"

#include "scp/protocol/pattern.hpp"

#include <algorithm>

namespace sshoal::scp_protocol {
namespace {

constexpr std::string_view special = "*?[]";

bool is_special(char c) noexcept { return special.find(c) != special.npos; }
bool is_plain(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || std::string_view("/._-+,:@%").find(c) != std::string_view::npos;
}

class word_reader {
public:
    explicit word_reader(std::string_view line) : rest_(line) {}

    std::optional<std::vector<std::string>> read()
    {
        while (!rest_.empty())
            if (!step(next()))
                return std::nullopt;
        end_word();
        return std::move(words_);
    }

private:
    char next()
    {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    bool step(char c)
    {
        switch (c) {
        case '\0': return false;
        case ' ':
        case '\t':
        case '\n': end_word(); return true;
        case '\'': return in_single_quotes();
        case '"': return in_double_quotes();
        case '\\':
            if (!rest_.empty() && rest_.front() == '\n') // the line goes on
                rest_.remove_prefix(1);
            else
                quoted(rest_.empty() ? '\\' : next());
            return true;
        default:
            inside_ = true;
            word_ += c;
            return true;
        }
    }
    bool in_single_quotes()
    {
        inside_ = true;
        const std::size_t end = rest_.find('\'');
        if (end == rest_.npos)
            return false;
        for (const char c : rest_.substr(0, end))
            quoted(c);
        rest_.remove_prefix(end + 1);
        return true;
    }
    bool in_double_quotes()
    {
        inside_ = true;
        while (!rest_.empty()) {
            const char c = next();
            if (c == '"')
                return true;
            if (c == '\\' && !rest_.empty() && std::string_view("\\\"$`\n").find(rest_.front()) != std::string_view::npos) {
                if (const char escaped = next(); escaped != '\n')
                    quoted(escaped);
            } else {
                quoted(c);
            }
        }
        return false;
    }
    void quoted(char c)
    {
        inside_ = true;
        // A quoted ~ does not stand for the home directory.
        if (is_special(c) || c == '\\' || (c == '~' && word_.empty()))
            word_ += '\\';
        word_ += c;
    }
    void end_word()
    {
        if (inside_)
            words_.push_back(std::move(word_));
        word_.clear();
        inside_ = false;
    }

    std::string_view rest_;
    bool inside_ = false;
    std::string word_;
    std::vector<std::string> words_;
};

bool is_scp_program(std::string_view word)
{
    return word == "scp" || word.ends_with("/scp");
}

/// Returns: the length of ~ or ~user at the head of a path; 0 if there is none.
std::size_t home_prefix(std::string_view path) noexcept
{
    if (!path.starts_with('~'))
        return 0;
    const std::size_t end = std::min(path.find('/'), path.size());
    const auto name = path.substr(1, end - 1);
    const auto fits = [](char c) { return is_plain(c) && c != ':' && c != '%' && c != ','; };
    return std::all_of(name.begin(), name.end(), fits) ? end : 0;
}

/// Writes a word for a shell, as runs of characters with and without quotes.
class word_writer {
public:
    void live(char c)
    {
        close();
        out_ += c;
    }
    void quoted(char c)
    {
        if (c == '\'') { // single quotes cannot quote this character
            close();
            out_ += "\\'";
            return;
        }
        if (!open_)
            out_ += '\'';
        open_ = true;
        out_ += c;
    }
    std::string take()
    {
        close();
        return std::move(out_);
    }

private:
    void close()
    {
        if (open_)
            out_ += '\'';
        open_ = false;
    }
    std::string out_;
    bool open_ = false;
};

} // namespace

std::optional<std::vector<std::string>> words_of(std::string_view line)
{
    if (line.find('\0') != line.npos) // not even in quotes, since no path has a NUL
        return std::nullopt;
    return word_reader(line).read();
}

std::optional<command> parse_command(std::string_view line)
{
    const auto words = words_of(line);
    if (!words || words->empty() || !is_scp_program(words->front()))
        return std::nullopt;
    command c;
    bool to = false, from = false, options = true;
    for (std::size_t i = 1; i < words->size(); ++i) {
        const std::string& word = (*words)[i];
        if (!options || word.size() < 2 || word.front() != '-') {
            c.paths.push_back(word);
            options = false; // as getopt(3) with POSIX rules; scp(1)'s own client sends options first
            continue;
        }
        if (word == "--") {
            options = false;
            continue;
        }
        for (const char option : std::string_view(word).substr(1))
            switch (option) {
            case 't': to = true; break;
            case 'f': from = true; break;
            case 'r': c.recursive = true; break;
            case 'p': c.preserve = true; break;
            case 'd': c.target_is_directory = true; break;
            case 'v':
            case 'q': break;
            default: return std::nullopt;
            }
    }
    if (to == from)
        return std::nullopt;
    c.where = to ? command::direction::to : command::direction::from;
    return c;
}

std::optional<std::string> quoted_for_shell(std::string_view path, wildcards w)
{
    if (path.find('\0') != path.npos)
        return std::nullopt;
    if (path.empty())
        return std::string(".");
    const std::size_t home = home_prefix(path);
    const bool braces = w == wildcards::live && braces_expanded(path).size() > 1;
    const bool any = w == wildcards::live && (braces || has_wildcards(path));
    const std::string rest = w == wildcards::live && !any ? literal(path.substr(home)) : std::string(path.substr(home));
    if (!any && std::all_of(rest.begin(), rest.end(), is_plain))
        return std::string(path.substr(0, home)) + rest;
    word_writer out;
    for (const char c : path.substr(0, home))
        out.live(c);
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (any && rest[i] == '\\' && i + 1 < rest.size())
            out.quoted(rest[++i]);
        // In a set, ! ^ - have a meaning only if they are not quoted.
        else if (braces && (rest[i] == '{' || rest[i] == '}'))
            out.live(rest[i]);
        else if (any && (is_special(rest[i]) || is_plain(rest[i]) || rest[i] == '!' || rest[i] == '^'))
            out.live(rest[i]);
        else
            out.quoted(rest[i]);
    }
    return out.take();
}

} // namespace sshoal::scp_protocol
