// config_line.hpp - cuts configuration files into lines of a keyword and its arguments (ssh_config(5), sshd_config(5)).
#pragma once

#include "sshoal/config_place.hpp"
#include "sshoal/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshoal::conf {

struct config_word {
    std::string text; ///< without quotes and escapes
    std::size_t column = 0;
};

struct config_line {
    config_place place;             ///< the place of the keyword
    std::string written;            ///< the keyword as it is written
    std::string keyword;            ///< in lower case
    std::vector<config_word> words; ///< the arguments; a comment behind them is left out
    std::string rest;               ///< the text behind the keyword as it is written, a comment included
    failure trouble;                ///< the reason why the arguments cannot be read; it counts if the line does

    bool of_command_line() const noexcept { return place.line == 0; }
};

/// Returns: errc::bad_configuration with the place, the keyword and the reason.
failure wrong_line(const config_line& line, const std::string& why);
/// Returns: the same with the place of one of the words; of the keyword if there is no such word.
failure wrong_word(const config_line& line, std::size_t word, const std::string& why);
/// Returns: errc::bad_configuration with a place and a reason.
failure wrong_place(const config_place& at, const std::string& why);

/// Reads one line, "Keyword argument" or "Keyword=argument". Quotes of both kinds group words, a backslash takes a quote, a
/// backslash or a blank for itself, and a word that begins with '#' begins a comment, as in OpenSSH.
/// Returns: the line; its `trouble` is errc::bad_configuration for a quote that stays open, and for a keyword without an argument.
config_line read_config_line(std::string_view text, config_place at);

/// Reads a whole file. Empty lines, lines of comment, a byte order mark and CRLF are passed over.
/// Errors: errc::bad_configuration for a NUL.
outcome<std::vector<config_line>> read_config_lines(std::string_view text, const std::string& file);

/// Returns: the parts of a list with commas. Empty parts are left out.
std::vector<std::string> comma_list(std::string_view list);
std::string joined_words(const std::vector<std::string>& words, std::string_view between);
std::string lower_case(std::string_view text);

} // namespace sshoal::conf
