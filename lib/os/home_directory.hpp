// home_directory.hpp - finds the home directory of this process's user.
#pragma once

#include <string>

namespace sshoal::os {

/// Returns: $HOME, else the home directory in the password database; empty if there is neither. The root of the file system,
/// which accounts of containers and services have, counts as none: files of a user do not belong there.
std::string home_directory();

/// Replaces "~/" at the head of a path by the home directory.
std::string with_home(std::string path);

} // namespace sshoal::os
