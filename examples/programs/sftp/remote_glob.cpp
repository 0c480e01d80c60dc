#include "remote_glob.hpp"

#include "command_words.hpp"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

constexpr std::size_t most_matches = 1'000'000;

struct candidate {
    std::string path;
    std::optional<sftp::attributes> attrs; ///< of the thing itself, link or not
};

bool is_link(const candidate& c) { return c.attrs && c.attrs->is_symlink(); }

/// Finds the entries of a directory that match one part of a pattern.
awaitable<void> match_directory(sftp::client client, std::string folder, std::string pattern, std::vector<candidate>& into)
{
    try {
        auto open = client.open_directory(folder.empty() ? "." : folder);
        sftp::directory d = co_await std::move(open);
        for (;;) {
            std::optional<sftp::directory_entry> e = co_await d.next();
            if (!e)
                break;
            if (!sftp::is_plain_name(e->name) || ::fnmatch(pattern.c_str(), e->name.c_str(), FNM_PERIOD) != 0)
                continue;
            if (into.size() >= most_matches)
                throw command_error("Too many matches for \"" + pattern + "\".");
            candidate c;
            c.path = folder + e->name;
            if (e->attrs.permissions)
                c.attrs = std::move(e->attrs);
            into.push_back(std::move(c));
        }
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
    }
}

struct part {
    std::string text, slashes; ///< what follows it
};

std::vector<part> parts_of(const std::string& pattern, std::string& root)
{
    std::size_t at = std::min(pattern.find_first_not_of('/'), pattern.size());
    root = pattern.substr(0, at);
    std::vector<part> parts;
    while (at < pattern.size()) {
        const std::size_t end = std::min(pattern.find('/', at), pattern.size());
        const std::size_t next = std::min(pattern.find_first_not_of('/', end), pattern.size());
        part p;
        p.text = pattern.substr(at, end - at);
        p.slashes = pattern.substr(end, next - end);
        parts.push_back(std::move(p));
        at = next;
    }
    return parts;
}

/// Gives a candidate what the thing is, following links. Returns: whether it is there.
awaitable<bool> look(sftp::client client, candidate& c)
{
    try {
        if (!c.attrs) {
            auto asking = client.lstat(c.path);
            sftp::attributes a = co_await std::move(asking);
            c.attrs = std::move(a);
        }
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        if (e.code() == std::errc::no_such_file_or_directory)
            co_return false;
        c.attrs = sftp::attributes(); // the look was refused; what is to be done with the thing will show what it is
    }
    if (c.attrs->type() == sftp::file_type::unknown) {
        const bool directory = co_await remote_is_directory(client, c.path);
        if (directory)
            c.attrs->permissions = (c.attrs->permissions.value_or(0755) & 07777) | S_IFDIR;
    }
    if (!is_link(c))
        co_return true;
    auto followed = co_await remote_stat(client, c.path);
    if (followed) // else it leads nowhere
        c.attrs = std::move(followed);
    co_return true;
}

} // namespace

bool is_harmless(const sshoal::error_code& e) noexcept
{
    if (e == boost::asio::error::operation_aborted)
        return false;
    if (e.category() == sftp::sftp_category()) {
        const auto s = sftp::status(e.value());
        return s != sftp::status::no_connection && s != sftp::status::connection_lost;
    }
    if (e.category() != sshoal::sshoal_category())
        return e.category() != sshoal::disconnect_category();
    switch (sshoal::errc(e.value())) {
    case sshoal::errc::not_supported:
    case sshoal::errc::file_error:
    case sshoal::errc::invalid_argument:
    case sshoal::errc::files_differ:
    case sshoal::errc::request_refused:
    case sshoal::errc::malformed_message: // of one answer; a stream that makes no sense is a protocol_error
    case sshoal::errc::capture_limit: return true;
    default: return false;
    }
}

