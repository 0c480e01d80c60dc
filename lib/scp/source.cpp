// The source: files and directories, one after the other, each confirmed by the sink.

#include "scp/copying.hpp"
#include "scp/file_pump.hpp"

namespace sshoal::scp {
namespace {

using scp_protocol::mode_bits;
using scp_protocol::permission_bits;
using sftp::attributes;

constexpr std::size_t entries_at_once = 128;

std::string_view last_part(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    return slash == path.npos || path.size() == 1 ? path : path.substr(slash + 1);
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

class source {
public:
    explicit source(copying& c) : c_(c) {}

    awaitable<void> send(std::string path)
    {
        auto naming = name_of(path);
        std::string name = co_await std::move(naming);
        auto first = send_entry(std::move(path), std::move(name));
        co_await std::move(first);
        while (!levels_.empty()) {
            auto one = next_of(levels_.back());
            co_await std::move(one);
        }
    }

private:
    struct level {
        std::string path, real;
        std::shared_ptr<sftp::directory_reader> reader;
        std::vector<sftp::directory_entry> entries;
        std::size_t at = 0;
    };

    /// A client sends "." and ".." under the directories' real names, since other sinks refuse dots.
    awaitable<std::string> name_of(const std::string& path)
    {
        std::string name(last_part(path));
        if (is_dots(name) && c_.end == side::client) {
            auto finding = guarded(c_.files->real_path(path));
            const outcome<std::string> real = co_await std::move(finding);
            if (real)
                name = last_part(*real);
        }
        co_return name;
    }

    awaitable<void> send_entry(std::string path, std::string name)
    {
        auto looking = guarded(c_.files->stat(path));
        outcome<attributes> found = co_await std::move(looking);
        failure f;
        if (!found)
            f = found.error();
        else if (!can_be_named(name))
            f = sftp::fail(sftp::status::failure, "the protocol cannot say this name");
        else if (found->is_directory() && !c_.how.is_recursive())
            f = sftp::fail(sftp::status::failure, "is a directory, and directories were not asked for");
        else if (!found->is_directory() && !found->is_regular() && found->permissions)
            f = sftp::fail(sftp::status::failure, "not a regular file");
        if (f) {
            auto telling = c_.report(std::move(path), std::move(f));
            co_await std::move(telling);
            co_return;
        }
        auto sending = found->is_directory() ? begin_directory(std::move(path), std::move(name), std::move(*found))
                                             : send_file(std::move(path), std::move(name), std::move(*found));
        co_await std::move(sending);
    }

    /// A server sends "." and ".." as they are, because the client has requested that name.
    bool can_be_named(const std::string& name) const
    {
        return scp_protocol::can_be_sent(name) || (levels_.empty() && c_.end == side::server && is_dots(name));
    }

    /// Sends a line. Returns: whether the sink agrees.
    awaitable<bool> send_line(const std::string& path, std::string line)
    {
        auto writing = c_.peer.write(std::move(line));
        co_await std::move(writing);
        auto waiting = c_.peer.answer();
        failure f = co_await std::move(waiting);
        if (f)
            c_.note_peer_error(path, f);
        co_return !f;
    }

    awaitable<bool> send_times(const std::string& path, const attributes& a)
    {
        if (!c_.how.preserves() || !a.mtime)
            co_return true;
        const auto mtime = a.mtime->time_since_epoch().count();
        const auto atime = a.atime ? a.atime->time_since_epoch().count() : mtime;
        auto saying = send_line(path, scp_protocol::times_line(mtime, atime));
        const bool agreed = co_await std::move(saying);
        co_return agreed;
    }

    std::uint32_t mode_of(const attributes& a, std::uint32_t otherwise) const
    {
        return a.permissions.value_or(otherwise) & (c_.how.preserves() ? mode_bits : permission_bits);
    }

    awaitable<void> send_file(std::string path, std::string name, attributes a)
    {
        auto opening = guarded(c_.files->open(path, sftp::open_mode::read, attributes()));
        const outcome<std::shared_ptr<sftp::open_file>> opened = co_await std::move(opening);
        if (!opened) {
            auto telling = c_.report(std::move(path), opened.error());
            co_await std::move(telling);
            co_return;
        }
        sftp::open_file& file = **opened;
        auto looking = guarded(file.stat()); // the path may lead to another file by now
        outcome<attributes> is = co_await std::move(looking);
        if (is && is->size)
            a = std::move(*is);
        if (!a.size || *a.size > scp_protocol::most_size || (a.permissions && !a.is_regular())) {
            auto telling = c_.report(std::move(path), sftp::fail(sftp::status::failure, "not a regular file"));
            co_await std::move(telling);
            co_return;
        }
        auto first = send_times(path, a);
        const bool times = co_await std::move(first);
        if (!times)
            co_return;
        auto second = send_line(path, scp_protocol::file_line(mode_of(a, 0644), *a.size, name));
        const bool wanted = co_await std::move(second);
        if (!wanted)
            co_return;
        auto rest = send_content(std::move(path), file, *a.size);
        co_await std::move(rest);
        auto closing = guarded(file.close());
        (void)co_await std::move(closing);
    }

    awaitable<void> send_content(std::string path, sftp::open_file& file, std::uint64_t size)
    {
        c_.progress.begin(path, size);
        auto sending = send_bytes(c_, file, size);
        failure trouble = co_await std::move(sending);
        const bool complete = !trouble;
        if (trouble) {
            auto telling = c_.report(path, std::move(trouble));
            co_await std::move(telling);
        }
        auto waiting = c_.peer.answer();
        failure f = co_await std::move(waiting);
        c_.progress.end(complete && !f);
        if (f && complete) // otherwise this answers the failure that was reported above
            c_.note_peer_error(std::move(path), std::move(f));
        else if (complete)
            ++c_.done.files;
    }

    /// Returns: the real path of a directory, by which a link back to it is recognised; empty if the file system has no
    /// real_path().
    awaitable<std::string> real_path(const std::string& path)
    {
        auto finding = guarded(c_.files->real_path(path));
        outcome<std::string> real = co_await std::move(finding);
        co_return real ? std::move(*real) : std::string();
    }

    bool is_open_already(const std::string& real) const
    {
        for (const level& l : levels_)
            if (!real.empty() && l.real == real)
                return true;
        return false;
    }

    awaitable<void> begin_directory(std::string path, std::string name, attributes a)
    {
        level l;
        auto finding = real_path(path);
        l.real = co_await std::move(finding);
        failure f;
        if (is_open_already(l.real)) {
            f = sftp::fail(sftp::status::link_loop, "a link back to a directory that this is in");
        } else {
            auto opening = guarded(c_.files->open_directory(path));
            outcome<std::shared_ptr<sftp::directory_reader>> opened = co_await std::move(opening);
            if (opened)
                l.reader = std::move(*opened);
            else
                f = opened.error();
        }
        if (f) {
            auto telling = c_.report(std::move(path), std::move(f));
            co_await std::move(telling);
            co_return;
        }
        auto first = send_times(path, a);
        const bool times = co_await std::move(first);
        if (!times)
            co_return;
        auto second = send_line(path, scp_protocol::directory_line(mode_of(a, 0755), name));
        const bool entered = co_await std::move(second);
        if (!entered)
            co_return;
        ++c_.done.directories;
        l.path = std::move(path);
        levels_.push_back(std::move(l));
    }

    /// Sends the next entry of the innermost directory, or its end.
    awaitable<void> next_of(level& l)
    {
        if (l.at == l.entries.size()) {
            l.at = 0;
            auto reading = guarded(l.reader->read(entries_at_once));
            outcome<std::vector<sftp::directory_entry>> more = co_await std::move(reading);
            if (!more) {
                l.entries.clear();
                auto telling = c_.report(l.path, more.error());
                co_await std::move(telling);
            } else {
                l.entries = std::move(*more);
            }
            if (l.entries.empty()) {
                const std::string path = std::move(l.path);
                levels_.pop_back();
                auto ending = send_line(path, std::string(scp_protocol::end_line));
                co_await std::move(ending);
            }
            co_return;
        }
        std::string name = l.entries[l.at++].name;
        if (is_dots(name))
            co_return;
        std::string path = joined(l.path, name);
        auto sending = send_entry(std::move(path), std::move(name)); // may add a level, so `l` must not be used from here on
        co_await std::move(sending);
    }

    copying& c_;
    std::vector<level> levels_;
};

} // namespace

awaitable<void> send_all(copying& c, std::vector<std::string> paths)
{
    auto beginning = c.peer.answer();
    failure refused = co_await std::move(beginning);
    if (refused)
        throw error(refused);
    for (std::string& path : paths) {
        source s(c);
        auto sending = s.send(std::move(path));
        co_await std::move(sending);
    }
}

} // namespace sshoal::scp
