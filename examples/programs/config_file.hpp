// config_file.hpp - the lines of ssh_config and sshd_config: a keyword and its arguments, and where they stand.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

/// What makes a configuration unusable, with its place: "sshd_config line 3: ...".
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
    std::string place() const;     ///< "sshd_config line 3"
    [[noreturn]] void fail(const std::string& why) const;

    /// Exactly one argument, or a failure.
    const std::string& one() const;
    bool yes_or_no() const;
};

/// "Keyword argument", "Keyword=argument". Errors: config_error.
config_line parse_config_line(std::string_view text, std::string source, std::size_t number);

/// Calls `use` for each line that says something. Returns: false where there is no such file. Errors: config_error.
bool read_config_file(const std::string& path, const std::function<void(const config_line&)>& use);

/// The files that an Include names: patterns of the shell; relative ones belong to `folder`. In order.
std::vector<std::string> included_files(const config_line& line, const std::string& folder);

} // namespace programs
