// config_file.hpp - finds and reads configuration files, and those that they include.
#pragma once

#include "config/config_line.hpp"
#include "sshoal/ssh_config.hpp"

#include <optional>

namespace sshoal::conf {

/// Reads a regular file, a pipe ("-F <(command)") or /dev/null. Returns: nothing if there is no such file.
/// Errors: errc::bad_configuration, also for a file with more than `how.most_bytes`, and for a file that others can write
/// if `how.check_owner`.
outcome<std::optional<std::string>> read_config_file(const std::string& path, const config_reading& how);

/// Returns: the files that an Include names, in order. The names are patterns of the shell; relative ones belong to ~/.ssh or to
/// the folder of the system. Errors: errc::bad_configuration.
/// `expand`, if it is set, expands tokens in the names.
outcome<std::vector<std::string>>
included_paths(const config_line& line, const config_reading& how,
               const std::function<outcome<std::string>(std::string_view)>& expand = {});

} // namespace sshoal::conf
