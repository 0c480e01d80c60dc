// config_file.hpp - the lines of ssh_config and sshd_config: a keyword, its arguments, and the line's place.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace programs {

/// An error that makes a configuration unusable, with its place: "sshd_config line 3: ...".
class config_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct config_line {
    std::string source;            ///< the file, or "command line"
    std::size_t number = 0;        ///< 0: the line is in no file
    std::string written;           ///< the keyword as it is written
    std::string keyword;           ///< in lower case
    std::vector<std::string> arguments;
    std::string rest;              ///< the text behind the keyword, as it is written
    bool quote_is_open = false;    ///< `arguments` are not known then
    std::string place() const;     ///< "sshd_config line 3"
    bool of_command_line() const noexcept { return number == 0; }
    [[noreturn]] void fail(const std::string& why) const;
    /// Errors: config_error, if a quote stays open.
    void check_quotes() const;

    /// Returns: the only argument. Errors: config_error, if there is not exactly one.
    const std::string& one() const;
    bool yes_or_no() const;
};

/// Splits "Keyword argument" or "Keyword=argument". The line is not judged yet, since it may be in a part of the file that does
/// not apply.
config_line parse_config_line(std::string_view text, std::string source, std::size_t number);

/// Makes a line of a flag that stands for a keyword; messages name the flag.
config_line flag_line(char flag, std::string_view keyword, std::string value);

/// Calls `use` for each line that is neither empty nor a comment; a byte order mark and CRLF are ignored.
/// Returns: why the file cannot be read; no failure if it can. Errors: config_error, also those of `use`.
std::error_code read_config_file(const std::string& path, const std::function<void(const config_line&)>& use);

/// Returns: the files that an Include names, in order. The names are patterns of the shell; relative ones belong to `folder`,
/// which is empty if it would be below a home folder that does not exist. Errors: config_error.
std::vector<std::string> included_files(const config_line& line, const std::string& folder);

} // namespace programs
