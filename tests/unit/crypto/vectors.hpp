// vectors.hpp - the values of tests/vectors/crypto_keys.vec by name.
#pragma once

#include "support.hpp"
#include "vector_files.hpp"

#include <fstream>
#include <map>

namespace sshoal::crypto::test {

inline const bytes& published(const std::string& name)
{
    static const auto all = [] {
        std::map<std::string, bytes> values;
        std::ifstream in(sshoal::test::vector_file("crypto_keys.vec"));
        for (std::string line; std::getline(in, line);)
            if (const auto at = line.find(" = "); at != line.npos && line[0] != '#')
                values[line.substr(0, at)] = hex(line.substr(at + 3));
        return values;
    }();
    return all.at(name);
}

} // namespace sshoal::crypto::test
