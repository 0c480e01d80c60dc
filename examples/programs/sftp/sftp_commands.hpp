// sftp_commands.hpp - the commands of sftp(1), parsed.
#pragma once

#include "command_words.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace programs {

enum class verb : std::uint8_t {
    nothing,
    chdir,
    chgrp,
    chmod,
    chown,
    copy,
    df,
    get,
    help,
    lchdir,
    link,
    lls,
    lmkdir,
    lpwd,
    ls,
    lumask,
    mkdir,
    progress,
    put,
    pwd,
    quit,
    rename,
    rm,
    rmdir,
    shell,
    version,
};

enum class list_order : std::uint8_t { by_name, by_size, by_time, as_it_comes };

struct sftp_command {
    verb what = verb::nothing;
    bool ignore_errors = false, quiet = false; ///< "-" and "@" before it
    std::string text; ///< as it is echoed
    std::string error; ///< what is wrong with it; nothing else counts then
    // Flags, by what they mean.
    bool resume = false, sync = false, preserve = false, recursive = false; ///< get, put
    bool symbolic = false; ///< ln
    bool legacy = false; ///< rename
    bool human = false, inodes = false; ///< df, ls
    bool link_itself = false; ///< chmod, chown, chgrp
    bool all = false, one_column = false, details = false, numeric = false, reverse = false; ///< ls
    list_order order = list_order::by_name;
    // Arguments. Where the command takes a pattern this is one, else a path as it is.
    std::optional<std::string> first, second;
    std::uint32_t number = 0;
    std::string rest; ///< of "!" and "lls", for a shell
};

/// Never throws for what the user typed: see sftp_command::error.
sftp_command parse_sftp_command(std::string_view line);

/// The files that a word of a command names, for completion.
enum class names_of : std::uint8_t { nothing, local, remote };
struct known_command {
    std::string_view name;
    verb what;
    names_of arguments; ///< of the first; of the second the other end for get and put, else the same
};
std::span<const known_command> known_sftp_commands();
std::string_view sftp_help();

} // namespace programs
