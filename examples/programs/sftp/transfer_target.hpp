// transfer_target.hpp - the library copies into a directory that exists, as cp(1) does; here the final name has been worked out
// already.
#pragma once

#include "remote_glob.hpp"

namespace programs {

struct transfer_pair {
    std::string from, to;
};

/// Returns: the target to ask for so that `from` becomes `to` itself, and not an entry of it: the directory around `to` if both
/// have the same name.
inline transfer_pair exactly(const std::string& from, const std::string& to)
{
    const std::string name = base_of(from);
    if (name == "." || base_of(to) != name)
        return {from, to};
    std::string around = to.substr(0, to.find_last_not_of('/') + 1);
    around.resize(around.size() - name.size());
    return {from, around.empty() ? "./" : around};
}

} // namespace programs
