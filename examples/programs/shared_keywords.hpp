// shared_keywords.hpp - values that ssh_config and sshd_config write the same way.
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

/// A list of algorithms, for the first line with this keyword.
inline void set_algorithms(sshoal::algorithms& all, std::vector<std::string>& seen, const config_line& line,
                           sshoal::algorithms& (sshoal::algorithms::*set)(std::string_view))
{
    sshoal::algorithms trial = all;
    (trial.*set)(line.one());
    if (trial.check())
        line.fail(trial.check().context());
    if (std::find(seen.begin(), seen.end(), line.keyword) != seen.end())
        return;
    seen.push_back(line.keyword);
    all = std::move(trial);
}

/// "RekeyLimit 1G 1h", "RekeyLimit default none". Nothing: the default.
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

/// A keyword that is not implemented, but has a value that asks for nothing.
struct inert_keyword {
    std::string_view keyword;
    std::string_view values; ///< with commas; "*": any value is harmless
};

template <class Table>
bool is_inert(const Table& table, const config_line& line)
{
    for (const inert_keyword& k : table) {
        if (k.keyword != line.keyword)
            continue;
        if (k.values == "*")
            return true;
        const auto allowed = split_list(k.values);
        const std::string value = lower(line.one());
        if (std::find(allowed.begin(), allowed.end(), value) != allowed.end())
            return true;
        line.fail("not implemented; only accepted: " + std::string(k.values));
    }
    return false;
}

} // namespace programs
