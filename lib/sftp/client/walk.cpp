// Reading trees entry by entry, and expanding patterns into paths.

#include "base/access.hpp"
#include "sftp/client/trees.hpp"
#include "sftp/protocol/glob_pattern.hpp"

#include <algorithm>

namespace sshoal::sftp {

struct walker_state {
    static constexpr std::size_t deepest = 1024; ///< a server can make up directories without an end

    struct level {
        std::string path;
        std::shared_ptr<directory_handle> entries;
    };
    session_ptr session;
    std::string start;
    std::vector<level> levels;
    std::optional<std::string> pending; ///< a directory whose entries come next, unless it is skipped
    bool begun = false;

    static awaitable<outcome<std::optional<walk_entry>>> next(std::shared_ptr<walker_state> self);
    handle_room room;

    static awaitable<outcome<void>> enter(std::shared_ptr<walker_state> self, std::string path);
    static awaitable<outcome<void>> open(std::shared_ptr<walker_state> self, std::string path);
};

/// If the server has no more handles, the handles of the directories above are closed, and if that is not enough, `room` waits
/// for other handles to be closed.
awaitable<outcome<void>> walker_state::enter(std::shared_ptr<walker_state> self, std::string path)
{
    auto opening = open(self, path);
    outcome<void> opened = co_await std::move(opening);
    if (opened || !may_lack_handles(opened.error()))
        co_return opened;
    for (std::size_t i = 0; i < self->levels.size(); ++i) {
        outcome<void> kept = co_await directory_handle::keep_rest(self->levels[i].entries);
        if (!kept)
            co_return kept;
    }
    opening = open(self, path);
    opened = co_await std::move(opening);
    if (opened || !self->room || !may_lack_handles(opened.error()))
        co_return opened;
    auto waiting = self->room();
    const outcome<void> there_is = co_await std::move(waiting);
    if (!there_is)
        co_return there_is.error();
    opening = open(self, path);
    opened = co_await std::move(opening);
    co_return opened;
}

awaitable<outcome<void>> walker_state::open(std::shared_ptr<walker_state> self, std::string path)
{
    auto opening = directory_handle::open(self->session, path);
    outcome<directory> d = co_await std::move(opening);
    if (!d)
        co_return d.error();
    self->levels.push_back(level{std::move(path), detail::access::self(*d)});
    co_return outcome<void>();
}

awaitable<outcome<std::optional<walk_entry>>> walker_state::next(std::shared_ptr<walker_state> self)
{
    if (!self->begun) {
        auto entering = enter(self, self->start);
        outcome<void> entered = co_await std::move(entering);
        if (!entered)
            co_return entered.error();
        self->begun = true;
    }
    walk_entry found;
    if (self->pending) {
        std::string path = std::move(*self->pending);
        self->pending.reset();
        auto entering = enter(self, path);
        outcome<void> entered = co_await std::move(entering);
        if (!entered) {
            if (self->session->core->over())
                co_return entered.error();
            found.path = std::move(path);
            found.depth = self->levels.size();
            found.trouble = entered.error();
            co_return std::optional<walk_entry>(std::move(found));
        }
    }
    while (!self->levels.empty()) {
        const std::shared_ptr<directory_handle> here = self->levels.back().entries;
        outcome<std::optional<directory_entry>> e = co_await directory_handle::next(here);
        if (!e) {
            if (self->session->core->over() || e.error().code() == asio::error::operation_aborted)
                co_return e.error();
            found.path = std::move(self->levels.back().path);
            found.trouble = e.error();
            self->levels.pop_back();
            found.depth = self->levels.size();
            co_return std::optional<walk_entry>(std::move(found));
        }
        if (!*e) {
            self->levels.pop_back();
            continue;
        }
        if (!is_plain_name((*e)->name)) {
            found.path = joined(self->levels.back().path, printable((*e)->name));
            found.depth = self->levels.size() - 1;
            found.trouble = failure(errc::protocol_error, "the server gave a name that would lead out of the directory");
            co_return std::optional<walk_entry>(std::move(found));
        }
        found.entry = std::move(**e);
        found.path = joined(self->levels.back().path, found.entry.name);
        found.depth = self->levels.size() - 1;
        if (found.entry.attrs.type() == file_type::unknown) {
            const core_ptr core = self->session->core;
            auto looking = with_known_type(core, core->resolve(found.path), std::move(found.entry.attrs),
                                     symlinks::keep);
            outcome<attributes> a = co_await std::move(looking);
            if (!a)
                co_return a.error();
            found.entry.attrs = std::move(*a);
        }
        if (found.entry.attrs.is_directory() && self->levels.size() >= deepest) {
            found.trouble = failure(errc::invalid_argument, "more than " + std::to_string(deepest) + " directories deep");
            found.entry = directory_entry();
        } else if (found.entry.attrs.is_directory()) {
            self->pending = found.path;
        }
        co_return std::optional<walk_entry>(std::move(found));
    }
    co_return std::optional<walk_entry>();
}

walker::walker() noexcept = default;
walker::walker(std::shared_ptr<walker_state> s) noexcept : self_(std::move(s)) {}

awaitable<std::optional<walk_entry>> walker::next()
{
    return on_session(*non_empty(self_)->session->core, walker_state::next(self_));
}
void walker::skip()
{
    if (self_)
        self_->pending.reset();
}

walker make_walker(session_ptr session, std::string path, handle_room room)
{
    auto s = std::make_shared<walker_state>();
    s->session = std::move(session);
    s->room = std::move(room);
    s->start = path.empty() ? "." : std::move(path);
    return detail::access::make<walker>(std::move(s));
}

// -- patterns -----------------------------------------------------------------------------------------------------------------

namespace {

class remote_names final : public path_lister {
public:
    explicit remote_names(session_ptr session) : session_(std::move(session)) {}

