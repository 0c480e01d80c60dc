#include "program_log.hpp"

#include "text_tools.hpp"

#include <sshoal/system_account.hpp>

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

const std::string library_place = "library:log():0";

/// Returns: "FILE:FUNCTION():LINE". A compiler gives the whole declaration of the function.
std::string name_of(const std::source_location& at)
{
    const std::string_view path = at.file_name();
    std::string_view function = at.function_name();
    function = function.substr(0, function.find('('));
    const auto before = function.find_last_of(": *&");
    return std::string(path.substr(path.rfind('/') + 1)) + ':'
           + std::string(before == std::string_view::npos ? function : function.substr(before + 1)) + "():" + std::to_string(at.line());
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

void program_log::always(const std::vector<std::string>& lists)
{
    places_.clear();
    for (const std::string& list : lists)
        for (std::string& pattern : split_list(list))
            if (lower(pattern) != "none")
                places_.push_back(std::move(pattern));
}

bool program_log::is_wanted(const std::string& at) const
{
    bool wanted = false;
    for (const std::string& pattern : places_) {
        const bool negated = pattern.starts_with('!');
        if (!sshoal::matches_pattern(std::string_view(pattern).substr(negated ? 1 : 0), at))
            continue;
        if (negated)
            return false;
        wanted = true;
    }
    return wanted;
}

void program_log::write(verbosity v, std::string_view text, verbosity most, const std::source_location& at)
{
    if (v == verbosity::quiet || (v > most && places_.empty()))
        return;
    if (v <= most || is_wanted(name_of(at)))
        put(v, text);
}

void program_log::put(verbosity v, std::string_view text)
{
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

sshoal::log_function program_log::for_library(bool own_levels)
{
    return [this, own_levels](sshoal::log_level l, std::string_view line) {
        const verbosity v = verbosity_of(l);
        if (own_levels || shows(v) || is_wanted(library_place))
            put(v, line);
    };
}

sshoal::log_level program_log::library_level() const
{
    return is_wanted(library_place) ? sshoal::log_level::trace : library_level(most_);
}

sshoal::log_level program_log::library_level(verbosity most) noexcept
{
    if (most >= verbosity::debug2)
        return sshoal::log_level::trace;
    if (most == verbosity::debug1)
        return sshoal::log_level::debug;
    if (most == verbosity::verbose)
        return sshoal::log_level::info;
    return most == verbosity::info ? sshoal::log_level::warning : sshoal::log_level::error;
}

} // namespace programs
