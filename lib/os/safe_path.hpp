// safe_path.hpp - checks whether another user could change a file that decides who may log in (sshd_config(5), StrictModes).
#pragma once

#include "sshoal/error.hpp"

#include <sys/stat.h>

namespace sshoal::os {

/// `opened` is the status of the open file. Errors: file_error, with the path and what is wrong with it.
outcome<void> check_safe_path(const std::string& path, const struct ::stat& opened, std::uint32_t user_id,
                              const std::string& home);

/// Checks that the folder, and every folder above it, belongs to root and that nobody else can write to it, as a new root folder
/// must be (sshd_config(5), ChrootDirectory). Errors: file_error.
outcome<void> check_root_folder(const std::string& path);

} // namespace sshoal::os
