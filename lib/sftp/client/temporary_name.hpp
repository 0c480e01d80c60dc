// temporary_name.hpp - the name of a file that is not complete yet.
#pragma once

#include <string>

namespace sshoal::sftp {

/// Returns: "PATH.XXXXXX.part" with random characters.
std::string temporary_name(const std::string& path);

} // namespace sshoal::sftp
