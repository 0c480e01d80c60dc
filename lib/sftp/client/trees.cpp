#include "sftp/client/trees.hpp"

#include "base/access.hpp"
#include "sftp/protocol/glob_pattern.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::type;

std::string joined(std::string_view directory, std::string_view name)
{
    std::string path(directory);
    if (!path.empty() && !path.ends_with('/'))
        path += '/';
    return path.append(name);
}

awaitable<outcome<bool>> create_directories_at(core_ptr core, std::string path)
{
    bool made = false;
    std::string sofar;
    for (const std::string& part : sftp_protocol::parts_of(path)) {
        sofar = joined(sofar, part);
        if (part == "/" || part == "." || part == "..")
            continue;
        auto making = make_directory_at(core, sofar, attributes());
        const outcome<void> done = co_await std::move(making);
        if (done) {
            made = true;
            continue;
        }
        // Servers have no common code for "exists already".
        auto asking = is_directory_at(core, sofar);
        const outcome<bool> there_is = co_await std::move(asking);
        if (!there_is)
            co_return outcome<bool>(boost::system::in_place_error, there_is.error());
        if (!*there_is)
            co_return outcome<bool>(boost::system::in_place_error, done.error());
    }
    co_return made;
}

awaitable<outcome<std::vector<directory_entry>>> list_directory(session_ptr session, std::string path)
{
    auto opening = directory_handle::open(std::move(session), std::move(path));
    outcome<directory> d = co_await std::move(opening);
    if (!d)
        co_return d.error();
    const std::shared_ptr<directory_handle> handle = detail::access::self(*d);
    auto gathering = directory_handle::rest(handle);
    outcome<std::vector<directory_entry>> all = co_await std::move(gathering);
    co_return std::move(all);
}

namespace {

/// Removes one directory after another, deepest first, and the files of each directory side by side. Keeps its own stack, so that
/// deep trees need no deep recursion.
class tree_remover {
public:
    explicit tree_remover(core_ptr core) : core_(std::move(core)) {}

    static awaitable<outcome<std::uint64_t>> run(std::shared_ptr<tree_remover> self, std::string top);

private:
    static constexpr std::size_t deepest_level = 1024;
    struct level {
        std::string path;
        std::vector<std::string> directories;
    };
    /// A REMOVE under way; `sure`: the entry is known to be no directory.
    struct removal {
        std::string path, name;
        std::unique_ptr<awaited_reply> reply;
        bool sure;
    };
    static awaitable<outcome<level>> empty_of_files(tree_remover& self, std::string path);

