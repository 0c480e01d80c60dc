// scene.hpp - what tests of programs need around them: a folder that goes away, variables that come back, the text of the log.
#pragma once

#include "../program_log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace programs::test {

class temporary_folder {
public:
    temporary_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "sshoal-programs.XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string path(const std::string& name) const { return path_ + '/' + name; }
    /// Returns: the path.
    std::string write(const std::string& name, const std::string& content) const
    {
        const std::string to = path(name);
        std::filesystem::create_directories(std::filesystem::path(to).parent_path());
        std::ofstream(to, std::ios::binary) << content;
        ::chmod(to.c_str(), 0600);
        return to;
    }

private:
    std::string path_;
};

inline std::string content_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// An environment variable with another value, or none, until this goes.
class variable {
public:
    variable(std::string name, std::optional<std::string> value)
        : name_(std::move(name))
    {
        if (const char* old = std::getenv(name_.c_str()))
            before_ = old;
        set(value);
    }
    variable(const variable&) = delete;
    ~variable() { set(before_); }

private:
    void set(const std::optional<std::string>& value)
    {
        if (value)
            ::setenv(name_.c_str(), value->c_str(), 1);
        else
            ::unsetenv(name_.c_str());
    }

    std::string name_;
    std::optional<std::string> before_;
};

/// The log of the process goes here, from this level on, until this goes.
class captured_log {
public:
    explicit captured_log(verbosity level)
        : before_(program_log::get().level())
    {
        program_log::get().level(level);
        if (!program_log::get().to_file(folder_.path("log")))
            throw std::runtime_error("no file for the log");
    }
    captured_log(const captured_log&) = delete;
    ~captured_log()
    {
        program_log::get().to_stderr();
        program_log::get().level(before_);
    }

    std::string text() const { return content_of(folder_.path("log")); }
    bool has(const std::string& words) const { return text().find(words) != std::string::npos; }

private:
    temporary_folder folder_;
    verbosity before_;
};

} // namespace programs::test
