// shared_keywords.hpp - values that have the same form in ssh_config and sshd_config.
#pragma once

#include "config_file.hpp"
#include "program_log.hpp"
#include "text_tools.hpp"

#include <sshoal/algorithms.hpp>

#include <algorithm>
#include <limits>

namespace programs {

/// The first value counts.
template <class T>
void set_once(std::optional<T>& slot, T value)
{
    if (!slot)
        slot = std::move(value);
}

inline unsigned number_argument(const config_line& line, std::uint64_t least, std::uint64_t most)
{
    const auto n = number(line.one(), least, most);
    if (!n)
        line.fail("not a number from " + std::to_string(least) + " to " + std::to_string(most) + ": " + line.one());
    return static_cast<unsigned>(*n);
}

inline std::chrono::seconds duration_argument(const config_line& line)
{
    const auto t = duration(line.one());
    if (!t)
        line.fail("not a time: " + line.one());
    return *t;
}

inline verbosity level_argument(const config_line& line)
{
    const auto level = verbosity_named(line.one());
    if (!level)
        line.fail("no such level: " + line.one());
    return *level;
}

/// Returns: the list of algorithms without those that are not implemented, so that the rest never allows more than the whole; the
/// whole list if no algorithm is left.
inline std::string implemented_algorithms(const config_line& line, sshoal::algorithms& (sshoal::algorithms::*set)(std::string_view))
{
    std::string list = line.one();
    const bool signed_list = list.starts_with('+') || list.starts_with('^');
    if (list.starts_with('-'))
        return list; // patterns of algorithms to remove: those that fit nothing do no harm
    std::vector<std::string> kept;
    for (const std::string& name : split_list(list.substr(signed_list ? 1 : 0))) {
        sshoal::algorithms trial;
        if (!(trial.*set)(name).check())
            kept.push_back(name);
        else
            say(verbosity::debug1, line.place() + ": " + line.written + ": " + name + " is not implemented, and passed over");
    }
    return kept.empty() ? list : (signed_list ? list.substr(0, 1) : std::string()) + join(kept, ",");
}

/// A list of algorithms, for the first line with this keyword.
inline void set_algorithms(sshoal::algorithms& all, std::vector<std::string>& seen, const config_line& line,
                           sshoal::algorithms& (sshoal::algorithms::*set)(std::string_view))
{
    if (std::find(seen.begin(), seen.end(), line.keyword) != seen.end())
        return;
    seen.push_back(line.keyword);
    sshoal::algorithms trial = all;
    if (const auto bad = (trial.*set)(implemented_algorithms(line, set)).check()) {
        if (line.one().size() == 1 || (!line.one().starts_with('+') && !line.one().starts_with('^')))
            line.fail(bad.context());
        return; // no algorithm of the list can be added to the standard list, or preferred in it
    }
    all = std::move(trial);
}

/// Reads "RekeyLimit 1G 1h" or "RekeyLimit default none". Nothing stands for the default.
inline void rekey_arguments(const config_line& line, std::optional<std::uint64_t>& bytes,
                            std::optional<std::chrono::seconds>& time)
{
    if (line.arguments.empty() || line.arguments.size() > 2)
        line.fail("an amount and a time are expected");
    constexpr std::uint64_t least = 16;
    if (const std::string amount = lower(line.arguments.front()); amount != "default" && amount != "none") {
        const auto n = byte_count(amount);
        if (!n || (*n != 0 && *n < least))
            line.fail("not an amount: " + amount);
        bytes = *n;
    }
    if (line.arguments.size() == 2 && lower(line.arguments.back()) != "none") {
        const auto t = duration(line.arguments.back());
        if (!t)
            line.fail("not a time: " + line.arguments.back());
        time = *t;
    }
}

/// The treatment of a keyword that is not implemented and asks for something.
enum class if_asked {
    pass,   ///< the keyword does no harm, or allows what is refused here anyway: a debug line
    warn,   ///< the user may miss it: a warning; on the command line, where it is asked for by name, as `refuse`
    refuse, ///< without the keyword the program would not do what is meant; IgnoreUnknown overrides this
    never,  ///< without the keyword the program would do what the user means to forbid
};

struct unsupported_keyword {
    std::string_view keyword;
    std::string_view harmless; ///< values that ask for nothing, with commas; "*": any
    if_asked what = if_asked::refuse;
    std::string_view advice = {}; ///< text for the user: what is not done, or what to do instead
};

template <class Table>
const unsupported_keyword* find_unsupported(const Table& table, std::string_view keyword)
{
    const auto found = std::find_if(std::begin(table), std::end(table), [&](const auto& k) { return k.keyword == keyword; });
    return found == std::end(table) ? nullptr : &*found;
}

inline bool asks_for_nothing(const unsupported_keyword& k, const config_line& line)
{
    if (k.harmless == "*")
        return true;
    const auto harmless = split_list(k.harmless);
    return line.arguments.size() == 1
           && std::find(harmless.begin(), harmless.end(), lower(line.arguments.front())) != harmless.end();
}

inline std::string why_unsupported(const unsupported_keyword& k)
{
    return "not implemented" + (k.advice.empty() ? std::string() : "; " + std::string(k.advice));
}

} // namespace programs
