// ls of sshoal-sftp.
#include "remote_listing.hpp"
#include "sftp_state.hpp"

#include <algorithm>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

/// A path as it is shown: without the directory that the user is in, where it was not named.
std::string without_folder(const std::string& path, const std::string& folder)
{
    const std::string head = folder.ends_with('/') ? folder : folder + '/';
    if (!folder.empty() && path.starts_with(head))
        return path.substr(head.size());
    return path;
}

awaitable<void> print_items(sftp_state& s, const sftp_command& c, std::vector<list_item> items)
{
    sort_items(items, c);
    if (!c.details) {
        tell(in_columns(items, c.one_column, terminal_width(1)));
        co_return;
    }
    owner_names owners;
    if (!c.numeric)
        owners = co_await names_of_owners(s.sftp, items);
    std::string out;
    for (const list_item& i : items) {
        out += i.long_name.empty() ? long_line(i, c.human, owners) : shown(i.long_name) + '\n';
    }
    tell(out);
}

awaitable<bool> list_directory(sftp_state& s, const sftp_command& c, std::string path, std::string hidden)
{
    std::vector<list_item> items;
    const bool own_lines = c.details && !c.numeric && !c.human && !s.sftp.supports(sftp::extension::users_groups_by_id);
    try {
        auto opening = s.sftp.open_directory(path);
        sftp::directory d = co_await std::move(opening);
        for (;;) {
            std::optional<sftp::directory_entry> e = co_await d.next();
            if (!e)
                break;
            if (e->name.starts_with('.') && !c.all)
                continue;
            list_item i;
            i.name = without_folder(joined_path(path, e->name), hidden);
            i.attrs = std::move(e->attrs);
            if (own_lines)
                i.long_name = std::move(e->long_name);
            items.push_back(std::move(i));
        }
        // The library leaves these out, for they are no entries to anybody else.
        for (const char* dots : {".", ".."}) {
            if (!c.all)
                break;
            auto looking = remote_stat(s.sftp, joined_path(path, dots));
            std::optional<sftp::attributes> a = co_await std::move(looking);
            if (!a)
                continue;
            list_item i;
            i.name = without_folder(joined_path(path, dots), hidden);
            i.attrs = std::move(*a);
            items.push_back(std::move(i));
        }
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        complain("remote readdir(\"" + shown(path) + "\"): " + words_of(e));
        co_return false;
    }
    auto printing = print_items(s, c, std::move(items));
    co_await std::move(printing);
    co_return true;
}

} // namespace

awaitable<bool> sftp_list(sftp_state& s, const sftp_command& c)
{
    if (!c.first || c.first->empty()) {
        auto here = list_directory(s, c, s.folder, s.folder);
        const bool well = co_await std::move(here);
        co_return well;
    }
    const std::string hidden = c.first->starts_with('/') ? std::string() : s.folder;
    const std::string pattern = absolute_path(*c.first, with_escapes(s.folder));
    std::vector<remote_match> matches;
    for (const std::string& one : expand_braces(pattern)) {
        auto looking = remote_glob(s.sftp, one);
        std::vector<remote_match> more = co_await std::move(looking);
        std::move(more.begin(), more.end(), std::back_inserter(matches));
    }
    if (matches.empty()) {
        complain("Can't ls: \"" + shown(without_escapes(pattern)) + "\" not found");
        co_return false;
    }
    if (matches.size() == 1 && matches.front().is_directory()) {
        auto inside = list_directory(s, c, matches.front().path, hidden);
        const bool well = co_await std::move(inside);
        co_return well;
    }
    std::vector<list_item> items;
    for (remote_match& m : matches) {
        list_item i;
        i.name = without_folder(m.path, hidden);
        i.attrs = std::move(m.attrs);
        items.push_back(std::move(i));
    }
    auto printing = print_items(s, c, std::move(items));
    co_await std::move(printing);
    co_return true;
}

} // namespace programs
