#include "sftp/client/tree_transfer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::sftp {

outcome<void> tree_transfer::take_failure(std::string name, failure f)
{
    if (single || whole->core().over() || f.code() == asio::error::operation_aborted)
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
    co_return self->take_failure(std::move(name), moved.error());
}

handle_room tree_transfer::when_files_are_closed()
{
    return [files = files_] { return crew::wait(files); };
}

awaitable<outcome<void>> tree_transfer::one_by_one(std::shared_ptr<tree_transfer> self)
{
    outcome<void> all;
    for (std::size_t i = 0; i < self->postponed_.size() && all; ++i) {
        auto& [task, name] = self->postponed_[i];
        self->files_->start(one(self, std::move(task), std::move(name), attempt::last));
        auto waiting = crew::wait(self->files_);
        all = co_await std::move(waiting);
    }
    co_return all;
}

awaitable<outcome<void>> tree_transfer::start(std::shared_ptr<tree_transfer> self, file_task task, std::string name)
{
    const std::size_t most = std::max<std::size_t>(std::min(self->whole->how.files_at_once(), self->most_files_), 1);
    if (self->files_->size() >= most || self->files_->stopping()) {
        auto waiting = crew::wait(self->files_, most - 1);
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
    } catch (...) {
        thrown = std::current_exception();
        trouble = failure(error_code(asio::error::operation_aborted));
    }
    if (trouble)
        self->files_->stop(trouble);
    co_await asio::this_coro::throw_if_cancelled(false); // it may be cancelled already, and still has to wait
    auto waiting = crew::wait(self->files_);
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

awaitable<outcome<std::vector<std::string>>> sources_at(session_ptr session, std::string path, bool glob)
{
    std::vector<std::string> sources{session->core->resolve(path)};
    if (!glob)
        co_return sources;
    auto expanding = expand_glob(session, sources.front());
    outcome<std::vector<std::string>> found = co_await std::move(expanding);
    if (found && found->empty())
        co_return fail(status::no_such_file, printable(path));
    co_return found;
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
