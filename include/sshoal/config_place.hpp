// config_place.hpp - where a setting is written in a configuration.
#pragma once

#include <sshoal/api.hpp>

#include <cstddef>
#include <string>

namespace sshoal SSHOAL_API {

/// A place in a configuration file, or on the command line. Lines and columns are counted from 1.
class config_place {
public:
    config_place() {}
    config_place(std::string f, std::size_t l, std::size_t c) : file(std::move(f)), line(l), column(c) {}
    std::string file;       ///< the path, or a name such as "command line"
    std::size_t line = 0;   ///< 0: not a line of a file
    std::size_t column = 0; ///< in bytes; 0: not known

    /// Returns: "FILE line N"; the name alone for what is in no file.
    std::string to_string() const { return line == 0 ? file : file + " line " + std::to_string(line); }
};

} // namespace sshoal
