// remote_glob.hpp - the names at the server that a pattern stands for, and paths as sftp(1) puts them together.
#pragma once

#include <sshoal/sftp.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

struct remote_match {
    std::string path;
    sshoal::sftp::attributes attrs; ///< of what a link leads to, if it leads anywhere
    bool is_directory() const { return attrs.is_directory(); }
};

/// In the order of their names. A pattern without wildcards stands for its name, if there is such a thing at the server.
/// Names that a server must not send (not plain ones) are left out. Errors (thrown): command_error for too many; what ended the
/// session.
sshoal::awaitable<std::vector<remote_match>> remote_glob(sshoal::sftp::client client, std::string pattern);

/// Returns: the attributes of the path; nothing if it is not there, or the server refuses to say.
sshoal::awaitable<std::optional<sshoal::sftp::attributes>> remote_stat(sshoal::sftp::client client, std::string path);
sshoal::awaitable<bool> remote_is_directory(sshoal::sftp::client client, std::string path);

/// An error that is about one request, after which the session goes on.
bool is_harmless(const sshoal::error_code& e) noexcept;
/// Returns: the error as sftp(1) says it: "No such file or directory".
std::string words_of(const boost::system::system_error& e);
/// Returns: the attributes of a file that the target refused, though the file is there: "remote fsetstat: Permission denied".
std::string words_of(const sshoal::transfer_note& n);

std::string joined_path(const std::string& folder, std::string_view name);
/// Returns: whether an answer to REALPATH is a whole path: "/x", "C:/x". Some servers always say ".".
bool is_absolute(std::string_view real_path) noexcept;
/// Relative paths begin in `folder`. Where that shows drives, as Windows has them, paths with a drive are absolute.
std::string absolute_path(const std::string& path, const std::string& folder);
/// Returns: the name of a copy: "b" for "/a/b/", and "." if the path ends in no name: "/", "..", "".
std::string base_of(std::string_view path);
/// Text from the server for the terminal.
std::string shown(std::string_view text);

} // namespace programs
