// The one file that is compiled with the folders' names: the others' objects are then the same in every checkout, for the compiler's cache.
#include "vector_files.hpp"

namespace sshoal::test {

std::string vector_file(const std::string& name) { return SSHOAL_TEST_VECTORS "/" + name; }
std::string public_vector_file(const std::string& name) { return SSHOAL_PUBLIC_VECTORS "/" + name; }

} // namespace sshoal::test
