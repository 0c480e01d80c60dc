// listed.hpp - a search for a name in a list of names.
#pragma once

#include <algorithm>
#include <string_view>

namespace sshoal {

template <class List>
bool listed(const List& list, std::string_view name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

} // namespace sshoal
