// vector_files.hpp - where the files with test vectors are.
#pragma once

#include <string>

namespace sshoal::test {

/** Returns the path of a file below tests/vectors. */
std::string vector_file(const std::string& name);

/** Returns the path of a file in the folder of published vectors, which need not be there (option `vectors` of the build). */
std::string public_vector_file(const std::string& name);

} // namespace sshoal::test