    core_ptr core_;
    std::uint64_t removed_ = 0;
};

/// A directory that is being read. The destructor closes it without waiting.
class reading {
public:
    reading(client_core& c, std::string h) : core_(c), handle_(std::move(h)) {}
    reading(const reading&) = delete;
    ~reading()
    {
        if (handle_.empty())
            return;
        try {
            sftp_protocol::packet request(type::close, 0);
            request.string(handle_);
            core_.send_unanswered(std::move(request));
        } catch (...) { // no memory for the request: the server closes the directory when the session ends
        }
    }
    const std::string& handle() const noexcept { return handle_; }
    std::string release() { return std::exchange(handle_, std::string()); }

private:
    client_core& core_;
    std::string handle_;
};

/// Removes the entries that are no directories. Returns: the directories.
awaitable<outcome<tree_remover::level>> tree_remover::empty_of_files(tree_remover& self, std::string path)
{
    constexpr std::size_t side_by_side = 64;
    level found;
    found.path = path;
    auto opening = open_directory_at(self.core_, path);
    outcome<std::string> handle = co_await std::move(opening);
    if (!handle)
        co_return handle.error();
    reading directory(*self.core_, std::move(*handle));
    failure trouble;
    std::deque<removal> under_way;
    for (bool more = true; more && !trouble;) {
        auto asking = read_directory(self.core_, directory.handle(), path);
        outcome<std::vector<directory_entry>> batch = co_await std::move(asking);
        if (!batch) {
            trouble = batch.error();
            break;
        }
        more = !batch->empty();
        for (directory_entry& e : *batch) {
            if (!is_plain_name(e.name))
                continue;
            if (e.attrs.is_directory()) {
                found.directories.push_back(std::move(e.name));
                continue;
            }
            std::string file = joined(path, e.name);
            sftp_protocol::packet request(type::remove, 0, 16 + file.size());
            request.string(file);
            auto reply = std::make_unique<awaited_reply>(*self.core_);
            if (failure f = reply->send(std::move(request), type::status))
                co_return f;
            const bool sure = e.attrs.type() != file_type::unknown;
            under_way.push_back(removal{std::move(file), std::move(e.name), std::move(reply), sure});
        }
        while (!under_way.empty() && (!more || under_way.size() > side_by_side)) {
            awaited_reply& reply = *under_way.front().reply;
            while (!reply.done()) {
                const wake w = co_await reply.wait();
                if (w == wake::cancelled)
                    co_return failure(error_code(asio::error::operation_aborted));
            }
            removal& r = under_way.front();
            if (failure f = reply.refusal("remove " + printable(r.path)); !f) {
                ++self.removed_;
            } else if (!is_missing(f)) {
                // If the entry is a link of unknown type, it has been removed by now; otherwise it may be a directory.
                attributes a;
                if (!r.sure) {
                    auto looking = with_known_type(self.core_, r.path, a, symlinks::keep);
                    outcome<attributes> kind = co_await std::move(looking);
                    if (!kind)
                        co_return kind.error();
                    a = std::move(*kind);
                }
                if (a.is_directory())
                    found.directories.push_back(std::move(r.name));
                else if (!trouble)
                    trouble = f;
            }
            under_way.pop_front();
        }
    }
    if (trouble)
        co_return trouble;
    auto closing = close_handle(self.core_, directory.release(), path);
    const outcome<void> closed = co_await std::move(closing); // a failure is ignored, since the directory was only read
    co_return found;
}

awaitable<outcome<std::uint64_t>> tree_remover::run(std::shared_ptr<tree_remover> self, std::string top)
{
    std::vector<level> open_levels;
    auto beginning = empty_of_files(*self, std::move(top));
    outcome<level> first = co_await std::move(beginning);
    if (!first)
        co_return first.error();
    open_levels.push_back(std::move(*first));
    while (!open_levels.empty()) {
        level& deepest = open_levels.back();
        if (!deepest.directories.empty()) {
            if (open_levels.size() >= deepest_level) // a server can make up directories without an end
                co_return failure(errc::invalid_argument, printable(deepest.path) + " is too deep");
            std::string below = joined(deepest.path, deepest.directories.back());
            deepest.directories.pop_back();
            auto going = empty_of_files(*self, std::move(below));
            outcome<level> next = co_await std::move(going);
            if (!next)
                co_return next.error();
            open_levels.push_back(std::move(*next));
            continue;
        }
        auto removing = remove_at(self->core_, type::rmdir, deepest.path);
        const outcome<void> gone = co_await std::move(removing);
        if (!gone)
            co_return gone.error();
        ++self->removed_;
        open_levels.pop_back();
    }
    co_return self->removed_;
}

} // namespace

awaitable<outcome<std::uint64_t>> remove_tree(core_ptr core, std::string path)
{
    auto asking = attributes_of(core, type::lstat, path, path);
    outcome<attributes> a = co_await std::move(asking);
    if (!a && is_missing(a.error()))
        co_return std::uint64_t(0);
    if (!a && (core->over() || a.error().code() == asio::error::operation_aborted))
        co_return a.error();
    if (!a)
        a = attributes();
    auto looking = with_known_type(core, path, std::move(*a), symlinks::keep);
    a = co_await std::move(looking);
    if (!a)
        co_return a.error();
    if (!a->is_directory()) {
        auto removing = remove_at(core, type::remove, path);
        const outcome<void> gone = co_await std::move(removing);
        if (!gone)
            co_return gone.error();
        co_return std::uint64_t(1);
    }
    auto remover = std::make_shared<tree_remover>(core);
    auto running = tree_remover::run(remover, std::move(path));
    outcome<std::uint64_t> n = co_await std::move(running);
    co_return n;
}

// -- the working directory ----------------------------------------------------------------------------------------------------

awaitable<outcome<void>> change_directory_of(core_ptr core, std::string path)
{
    auto naming = name_at(core, type::realpath, path.empty() ? std::string(".") : path);
    outcome<std::string> real = co_await std::move(naming);
    if (!real)
        co_return real.error();
    if (!client_core::is_absolute(*real)) // some servers answer "." to every path
        real = path.empty() ? std::string(".") : path;
    auto asking = attributes_of(core, type::stat, *real, path);
    const outcome<attributes> a = co_await std::move(asking);
    if (!a && (core->over() || is_missing(a.error()) || a.error().code() == asio::error::operation_aborted))
        co_return a.error();
    auto looking = with_known_type(core, *real, a ? *a : attributes(), symlinks::follow);
    const outcome<attributes> found = co_await std::move(looking);
    if (!found)
        co_return found.error();
    if (!found->is_directory()) {
        if (a)
            co_return failure(status::not_a_directory, printable(path));
        co_return a.error();
    }
    core->change_directory(std::move(*real));
    co_return outcome<void>();
}

awaitable<outcome<std::string>> working_directory_of(core_ptr core)
{
    return name_at(core, type::realpath, core->resolve("."));
}

} // namespace sshoal::sftp
