// config_file.hpp - the lines of ssh_config and sshd_config: a keyword and its arguments, and where they stand.
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
    std::size_t number = 0;        ///< 0: of no file
    std::string written;           ///< the keyword as it stands there
    std::string keyword;           ///< in lower case
    std::vector<std::string> arguments;
    std::string rest;              ///< what follows the keyword, as it is written
    bool quote_is_open = false;    ///< `arguments` are not known then
    std::string place() const;     ///< "sshd_config line 3"
    bool of_command_line() const noexcept { return number == 0; }
    [[noreturn]] void fail(const std::string& why) const;
    /// Errors: config_error, where the words cannot be told apart.
    void check_quotes() const;

    /// Exactly one argument, or a failure.
    const std::string& one() const;
    bool yes_or_no() const;
};

/// "Keyword argument", "Keyword=argument". Nothing is judged yet: the line may be in a part of the file that does not apply.
config_line parse_config_line(std::string_view text, std::string source, std::size_t number);

/// A flag of the command line that says what a keyword would: messages name the flag.
config_line flag_line(char flag, std::string_view keyword, std::string value);

/// Calls `use` for each line that says something; a byte order mark and CRLF are passed over.
/// Returns: why the file cannot be read, where that is so. Errors: config_error, also those of `use`.
std::error_code read_config_file(const std::string& path, const std::function<void(const config_line&)>& use);

/// The files that an Include names, in order: patterns of the shell; relative ones belong to `folder`. Without a home folder
/// nothing is below it; `folder` is empty then where it would be there. Errors: config_error.
std::vector<std::string> included_files(const config_line& line, const std::string& folder);

} // namespace programs
