#include "sshoal/log.hpp"

#include "observe/named_log.hpp"
#include "sshoal/error.hpp"

namespace sshoal {

std::string_view name_of(log_level level) noexcept
{
    switch (level) {
    case log_level::error: return "error";
    case log_level::warning: return "warning";
    case log_level::info: return "info";
    case log_level::debug: return "debug";
    case log_level::trace: break;
    }
    return "trace";
}

namespace observe {

named_log::named_log(log_function to, std::string peer)
    : peer_(std::move(peer))
    , name_(std::make_shared<std::string>("[" + peer_ + "] "))
{
    if (to)
        function_ = [to = std::move(to), name = name_](log_level level, std::string_view line) {
            to(level, *name + std::string(line));
        };
}

void named_log::logged_in_as(std::string_view user) { *name_ = "[" + printable(user, 64) + "@" + peer_ + "] "; }

} // namespace observe
} // namespace sshoal
