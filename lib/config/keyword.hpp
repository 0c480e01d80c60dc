// keyword.hpp - the rows of the tables of keywords. Reading a configuration, showing it (ssh -G, sshd -T) and the list of keywords
// in the documents all follow these rows.
#pragma once

#include "config/config_line.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace sshoal::conf {

/// The value of a keyword: texts in one fixed form each ("yes", never "true" or "YES"), as -G and -T show them.
using value = std::vector<std::string>;

/// The form of a keyword's arguments.
enum class form : unsigned char {
    flag,        ///< yes or no
    choice,      ///< one of `words`: "true|yes,false|no,ask"; names between '|' mean the same, and the first one is shown
    number,      ///< from `least` to `most`, or the word of `words`
    seconds,     ///< a time: "90", "1h30m"; "none" sets nothing, unless `words` has it as a value, or "-" for an error
    text,        ///< one word
    path,        ///< one word: the name of a file or a socket
    command,     ///< the rest of the line, for a shell; `words` says "#": up to a '#', or "/": an absolute path or none
    words,       ///< all words of the first line that counts; "none" stands alone
    each_line,   ///< one word of each line
    each_word,   ///< all words of all lines; "-pattern" removes earlier words if `words` says "-"
    environment, ///< NAME=value words of the first line that counts
    algorithms,  ///< a list of algorithms, or a change of the standard list: '+', '-', '^'; `words` says of which kind
    rekey,       ///< an amount of data, and a time if the line has one
    escape,      ///< a character, "^" and a letter, or none
    forwarding,  ///< one or two words of each line
    octal,       ///< a mask of file modes
    service,     ///< one or two classes of traffic
    agent_keeping, ///< yes, no, ask, or confirm; behind confirm, or alone, a time
    // These are of sshd_config only: server_values.cpp.
    file,        ///< one word: the name of a file; a relative one belongs to the current folder
    each_file,   ///< one such word of each line
    each_number, ///< one number of each line
    names,       ///< all words of all lines, each shown by itself; `words` says "user": USER@HOST, or "variable": no '='
    some_of,     ///< all words of the first line that counts, each one of `words`; "none" is none of them
    listen,      ///< an address of each line, with a port or without: "[::1]:22"
    startups,    ///< "10:30:100", or one number
    net_blocks,  ///< "32:128", or one number
    subsystem,   ///< a name and a command of each line, each name once
    places,      ///< host:port words of the first line that counts, or "any" or "none"; `words` says "listen": a port will do
    methods,     ///< lists of methods of log-in, of the first line that counts
    timeouts,    ///< PATTERN=TIME words of the first line that counts
    penalties,   ///< yes, no, or NAME:VALUE words
};

/// The treatment of a keyword.
enum class effect : unsigned char {
    done,       ///< it does what the manual says
    harmless,   ///< accepted without effect: it does no harm, or allows what is refused anyway
    wish,       ///< not done; a value that asks for something is a warning, and an error on the command line
    refused,    ///< not done; an error if it asks for something, unless IgnoreUnknown names it
    needed,     ///< not done; an error if it asks for something, since leaving it out would allow what is meant to be forbidden
    ignored,    ///< ignored silently, as OpenSSH does
    deprecated, ///< ignored with a warning, as OpenSSH does
};

/// When -G and -T show the keyword.
enum class shown : unsigned char { always, if_set, never };

struct keyword {
    std::string_view name; ///< as the manual writes it
    form what = form::text;
    effect how = effect::done;
    std::string_view standard = {}; ///< the value if no line sets it; words with blanks between them
    std::string_view words = {};    ///< see `form`
    std::int64_t least = 0, most = 0x7fffffff;
    std::string_view tokens = {};   ///< the letters of the tokens that the value may hold: "hnpr"
    bool environment = false;       ///< ${NAME} is expanded
    std::string_view nothing = {};  ///< values that ask for nothing, with commas, if the keyword is not done; "*": all of them
    std::string_view advice = {};   ///< for a keyword that is not done: text for the user
    shown show = shown::always;
    bool global = false;            ///< not allowed below a Match of sshd_config
    bool last_counts = false;       ///< of several lines the last one counts
};

/// Another name of a keyword.
struct keyword_alias {
    std::string_view other, name; ///< both in lower case
};

/// Finds keywords by name, without regard to case.
class keyword_table {
public:
    constexpr keyword_table(std::span<const keyword> rows, std::span<const keyword_alias> aliases) noexcept
        : rows_(rows), aliases_(aliases)
    {
    }
    std::size_t size() const noexcept { return rows_.size(); }
    const keyword& operator[](std::size_t i) const noexcept { return rows_[i]; }
    /// Returns: the row; nothing for an unknown name.
    std::optional<std::size_t> find(std::string_view name) const noexcept;

private:
    std::span<const keyword> rows_;
    std::span<const keyword_alias> aliases_;
};

/// Reads the arguments of a line. Errors: errc::bad_configuration. Algorithms that are not implemented are left out of lists, and
/// `passed_over` gets their names.
outcome<value> read_value(const keyword& k, const config_line& line, std::vector<std::string>& passed_over);

/// Reads the arguments of the forms that only sshd_config has. Errors: errc::bad_configuration.
outcome<value> read_server_value(const keyword& k, const config_line& line);

/// Reads the classes of form::service. Errors: errc::bad_configuration.
outcome<value> read_traffic_value(const config_line& line);

/// Returns: the standard value.
value standard_value(const keyword& k);

/// Returns: whether the value of a keyword that is not done asks for nothing.
bool asks_for_nothing(const keyword& k, const value& v) noexcept;

/// "90", "1h30m", "2d". Returns: nothing if this is no time, or one of more than 2^31 - 1 seconds.
std::optional<std::int64_t> time_of(std::string_view text) noexcept;
/// Returns: the octet of a class of traffic: of "lowdelay", "ef", "0x20"; -1 for "none" and other text.
int traffic_class_of(std::string_view name) noexcept;
/// "1048576", "512K", "1G".
std::optional<std::uint64_t> bytes_of(std::string_view text) noexcept;
std::optional<std::int64_t> number_of(std::string_view text, std::int64_t least, std::int64_t most) noexcept;

} // namespace sshoal::conf
