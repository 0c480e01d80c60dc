// remote_listing.hpp - what "ls" and "df" print.
#pragma once

#include "sftp_commands.hpp"

#include <sshoal/sftp.hpp>

#include <map>
#include <string>
#include <vector>

namespace programs {

struct list_item {
    std::string name; ///< as it is printed, but for what a terminal must not see
    sshoal::sftp::attributes attrs;
    std::string long_name; ///< the server's own line, if it is to be printed
    bool has_attributes = true;
};

/// Names of users and groups, as far as they are known.
struct owner_names {
    std::map<std::uint32_t, std::string> users, groups;
};

/// In the order that the command asks for.
void sort_items(std::vector<list_item>& items, const sftp_command& how);
/// Names in columns, each line with its end; `width` is that of the terminal.
std::string in_columns(const std::vector<list_item>& items, bool one_column, unsigned width);
/// "-rw-r--r--    ? user     group        1234 Nov 21 12:47 name"
std::string long_line(const list_item& item, bool human, const owner_names& owners);
std::string in_units(std::uint64_t bytes); ///< "36.4G"
std::string df_lines(const sshoal::sftp::file_system_info& s, bool human, bool inodes);

/// Asks the server where it can be asked (users-groups-by-id@openssh.com).
sshoal::awaitable<owner_names> names_of_owners(sshoal::sftp::client client, const std::vector<list_item>& items);

unsigned terminal_width(int fd); ///< 80 where it is no terminal

} // namespace programs
