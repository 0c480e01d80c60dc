// session_support.hpp - a folder that goes away, awaiting from plain code, and other programs.
#pragma once

#include "sshoal/executor.hpp"
#include "sshoal/key.hpp"
#include "vector_files.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

namespace session_test {

using namespace sshoal;

class temporary_folder {
public:
    temporary_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "sshoal-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    std::string write(const std::string& name, const std::string& text) const
    {
        const std::string path = *this / name;
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), 0600);
        return path;
    }

private:
    std::string path_;
};

/// A variable of the environment that has another value for a while.
class variable {
public:
    variable(const char* name, const std::string& value) : name_(name)
    {
        if (const char* const before = ::getenv(name))
            before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable()
    {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
    }

private:
    const char* const name_;
    std::optional<std::string> before_;
};

inline std::string text_of_file(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A copy that only its owner may read, as the ones that are kept with the tests may be read by all.
inline std::string key_file(const std::string& name)
{
    static const temporary_folder copies;
    std::ifstream in(sshoal::test::vector_file("keys/" + name), std::ios::binary);
    return copies.write(name, std::string(std::istreambuf_iterator<char>(in), {}));
}
inline public_key known_key(const std::string& name) { return public_key::load(key_file(name + ".pub")).value(); }
inline public_key fresh_key() { return private_key::generate(key_type::ed25519).value().public_half(); }

/// Runs a coroutine to its end; what it throws is thrown here.
template <class T>
T waited(awaitable<T> work)
{
    asio::io_context ctx(1);
    std::optional<T> value;
    std::exception_ptr thrown;
    asio::co_spawn(ctx, std::move(work), [&](std::exception_ptr e, T v) {
        thrown = e;
        value.emplace(std::move(v));
    });
    ctx.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*value);
}

/// Starts a program with its output thrown away.
inline ::pid_t start_program(const std::vector<std::string>& words, const std::string& agent_socket = {})
{
    std::vector<char*> arguments;
    for (const std::string& w : words)
        arguments.push_back(const_cast<char*>(w.c_str()));
    arguments.push_back(nullptr);
    const ::pid_t child = ::fork();
    if (child != 0)
        return child;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2})
        ::dup2(nowhere, fd);
    if (!agent_socket.empty())
        ::setenv("SSH_AUTH_SOCK", agent_socket.c_str(), 1);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

inline int finish_program(::pid_t child)
{
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline bool in_path(const std::string& program)
{
    const char* const path = ::getenv("PATH");
    for (std::string rest = path != nullptr ? path : ""; !rest.empty();) {
        const std::string folder = rest.substr(0, rest.find(':'));
        rest.erase(0, folder.size() + 1);
        if (::access((folder + "/" + program).c_str(), X_OK) == 0)
            return true;
    }
    return false;
}

/// OpenSSH's agent on a socket of its own.
class real_agent {
public:
    real_agent() : child_(start_program({"ssh-agent", "-D", "-a", socket()}))
    {
        for (int i = 0; i < 200 && !std::filesystem::exists(socket()); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    real_agent(const real_agent&) = delete;
    real_agent& operator=(const real_agent&) = delete;
    ~real_agent()
    {
        ::kill(child_, SIGTERM);
        finish_program(child_);
    }
    std::string socket() const { return folder_ / "agent"; }
    bool add(const std::string& name)
    {
        const std::string copy = folder_.write(name, text_of_file(key_file(name))); // with a mode that ssh-add accepts
        folder_.write(name + ".pub", text_of_file(key_file(name + ".pub")));
        return finish_program(start_program({"ssh-add", "-q", copy}, socket())) == 0;
    }

private:
    temporary_folder folder_;
    ::pid_t child_;
};

} // namespace session_test
