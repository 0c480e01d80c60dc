#include "config/algorithm_lists.hpp"

#include <iterator>

namespace sshoal::conf {
namespace {

using setter = algorithms& (algorithms::*)(std::string_view);
using getter = const name_vector& (algorithms::*)() const noexcept;

struct kind_of_algorithm {
    std::string_view name; ///< keyword::words
    setter set;
    getter get;
};

constexpr kind_of_algorithm kinds[] = {
    {"ciphers", &algorithms::ciphers, &algorithms::ciphers},
    {"macs", &algorithms::macs, &algorithms::macs},
    {"kex", &algorithms::kex, &algorithms::kex},
    {"host keys", &algorithms::host_keys, &algorithms::host_keys},
    {"public keys", &algorithms::public_keys, &algorithms::public_keys},
};

const kind_of_algorithm& kind_of(const keyword& k)
{
    for (const kind_of_algorithm& kind : kinds)
        if (kind.name == k.words)
            return kind;
    return kinds[0];
}

} // namespace

outcome<value> algorithm_value(const keyword& k, const config_line& line, std::vector<std::string>& passed_over)
{
    if (line.words.empty() || line.words.front().text.empty())
        return wrong_line(line, "an argument is missing");
    if (line.words.size() > 1)
        return wrong_word(line, 1, "extra arguments at the end of the line");
    const std::string& list = line.words.front().text;
    if (list.starts_with('-'))
        return value{list}; // patterns of algorithms to remove: those that fit nothing do no harm
    const bool change = list.starts_with('+') || list.starts_with('^');
    std::vector<std::string> kept;
    failure why;
    for (const std::string& name : comma_list(std::string_view(list).substr(change ? 1 : 0))) {
        algorithms trial;
        (trial.*kind_of(k).set)(name);
        if (!trial.check()) {
            kept.push_back(name);
        } else {
            passed_over.push_back(name);
            why = why ? why : trial.check();
        }
    }
    if (kept.empty() && change && !passed_over.empty())
        return value{std::string()}; // nothing can be added to the standard list, or preferred in it
    if (kept.empty())
        return wrong_word(line, 0, why ? why.context() : "an empty list");
    return value{(change ? list.substr(0, 1) : std::string()) + joined_words(kept, ",")};
}

void apply_algorithms(algorithms& to, const keyword& k, const value& v)
{
    if (!v.empty() && !v.front().empty())
        (to.*kind_of(k).set)(v.front());
}

const name_vector& algorithm_list(const algorithms& of, const keyword& k) { return (of.*kind_of(k).get)(); }

} // namespace sshoal::conf
