#include "sftp/client/tree_transfer.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

outcome<void> tree_transfer::take_failure(std::string name, failure f)
{
    if (single || whole->core().over() || f.code() == asio::error::operation_aborted)
        return f;
    whole->skip(std::move(name), std::move(f));
    return outcome<void>();
}

awaitable<outcome<void>> tree_transfer::one(std::shared_ptr<tree_transfer> self, file_mover move, file_task task,
                                            std::string name)
{
    auto moving = move(self->whole, std::move(task));
    outcome<void> moved = co_await std::move(moving);
    if (moved)
        co_return moved;
    co_return self->take_failure(std::move(name), moved.error());
}

awaitable<outcome<void>> tree_transfer::start(std::shared_ptr<tree_transfer> self, file_mover move, file_task task,
                                              std::string name)
{
    const std::size_t most = std::max<std::size_t>(self->whole->how.files_at_once(), 1);
    if (self->files->size() >= most || self->files->stopping()) {
        auto waiting = crew::wait(self->files, most - 1);
        outcome<void> fewer = co_await std::move(waiting);
        if (!fewer)
            co_return fewer;
    }
    self->files->start(one(self, move, std::move(task), std::move(name)));
    co_return outcome<void>();
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
