// wycheproof.hpp - walks the test groups of Project Wycheproof's JSON files, as far as these tests need it: one field a line.
#pragma once

#include "catch.hpp"
#include "support.hpp"
#include "vector_files.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace sshoal::crypto::test {

using wycheproof_case = std::map<std::string, std::string>;

/// Calls `check` for each case, with the fields of its group and its own. Returns how many there were; says so where there are
/// none.
inline std::size_t for_each_wycheproof(const std::string& file, const std::function<void(wycheproof_case&)>& check)
{
    std::ifstream in(sshoal::test::public_vector_file("wycheproof/" + file));
    if (!in) {
        WARN("SKIPPED: " << file << " is not there");
        return 0;
    }
    std::size_t count = 0;
    bool groups = false;
    wycheproof_case fields;
    for (std::string line; std::getline(in, line);) {
        const auto start = line.find('"');
        const auto end = line.find("\": ");
        if (start == line.npos || end == line.npos)
            continue;
        const std::string name = line.substr(start + 1, end - start - 1);
        groups = groups || name == "testGroups";
        if (!groups)
            continue;
        std::string value = line.substr(end + 3);
        while (!value.empty() && (value.back() == ',' || value.back() == '"'))
            value.pop_back();
        if (!value.empty() && value.front() == '"')
            value.erase(0, 1);
        fields[name] = value;
        if (name == "result") {
            ++count;
            check(fields);
        }
    }
    return count;
}

} // namespace sshoal::crypto::test
