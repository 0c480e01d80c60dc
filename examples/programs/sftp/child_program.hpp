// child_program.hpp - programs that run beside this one: -S's and -D's at the ends of pipes, and the user's shell.
#pragma once

#include "../client_link.hpp"

#include <sshoal/byte_stream.hpp>

#include <memory>
#include <string>
#include <vector>

namespace programs {

/// A program and the stream to its standard input and output. Destroy the stream, and what uses it, before the program.
struct child_program {
    std::unique_ptr<proxy_program> process;
    std::unique_ptr<sshoal::byte_stream> stream;
};

/// An interrupt at the terminal is not for this child: what it carries must go on.
sshoal::outcome<child_program> start_child(const sshoal::executor& ex, std::vector<std::string> words);

/// A program that has the terminal until it ends. Blocks. Returns: what waitpid() says; -1 where it cannot be started.
int run_program(std::vector<std::string> words);
/// The user's shell, with a command or for a dialogue.
std::vector<std::string> shell_words(const std::string& command);

} // namespace programs
