// key_files.hpp - the key files of tests/vectors/keys, and folders to write into.
#pragma once

#include "base/bytes.hpp"
#include "vector_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sshoal::test {

inline std::string key_path(const std::string& name) { return sshoal::test::vector_file("keys/" + name); }

inline std::string file_text(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string key_text(const std::string& name) { return file_text(key_path(name)); }

inline const std::vector<std::string> key_names{"ed25519", "ecdsa_p256", "ecdsa_p384", "ecdsa_p521", "rsa"};

/// A folder that goes away with the object.
class temporary_folder {
public:
    temporary_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "sshoal-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const noexcept { return path_; }

    std::string write(const std::string& name, std::string_view text) const
    {
        std::ofstream(*this / name, std::ios::binary) << text;
        return *this / name;
    }

private:
    std::string path_;
};

} // namespace sshoal::test
