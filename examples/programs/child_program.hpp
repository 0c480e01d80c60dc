// child_program.hpp - programs that run beside this one: those of ProxyCommand, -S and -D at the ends of pipes, those that answer a
// question, and the user's shell.
#pragma once

#include <sshoal/byte_stream.hpp>

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace programs {

/// A program of ours that may still run; told to end (SIGHUP) and reaped at the end.
class child_process {
public:
    child_process() noexcept = default;
    explicit child_process(::pid_t id) noexcept : id_(id) {}
    child_process(child_process&& other) noexcept : id_(other.id_) { other.id_ = -1; }
    child_process& operator=(child_process&&) = delete;
    ~child_process() { end(std::chrono::milliseconds(100)); }
    /// Waits for its end, which is hastened after this time. Returns: what waitpid() says, -1 where that is not known.
    int end(std::chrono::milliseconds patience) noexcept;

private:
    ::pid_t id_ = -1;
};

/// A program and the stream to its standard input and output. Destroy the stream, and what uses it, before the program.
struct child_program {
    std::unique_ptr<child_process> process;
    std::unique_ptr<sshoal::byte_stream> stream;
};

/// What an interrupt at the terminal (SIGINT) does to the child.
enum class at_interrupt { end, go_on };
sshoal::outcome<child_program> start_child(const sshoal::executor& ex, std::vector<std::string> words, at_interrupt what);

/// A program that has the terminal until it ends. Blocks. Returns: what waitpid() says; -1 where it cannot be started.
int run_program(std::vector<std::string> words);
/// The same for a program that signals of the terminal are meant for: until it ends, this one ignores SIGINT, and stops and ends
/// with the others as if it did not catch them.
int run_at_terminal(std::vector<std::string> words);
/// A program that is only asked for its status: what it prints to standard output is dropped, and it has nothing to read.
int run_quietly(std::vector<std::string> words);
/// A program that answers a question. Blocks. Returns: what it printed, at most this much of it; nothing where it ends with
/// another status than 0. Errors: why it cannot be started.
sshoal::outcome<std::optional<std::string>> output_of(std::vector<std::string> words, std::size_t most);
/// The user's shell, with a command or for a dialogue.
std::vector<std::string> shell_words(const std::string& command);

} // namespace programs