std::string words_of(const boost::system::system_error& e)
{
    if (e.code().category() == sftp::sftp_category()) {
        switch (sftp::status(e.code().value())) {
        case sftp::status::ok: return "No error";
        case sftp::status::eof: return "End of file";
        case sftp::status::no_such_file: return "No such file or directory";
        case sftp::status::permission_denied: return "Permission denied";
        case sftp::status::failure: return "Failure";
        case sftp::status::bad_message: return "Bad message";
        case sftp::status::no_connection: return "No connection";
        case sftp::status::connection_lost: return "Connection lost";
        case sftp::status::op_unsupported: return "Operation unsupported";
        default: return e.code().message();
        }
    }
    if (e.code().category() == sshoal::sshoal_category())
        if (const auto* ours = dynamic_cast<const sshoal::error*>(&e); ours != nullptr && !ours->context().empty())
            return ours->context();
    return e.code().message();
}

std::string words_of(const sshoal::transfer_note& n)
{
    const std::string why = ": " + words_of(sshoal::error(n.why));
    if (n.what == "fsetstat" || n.what == "fsync")
        return "remote " + n.what + why;
    return (n.what == "setstat" ? "remote " : "local ") + n.what + " \"" + shown(n.path) + '"' + why;
}

awaitable<std::optional<sftp::attributes>> remote_stat(sftp::client client, std::string path)
{
    try {
        auto asking = client.stat(std::move(path));
        sftp::attributes a = co_await std::move(asking);
        co_return std::optional<sftp::attributes>(std::move(a));
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
    }
    co_return std::nullopt;
}

awaitable<bool> remote_is_directory(sftp::client client, std::string path)
{
    try {
        auto asking = client.is_directory(std::move(path)); // also where STAT does not say it
        const bool is = co_await std::move(asking);
        co_return is;
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
    }
    co_return false;
}

awaitable<std::vector<remote_match>> remote_glob(sftp::client client, std::string pattern)
{
    std::string root;
    const std::vector<part> parts = parts_of(pattern, root);
    std::vector<candidate> found(1);
    found.front().path = root;
    for (const part& p : parts) {
        std::vector<candidate> next;
        for (candidate& c : found) {
            if (has_wildcard(p.text)) {
                co_await match_directory(client, c.path, p.text, next);
            } else {
                candidate longer;
                longer.path = c.path + without_escapes(p.text);
                next.push_back(std::move(longer));
            }
        }
        for (candidate& c : next) {
            c.path += p.slashes;
            if (!p.slashes.empty())
                c.attrs.reset(); // with a slash behind it, a link is what it leads to
        }
        found = std::move(next);
    }
    std::vector<remote_match> matches;
    for (candidate& c : found) {
        const bool there = co_await look(client, c);
        if (!there)
            continue;
        remote_match m;
        m.path = std::move(c.path);
        m.attrs = std::move(*c.attrs);
        matches.push_back(std::move(m));
    }
    std::sort(matches.begin(), matches.end(), [](const remote_match& a, const remote_match& b) { return a.path < b.path; });
    co_return matches;
}

std::string joined_path(const std::string& folder, std::string_view name)
{
    if (folder.empty())
        return std::string(name);
    return folder + (folder.back() == '/' ? "" : "/") + std::string(name);
}

bool has_drive(std::string_view path) noexcept
{
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return path.size() >= 2 && letter(path[0]) && path[1] == ':' && (path.size() == 2 || path[2] == '/' || path[2] == '\\');
}

bool is_absolute(std::string_view real_path) noexcept { return real_path.starts_with('/') || has_drive(real_path); }

std::string absolute_path(const std::string& path, const std::string& folder)
{
    const bool slashed = folder.starts_with('/') && has_drive(std::string_view(folder).substr(1));
    if (has_drive(folder) && path.starts_with('/') && has_drive(std::string_view(path).substr(1)))
        return path.substr(1);
    if ((slashed || has_drive(folder)) && has_drive(path))
        return slashed ? '/' + path : path;
    return path.starts_with('/') ? path : joined_path(folder, path);
}

std::string base_of(std::string_view path)
{
    while (!path.empty() && path.back() == '/')
        path.remove_suffix(1);
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return last.empty() || last == ".." ? "." : std::string(last);
}

std::string shown(std::string_view text)
{
    // Backslashes are ordinary here; all else that is not for a terminal is escaped.
    std::string out;
    for (;;) {
        const auto cut = text.find('\\');
        const std::string_view plain = text.substr(0, cut);
        out += sshoal::printable(plain, 4 * plain.size() + 1);
        if (cut == std::string_view::npos)
            return out;
        out += '\\';
        text.remove_prefix(cut + 1);
    }
}

} // namespace programs