    awaitable<outcome<std::vector<directory_entry>>> list(std::string path) override
    {
        auto listing = list_directory(session_, std::move(path));
        outcome<std::vector<directory_entry>> entries = co_await std::move(listing);
        if (!entries && !session_->core->over())
            entries = std::vector<directory_entry>(); // not a directory, or not a readable one
        co_return entries;
    }
    awaitable<outcome<bool>> exists(std::string path) override
    {
        const core_ptr core = session_->core;
        auto asking = attributes_of(core, sftp_protocol::type::lstat, core->resolve(path), path);
        const outcome<attributes> a = co_await std::move(asking);
        if (!a && core->over())
            co_return outcome<bool>(boost::system::in_place_error, a.error());
        co_return bool(a);
    }

private:
    const session_ptr session_;
};

} // namespace

awaitable<outcome<std::vector<std::string>>> expand_pattern(path_lister& in, std::string pattern)
{
    std::vector<std::string> found{std::string()};
    bool seen = false; // the paths come from a listing, so they exist
    for (const std::string& part : sftp_protocol::parts_of(pattern)) {
        seen = sftp_protocol::has_wildcard(part);
        std::vector<std::string> next;
        for (const std::string& before : found) {
            if (!seen) {
                next.push_back(joined(before, sftp_protocol::unquoted(part)));
                continue;
            }
            auto listing = in.list(before.empty() ? std::string(".") : before);
            const outcome<std::vector<directory_entry>> entries = co_await std::move(listing);
            if (!entries)
                co_return entries.error();
            for (const directory_entry& e : *entries)
                if (is_plain_name(e.name) && sftp_protocol::glob_matches(part, e.name))
                    next.push_back(joined(before, e.name));
        }
        found = std::move(next);
    }
    std::vector<std::string> existing_ones;
    for (std::string& path : found) {
        if (!seen) {
            auto asking = in.exists(path);
            const outcome<bool> there_is = co_await std::move(asking);
            if (!there_is)
                co_return there_is.error();
            if (!*there_is)
                continue;
        }
        existing_ones.push_back(std::move(path));
    }
    std::sort(existing_ones.begin(), existing_ones.end());
    co_return existing_ones;
}

awaitable<outcome<std::vector<std::string>>> expand_glob(session_ptr session, std::string pattern)
{
    remote_names names(std::move(session));
    auto expanding = expand_pattern(names, std::move(pattern));
    outcome<std::vector<std::string>> found = co_await std::move(expanding);
    co_return found;
}

} // namespace sshoal::sftp
