#include "completion.hpp"

#include "../text_tools.hpp"
#include "command_words.hpp"

#include <algorithm>

namespace programs {
namespace {

struct option {
    std::string name;
    bool is_directory = false;
};

/// Chooses the words of `all` that the word which begins with `typed` could be.
completion choose(const std::vector<option>& all, const std::string& typed, char quote, bool is_path)
{
    completion c;
    std::vector<option> fitting;
    std::copy_if(all.begin(), all.end(), std::back_inserter(fitting), [&](const option& o) { return o.name.starts_with(typed); });
    if (fitting.empty())
        return c;
    std::string common = fitting.front().name;
    for (const option& o : fitting)
        common.resize(static_cast<std::size_t>(std::mismatch(common.begin(), common.end(), o.name.begin(), o.name.end()).first
                                               - common.begin()));
    // A character of several bytes is taken whole or not at all.
    if (fitting.size() > 1)
        while (common.size() > typed.size() && (fitting.front().name[common.size()] & 0xc0) == 0x80)
            common.pop_back();
    constexpr std::string_view special = "\\\t\"'*?[ #";
    for (const char ch : common.substr(typed.size())) {
        if (is_path && (quote != 0 ? ch == quote || ch == '\\' : special.find(ch) != std::string_view::npos))
            c.insert += '\\';
        c.insert += ch;
    }
    if (fitting.size() > 1) {
        for (option& o : fitting)
            c.choices.push_back(o.name + (o.is_directory ? "/" : ""));
        return c;
    }
    if (fitting.front().is_directory)
        return c.insert += '/', c;
    if (quote != 0)
        c.insert += quote;
    c.insert += ' ';
    return c;
}

names_of kind_of_argument(const known_command& command, std::size_t index)
{
    const bool moves = command.what == verb::get || command.what == verb::put;
    if (moves && index > 1)
        return command.what == verb::get ? names_of::local : names_of::remote;
    return command.arguments;
}

} // namespace

completion complete(std::string_view before, const directory_names& list)
{
    const command_words cut = cut_words(before);
    const std::size_t words = cut.words.size() + (cut.between ? 1 : 0);
    const std::string typed = cut.between ? std::string() : without_escapes(cut.words.back());
    std::vector<option> all;
    if (words <= 1) {
        for (const known_command& k : known_sftp_commands())
            all.push_back({std::string(k.name)});
        return choose(all, lower(typed), 0, false);
    }
    const std::string name = lower(cut.words.front());
    const auto commands = known_sftp_commands();
    const auto known = std::find_if(commands.begin(), commands.end(), [&](const known_command& k) { return k.name == name; });
    if (known == commands.end() || known->arguments == names_of::nothing)
        return {};
    // Flags do not count.
    std::size_t index = 0;
    for (std::size_t i = 1; i < words; ++i)
        index += i >= cut.words.size() || !cut.words[i].starts_with('-') ? 1 : 0;
    const auto slash = typed.rfind('/');
    const std::string folder = slash == std::string::npos ? std::string() : typed.substr(0, slash + 1);
    for (auto& [entry, is_directory] : list(kind_of_argument(*known, index), folder))
        if (!entry.starts_with('.') || typed.substr(folder.size()).starts_with('.'))
            all.push_back({folder + entry, is_directory});
    std::sort(all.begin(), all.end(), [](const option& a, const option& b) { return a.name < b.name; });
    completion c = choose(all, typed, cut.open_quote, true);
    for (std::string& choice : c.choices)
        choice.erase(0, folder.size());
    return c;
}

} // namespace programs
