#include "config_file.hpp"

#include "text_tools.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>


namespace programs {
namespace {

constexpr std::size_t largest_file = 4 * 1024 * 1024;
constexpr std::string_view blanks = " \t\r\n\f";

} // namespace

std::string config_line::place() const { return number == 0 ? source : source + " line " + std::to_string(number); }

void config_line::fail(const std::string& why) const { throw config_error(place() + ": " + written + ": " + why); }

void config_line::check_quotes() const
{
    if (quote_is_open)
        fail("a quote is not closed");
}

const std::string& config_line::one() const
{
    if (arguments.size() != 1)
        fail(arguments.empty() ? "an argument is missing" : "more than one argument");
    if (arguments.front().empty())
        fail("an empty argument");
    return arguments.front();
}

bool config_line::yes_or_no() const
{
    const std::string value = lower(one());
    if (value == "yes" || value == "true")
        return true;
    if (value != "no" && value != "false")
        fail("neither yes nor no: " + one());
    return false;
}

config_line parse_config_line(std::string_view text, std::string source, std::size_t number)
{
    config_line line;
    line.source = std::move(source);
    line.number = number;
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
    line.written = text.substr(0, text.find_first_of(" \t\r\n\f="));
    line.keyword = lower(line.written);
    text.remove_prefix(line.written.size());
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
    if (text.starts_with('=')) {
        text.remove_prefix(1);
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(blanks)));
    }
    if (const auto last = text.find_last_not_of(blanks); last != std::string_view::npos)
        text = text.substr(0, last + 1);
    line.rest = text;
    auto words = split_words(text);
    line.quote_is_open = !words;
    if (words)
        line.arguments = std::move(*words);
    return line;
}

config_line flag_line(char flag, std::string_view keyword, std::string value)
{
    config_line line;
    line.source = "command line";
    line.written = std::string("-") + flag;
    line.keyword = lower(keyword);
    line.arguments = {value};
    line.rest = std::move(value);
    return line;
}

std::error_code read_config_file(const std::string& path, const std::function<void(const config_line&)>& use)
{
    const auto content = read_file(path, largest_file, true);
    if (!content)
        return {errno, std::generic_category()};
    std::string_view text = *content;
    if (constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.find('\0') != std::string_view::npos)
            throw config_error(path + " line " + std::to_string(number) + ": a NUL");
        const auto first = line.find_first_not_of(blanks);
        if (first != std::string_view::npos && line[first] != '#')
            use(parse_config_line(line, path, number));
    }
    return {};
}

std::vector<std::string> included_files(const config_line& line, const std::string& folder)
{
    std::vector<std::string> files;
    line.check_quotes();
    if (line.arguments.empty())
        line.fail("a file is missing");
    for (const std::string& argument : line.arguments) {
        const bool in_home = is_below_home(argument) || (folder.empty() && !argument.starts_with('/'));
        if (in_home && !home_folder())
            continue;
        auto path = expand_home(argument);
        if (!path)
            line.fail("cannot expand " + argument);
        if (!path->starts_with('/'))
            *path = folder + '/' + *path;
        ::glob_t found = {};
        const int status = ::glob(path->c_str(), 0, nullptr, &found);
        if (status == 0)
            for (std::size_t i = 0; i < found.gl_pathc; ++i)
                files.emplace_back(found.gl_pathv[i]);
        ::globfree(&found);
        if (status != 0 && status != GLOB_NOMATCH)
            line.fail("cannot look for " + argument);
    }
    return files;
}

} // namespace programs
