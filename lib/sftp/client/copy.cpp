#include "sftp/client/copy.hpp"

#include "sftp/client/piece_mover.hpp"

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

/// Runs on the strand of the source's session; what concerns the target hops to its own.
class relay final : public piece_mover {
public:
    relay(transfer_ptr t, file_task f, std::size_t size, file from, file to)
        : piece_mover(std::move(t), std::move(f), size)
        , from_(std::move(from))
        , to_(std::move(to))
    {
    }

private:
    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override
    {
        const std::shared_ptr<block> data = whole->core().blocks().get(n);
        const auto mark = depth.on_send(clock::now());
        auto reading = file_handle::read_at(from_.handle(), offset, data->room().first(n));
        const outcome<std::size_t> got = co_await std::move(reading);
        if (!got || *got == 0)
            co_return got;
        depth.on_answer(mark, *got, clock::now());
        auto writing = to_.write_at(offset, data->room().first(*got));
        co_await std::move(writing);
        co_return *got;
    }

    file from_, to_;
};

class tree_copy {
public:
    tree_copy(session_ptr f, session_ptr t, transfer_options how)
        : from(f)
        , to(t)
        , whole(std::make_shared<transfer>(std::move(f), std::move(how)))
    {
    }
    static awaitable<void> copy_file(std::shared_ptr<tree_copy> self, std::string source, std::string target, attributes known);
    static awaitable<void> copy_tree(std::shared_ptr<tree_copy> self, std::string source, std::string target);

    client from, to;
    const transfer_ptr whole;

private:
    bool same_server() const noexcept { return from.handle() == to.handle(); }
};

attributes initial_of(const attributes& known)
{
    attributes a;
    if (known.permissions)
        a.permissions = *known.permissions & 0777;
    return a;
}

awaitable<void> tree_copy::copy_file(std::shared_ptr<tree_copy> self, std::string source, std::string target, attributes known)
{
    auto opening = self->from.open(source, open_mode::read, attributes());
    file in = co_await std::move(opening);
    auto opening_there = self->to.open(target, open_mode::overwrite, initial_of(known));
    file out = co_await std::move(opening_there);
    file_task task;
    task.remote = source;
    task.known = known;
    if (self->same_server() && self->from.supports(extension::copy_data)) {
        transfer::meter meter(*self->whole, source, known.size.value_or(0));
        auto copying = self->from.copy_data(in, 0, 0, out, 0);
        co_await std::move(copying);
        meter.done();
    } else {
        const std::size_t size = std::min(self->from.handle()->core->read_size(), self->to.handle()->core->write_size());
        auto r = std::make_shared<relay>(self->whole, std::move(task), size, in, out);
        if (known.size.value_or(0) > 0)
            r->end = *known.size;
        auto moving = value_of(piece_mover::run(r));
        co_await std::move(moving);
        r->meter.done();
    }
    if (self->whole->how.preserves()) {
        attributes a;
        a.permissions = known.permissions ? std::optional(*known.permissions & 07777) : std::nullopt;
        a.atime = known.atime;
        a.mtime = known.mtime;
        auto setting = out.set_attributes(std::move(a));
        co_await std::move(setting);
    }
    co_await out.close();
}

awaitable<void> tree_copy::copy_tree(std::shared_ptr<tree_copy> self, std::string source, std::string target)
{
    auto making = self->to.create_directories(target);
    const bool top_made = co_await std::move(making);
    self->whole->result.directories += top_made ? 1 : 0;
    walker walk = self->from.walk(source);
    for (;;) {
        auto going = walk.next();
        std::optional<walk_entry> e = co_await std::move(going);
        if (!e)
            co_return;
        const std::string below = e->path.substr(std::min(e->path.size(), source.size() + (source.ends_with('/') ? 0 : 1)));
        if (e->trouble) {
            self->whole->skip(e->path, e->trouble);
            continue;
        }
        if (self->whole->how.filter() && !self->whole->how.filter()(below, e->entry.attrs)) {
            walk.skip();
            continue;
        }
        failure trouble;
        try {
            if (e->entry.attrs.is_directory()) {
                auto making_below = self->to.create_directories(joined(target, below));
                const bool made_below = co_await std::move(making_below);
                self->whole->result.directories += made_below ? 1 : 0;
            } else if (e->entry.attrs.is_regular()) {
                auto copying = copy_file(self, e->path, joined(target, below), e->entry.attrs);
                co_await std::move(copying);
            } else {
                trouble = failure(errc::invalid_argument, "not a regular file");
            }
        } catch (const error& failed) {
            if (self->whole->core().over() || self->to.handle()->core->over())
                throw;
            trouble = failure(failed.code(), failed.context());
        }
        if (trouble)
            self->whole->skip(e->path, std::move(trouble));
    }
}

} // namespace

awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how)
{
    auto all = std::make_shared<tree_copy>(from_session, to_session, std::move(how));
    std::vector<std::string> sources{from};
    if (all->whole->how.globs()) {
        auto expanding = expand_glob(from_session, from);
        outcome<std::vector<std::string>> found = co_await std::move(expanding);
        if (!found)
            co_return found.error();
        sources = std::move(*found);
        if (sources.empty())
            co_return fail(status::no_such_file, printable(from));
    }
    auto asking_there = all->to.is_directory(to);
    const bool is_directory = co_await std::move(asking_there);
    const bool into = to.ends_with('/') || is_directory;
    if (sources.size() > 1 && !into)
        co_return failure(status::not_a_directory, printable(to));
    for (const std::string& source : sources) {
        auto asking = all->from.stat(source);
        attributes known = co_await std::move(asking);
        const std::string target = into ? joined(to, last_part(source)) : to;
        if (known.is_directory() && !all->whole->how.is_recursive())
            co_return failure(errc::invalid_argument, printable(source) + " is a directory");
        auto copying = known.is_directory() ? tree_copy::copy_tree(all, source, target)
                                            : tree_copy::copy_file(all, source, target, known);
        co_await std::move(copying);
    }
    co_return std::move(all->whole->result);
}

} // namespace sshoal::sftp
