// program_log.hpp - the log of a program, on stderr, in a file or in the system's log, with OpenSSH's levels.
#pragma once

#include <sshoal/log.hpp>
#include <sshoal/owned_descriptor.hpp>

#include <optional>
#include <string>
#include <string_view>

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

    void write(verbosity v, std::string_view text);

    /// For the library's options.
    sshoal::log_function for_library();
    sshoal::log_level library_level() const noexcept;

private:
    enum class place { standard_error, file, system };
    place where_ = place::standard_error;
    sshoal::owned_descriptor file_;
    verbosity most_ = verbosity::info;
};

inline void say(verbosity v, std::string_view text) { program_log::get().write(v, text); }

} // namespace programs
