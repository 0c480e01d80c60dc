// home_directory.hpp - where the files of this process's user are.
#pragma once

#include <string>

namespace sshoal::os {

/// $HOME, else the home directory of the password database; empty where there is neither, or only the root of the file system, as
/// for accounts of containers and services: files of a user do not belong there.
std::string home_directory();

/// A path as users write them: "~/" at its head is the home directory.
std::string with_home(std::string path);

} // namespace sshoal::os
