#include "program_log.hpp"

#include "text_tools.hpp"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace programs {
namespace {

constexpr std::array<std::string_view, 8> level_names{"QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG1", "DEBUG2", "DEBUG3"};

/// Returns: the text before a line. A person at stderr needs no word that says "error", but the system's log of many programs
/// does (as in OpenSSH, whose scripts look for texts at the beginning of a line).
std::string_view prefix_of(verbosity v, bool in_system_log) noexcept
{
    switch (v) {
    case verbosity::debug1: return "debug1: ";
    case verbosity::debug2: return "debug2: ";
    case verbosity::debug3: return "debug3: ";
    case verbosity::error: return in_system_log ? "error: " : "";
    case verbosity::fatal: return in_system_log ? "fatal: " : "";
    default: return "";
    }
}

int priority_of(verbosity v) noexcept
{
    switch (v) {
    case verbosity::fatal: return LOG_CRIT;
    case verbosity::error: return LOG_ERR;
    case verbosity::info:
    case verbosity::verbose: return LOG_INFO;
    default: return LOG_DEBUG;
    }
}

verbosity verbosity_of(sshoal::log_level l) noexcept
{
    switch (l) {
    case sshoal::log_level::error: return verbosity::error;
    case sshoal::log_level::warning: return verbosity::info;
    case sshoal::log_level::info: return verbosity::verbose;
    case sshoal::log_level::debug: return verbosity::debug1;
    case sshoal::log_level::trace: return verbosity::debug3;
    }
    return verbosity::debug1;
}

} // namespace

std::optional<verbosity> verbosity_named(std::string_view name)
{
    const std::string wanted = lower(name);
    if (wanted == "debug")
        return verbosity::debug1;
    for (std::size_t i = 0; i < level_names.size(); ++i)
        if (lower(level_names[i]) == wanted)
            return static_cast<verbosity>(i);
    return std::nullopt;
}

std::string_view name_of(verbosity v) noexcept { return level_names[static_cast<std::size_t>(v)]; }

program_log& program_log::get()
{
    static program_log log;
    return log;
}

void program_log::to_stderr() noexcept
{
    where_ = place::standard_error;
    file_.reset();
}

bool program_log::to_file(const std::string& path)
{
    sshoal::owned_descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!file)
        return false;
    where_ = place::file;
    file_ = std::move(file);
    return true;
}

void program_log::to_syslog(const char* program, int facility)
{
    ::openlog(program, LOG_PID, facility);
    where_ = place::system;
}

void program_log::write(verbosity v, std::string_view text)
{
    if (!shows(v))
        return;
    std::string line(prefix_of(v, where_ == place::system));
    line += text;
    if (where_ == place::system) {
        ::syslog(priority_of(v), "%s", line.c_str());
        return;
    }
    // A terminal may be in raw mode.
    line += where_ == place::standard_error && ::isatty(2) ? "\r\n" : "\n";
    std::string_view left = line;
    while (!left.empty()) {
        const ::ssize_t n = ::write(file_ ? file_.get() : 2, left.data(), left.size());
        if (n < 0 && errno != EINTR)
            return;
        left.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

sshoal::log_function program_log::for_library()
{
    return [this](sshoal::log_level l, std::string_view line) { write(verbosity_of(l), line); };
}

sshoal::log_level program_log::library_level() const noexcept
{
    if (most_ >= verbosity::debug2)
        return sshoal::log_level::trace;
    if (most_ == verbosity::debug1)
        return sshoal::log_level::debug;
    if (most_ == verbosity::verbose)
        return sshoal::log_level::info;
    return most_ == verbosity::info ? sshoal::log_level::warning : sshoal::log_level::error;
}

} // namespace programs
