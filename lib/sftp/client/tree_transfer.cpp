#include "sftp/client/tree_transfer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::sftp {

namespace {

/// Returns: whether the type is known to be neither file nor directory.
bool is_special(const attributes& a)
{
    return a.permissions && !a.is_regular() && !a.is_directory() && a.type() != file_type::unknown;
}

} // namespace

outcome<void> tree_transfer::skip_or_fail(std::string name, failure f)
{
    if (single_ || whole->core().over() || f.code() == asio::error::operation_aborted)
        return f;
    whole->skip(std::move(name), std::move(f));
    return outcome<void>();
}

awaitable<outcome<void>> tree_transfer::one(std::shared_ptr<tree_transfer> self, file_task task, std::string name, attempt which)
{
    bool lacks_handles = false;
    file_task again = task;
    task.lacks_handles = &lacks_handles;
    auto moving = self->move(std::move(task));
    outcome<void> moved = co_await std::move(moving);
    if (moved)
        co_return moved;
    if (lacks_handles && which == attempt::first) {
        const std::size_t open = self->whole->session->handles_open;
        self->most_files_ = std::max<std::size_t>(1, std::min(self->most_files_, open));
        self->postponed_.emplace_back(std::move(again), std::move(name));
        co_return outcome<void>();
    }
    co_return self->skip_or_fail(std::move(name), moved.error());
}

handle_room tree_transfer::when_files_are_closed()
{
    return [files = files_] { return files->wait(); };
}

awaitable<outcome<void>> tree_transfer::one_by_one(std::shared_ptr<tree_transfer> self)
{
    outcome<void> all;
    for (std::size_t i = 0; i < self->postponed_.size() && all; ++i) {
        auto& [task, name] = self->postponed_[i];
        self->files_->start(one(self, std::move(task), std::move(name), attempt::last));
        auto waiting = self->files_->wait();
        all = co_await std::move(waiting);
    }
    co_return all;
}

