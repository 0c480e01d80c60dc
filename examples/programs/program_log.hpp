// program_log.hpp - the log of a program, on stderr, in a file or in the system's log, with OpenSSH's levels.
#pragma once

#include <sshoal/log.hpp>
#include <sshoal/owned_descriptor.hpp>

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

enum class verbosity { quiet, fatal, error, info, verbose, debug1, debug2, debug3 };

/// "INFO", "DEBUG3", ...; "DEBUG" is DEBUG1.
std::optional<verbosity> verbosity_named(std::string_view name);
std::string_view name_of(verbosity) noexcept;

/// The one log of the process.
class program_log {
public:
    static program_log& get();

    void level(verbosity most) noexcept { most_ = most; }
    verbosity level() const noexcept { return most_; }
    bool shows(verbosity v) const noexcept { return v <= most_ && v != verbosity::quiet; }

    void to_stderr() noexcept;
    bool is_standard_error() const noexcept { return where_ == place::standard_error; }
    bool to_file(const std::string& path); ///< appends; false, with errno, if the file cannot be opened
    void to_syslog(const char* program, int facility);

    /// LogVerbose: a line from a place that fits this list of patterns is written at whatever level. A place is "FILE:FUNCTION():LINE",
    /// such as "client_login.cpp:log_in_along():120"; that of all lines of the library is "library:log():0".
    /// `lists` are such lists, with commas; "none" is an empty one.
    void always(const std::vector<std::string>& lists);

    void write(verbosity v, std::string_view text, const std::source_location& at = std::source_location::current())
    {
        write(v, text, most_, at);
    }
    /// Writes the line if it is not above `most`.
    void write(verbosity v, std::string_view text, verbosity most, const std::source_location& at);

    /// Returns: the function for the library's log options. With `own_levels`, connections have levels of their own, by which the library leaves lines out.
    sshoal::log_function for_library(bool own_levels = false);
    sshoal::log_level library_level() const;
    static sshoal::log_level library_level(verbosity most) noexcept;

private:
    enum class place { standard_error, file, system };
    bool is_wanted(const std::string& at) const;
    void put(verbosity v, std::string_view text);
    place where_ = place::standard_error;
    sshoal::owned_descriptor file_;
    verbosity most_ = verbosity::info;
    std::vector<std::string> places_;
};

inline void say(verbosity v, std::string_view text, const std::source_location& at = std::source_location::current())
{
    program_log::get().write(v, text, at);
}

} // namespace programs
