// algorithm_lists.hpp - lists of algorithms in a configuration: those that are not implemented are left out.
#pragma once

#include "config/keyword.hpp"
#include "sshoal/algorithms.hpp"

namespace sshoal::conf {

/// Reads a list, or a change of the standard list. The rest never allows more than the whole: names that are not implemented are
/// left out and put into `passed_over`. Errors: errc::bad_configuration if nothing of a whole list is left.
outcome<value> algorithm_value(const keyword& k, const config_line& line, std::vector<std::string>& passed_over);

/// Applies a value that algorithm_value() has read. An empty value changes nothing.
void apply_algorithms(algorithms& to, const keyword& k, const value& v);

/// Returns: the list that a keyword is about, after everything has been applied.
const name_vector& algorithm_list(const algorithms& of, const keyword& k);

} // namespace sshoal::conf