awaitable<outcome<void>> tree_transfer::start(std::shared_ptr<tree_transfer> self, file_task task, std::string name)
{
    const std::size_t most = std::max<std::size_t>(std::min(self->whole->how.files_at_once(), self->most_files_), 1);
    if (self->files_->size() >= most || self->files_->stopping()) {
        auto waiting = self->files_->wait(most - 1);
        outcome<void> fewer = co_await std::move(waiting);
        if (!fewer)
            co_return fewer;
    }
    self->files_->start(one(self, std::move(task), std::move(name), attempt::first));
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_transfer::run(std::shared_ptr<tree_transfer> self, awaitable<outcome<void>> finding)
{
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    std::exception_ptr thrown;
    failure trouble;
    try {
        outcome<void> found = co_await std::move(finding);
        if (!found)
            trouble = found.error();
        self->whole->found_all();
    } catch (...) {
        thrown = std::current_exception();
        trouble = failure(error_code(asio::error::operation_aborted));
    }
    if (trouble)
        self->files_->stop(trouble);
    co_await asio::this_coro::throw_if_cancelled(false); // a cancelled coroutine must wait for the tasks all the same
    auto waiting = self->files_->wait();
    outcome<void> all = co_await std::move(waiting);
    if (all) {
        auto rest = one_by_one(self);
        all = co_await std::move(rest);
    }
    co_await asio::this_coro::throw_if_cancelled(threw);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return all;
}

// -- which files --------------------------------------------------------------------------------------------------------------

awaitable<outcome<transfer_result>> tree_transfer::all(std::shared_ptr<tree_transfer> self, std::string from, std::string to)
{
    std::vector<std::string> sources{from};
    if (self->whole->how.globs()) {
        auto expanding = self->from_->expand(std::move(from));
        outcome<std::vector<std::string>> found = co_await std::move(expanding);
        if (!found)
            co_return found.error();
        sources = std::move(*found);
    } else {
        sources.front() = self->from_->absolute(std::move(sources.front()));
    }
    self->single_ = sources.size() == 1;
    const std::string target = self->to_->absolute(to.empty() ? "." : to);
    auto asking = self->to_->is_directory(target);
    const outcome<bool> is_directory = co_await std::move(asking);
    if (!is_directory)
        co_return is_directory.error();
    const bool into = to.ends_with('/') || *is_directory;
    if (sources.size() > 1 && !into)
        co_return self->to_->not_a_directory(to);
    auto running = run(self, all_of(self, std::move(sources), target, into));
    outcome<void> moved = co_await std::move(running);
    if (!moved)
        co_return moved.error();
    auto finishing = finish(self);
    outcome<void> finished = co_await std::move(finishing);
    if (!finished)
        co_return finished.error();
    co_return std::move(self->whole->result);
}

awaitable<outcome<void>> tree_transfer::all_of(std::shared_ptr<tree_transfer> self, std::vector<std::string> sources,
                                               std::string target, bool into)
{
    for (std::string& s : sources) {
        auto taking = source(self, std::move(s), target, into);
        outcome<void> taken = co_await std::move(taking);
        if (!taken)
            co_return taken;
    }
    co_return outcome<void>();
}

namespace {

/// Returns: whether the target is the source itself, by another name or a link, or lies inside of a source that is a directory.
awaitable<bool> is_inside_itself(core_ptr core, std::string from, std::string to)
{
    using sftp_protocol::type;
    if (from == to)
        co_return true;
    auto asking = name_at(core, type::realpath, std::move(from));
    const outcome<std::string> source = co_await std::move(asking);
    asking = name_at(core, type::realpath, to);
    outcome<std::string> target = co_await std::move(asking);
    if (!target) { // some servers resolve existing paths only
        const std::string name = last_part(to);
        asking = name_at(core, type::realpath, to.substr(0, to.rfind(name)) + ".");
        target = co_await std::move(asking);
        if (target)
            target = joined(*target, name);
    }
    co_return source && target && (*target == *source || target->starts_with(joined(*source, "")));
}

} // namespace

awaitable<outcome<void>> tree_transfer::source(std::shared_ptr<tree_transfer> self, std::string from, std::string to, bool into)
{
    auto looking = self->from_->look(from);
    outcome<attributes> known = co_await std::move(looking);
    if (!known)
        co_return self->skip_or_fail(from, known.error());
    const std::string name = last_part(from);
    if (into && name.empty() && !known->is_directory())
        co_return self->skip_or_fail(from, failure(errc::invalid_argument, "no file name in " + printable(from)));
    if (into && !name.empty())
        to = joined(to, name);
    if (known->is_directory() && !self->whole->how.is_recursive())
        co_return self->skip_or_fail(from, failure(errc::invalid_argument, printable(from) + " is a directory"));
    if (self->one_server_) {
        auto comparing = is_inside_itself(self->one_server_, from, to);
        const bool itself = co_await std::move(comparing);
        if (itself)
            co_return self->skip_or_fail(from, failure(errc::invalid_argument, printable(from) + " is to be copied onto itself"));
    }
    if (known->is_directory()) {
        self->single_ = false;
        auto going = tree(self, std::move(from), std::move(to), std::move(*known));
        outcome<void> gone = co_await std::move(going);
        co_return gone;
    }
    if (is_special(*known))
        co_return self->skip_or_fail(from, failure(errc::invalid_argument, printable(from) + " is not a regular file"));
    auto starting = start_file(self, std::move(from), std::move(to), std::move(*known));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_transfer::directory(std::shared_ptr<tree_transfer> self, std::string path, attributes source,
                                                  bool top)
{
    auto making = self->to_->make_directory(path, source, top);
    const outcome<bool> made = co_await std::move(making);
    if (!made)
        co_return made.error();
    self->whole->result.directories += *made ? 1 : 0;
    self->directories_.emplace_back(std::move(path), std::move(source));
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_transfer::tree(std::shared_ptr<tree_transfer> self, std::string from, std::string to,
                                             attributes top)
{
    auto making = directory(self, to, std::move(top), true);
    outcome<void> made = co_await std::move(making);
    if (!made)
        co_return made;
    const std::unique_ptr<tree_reader> reader = self->from_->read_tree(from, self->when_files_are_closed());
    for (;;) {
        auto going = reader->next();
        std::optional<walk_entry> e = co_await std::move(going);
        if (!e)
            co_return outcome<void>();
        if (e->trouble) {
            outcome<void> left_out = self->skip_or_fail(e->path, e->trouble);
            if (!left_out)
                co_return left_out;
            continue;
        }
        const std::string below = path_below(from, e->path);
        bool skipped = !self->wanted(below, e->entry.attrs);
        if (!skipped) {
            auto taking = entry(self, std::move(*e), joined(to, below), skipped);
            outcome<void> taken = co_await std::move(taking);
            if (!taken)
                co_return taken;
        }
        if (skipped)
            reader->skip();
    }
}

awaitable<outcome<void>> tree_transfer::entry(std::shared_ptr<tree_transfer> self, walk_entry e, std::string to, bool& skipped)
{
    attributes known = std::move(e.entry.attrs);
    if (known.is_directory()) {
        auto making = directory(self, std::move(to), std::move(known), false);
        outcome<void> made = co_await std::move(making);
        if (made)
            co_return made;
        skipped = true;
        co_return self->skip_or_fail(std::move(e.path), made.error());
    }
    const bool is_link = known.is_symlink();
    if (is_link && !self->whole->how.follows_links()) {
        auto reading = self->from_->read_link(e.path);
        outcome<std::string> target = co_await std::move(reading);
        if (!target)
            co_return self->skip_or_fail(std::move(e.path), target.error());
        self->links_.push_back(pending_link{std::move(*target), std::move(to), std::move(e.path)});
        co_return outcome<void>();
    }
    if (is_link) {
        auto looking = self->from_->look(e.path);
        outcome<attributes> behind = co_await std::move(looking);
        if (!behind)
            co_return self->skip_or_fail(std::move(e.path), behind.error());
        known = std::move(*behind);
    }
    if (known.is_directory() || is_special(known)) // links to directories may form a circle
        co_return self->skip_or_fail(std::move(e.path),
                                     failure(errc::invalid_argument,
                                             is_link ? "a link to what is not a regular file" : "not a regular file"));
    auto starting = start_file(self, std::move(e.path), std::move(to), std::move(known));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_transfer::start_file(std::shared_ptr<tree_transfer> self, std::string from, std::string to,
                                                   attributes known)
{
    self->whole->found(known.size);
    file_task task;
    task.from = from;
    task.to = std::move(to);
    task.known = std::move(known);
    return start(std::move(self), std::move(task), std::move(from));
}

awaitable<outcome<void>> tree_transfer::finish(std::shared_ptr<tree_transfer> self)
{
    for (pending_link& l : self->links_) {
        auto making = self->to_->make_link(std::move(l.target), std::move(l.path));
        const outcome<void> made = co_await std::move(making);
        outcome<void> told = made ? made : self->skip_or_fail(std::move(l.name), made.error());
        if (!told)
            co_return told;
    }
    // The deepest directory comes first, because setting its attributes may change the times of its parent.
    while (self->whole->how.preserves() && !self->directories_.empty()) {
        auto [path, known] = std::move(self->directories_.back());
        self->directories_.pop_back();
        attributes a;
        if (known.permissions)
            a.permissions = *known.permissions & 07777;
        a.atime = known.atime;
        a.mtime = known.mtime;
        auto setting = self->to_->set_directory(path, std::move(a));
        const outcome<void> set = co_await std::move(setting);
        if (!set && (self->whole->core().over() || set.error().code() == asio::error::operation_aborted))
            co_return set;
        if (!set)
            self->whole->note(std::move(path), self->to_->name_of_setting(), set.error());
    }
    co_return outcome<void>();
}

std::string path_below(std::string_view top, std::string_view path)
{
    const std::size_t head = top.size() + (top.ends_with('/') ? 0 : 1);
    return std::string(path.substr(std::min(path.size(), head)));
}

std::string last_part(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    const std::string_view last = slash == path.npos ? path : path.substr(slash + 1);
    return is_plain_name(last) ? std::string(last) : std::string();
}

} // namespace sshoal::sftp
