// Directories that are being read: one READDIR is under way while entries are taken.

#include "base/access.hpp"
#include "sftp/client/file_state.hpp"

#include <boost/asio/error.hpp>

#include <iterator>

namespace sshoal::sftp {

using sftp_protocol::type;

awaitable<outcome<directory>> directory_handle::open(session_ptr session, std::string path)
{
    auto opening = open_directory_at(session->core, session->core->resolve(path));
    outcome<std::string> text = co_await std::move(opening);
    if (!text)
        co_return text.error();
    auto remote = std::make_shared<remote_handle>(std::move(session), std::move(*text), std::move(path));
    auto handle = std::make_shared<directory_handle>(std::move(remote));
    if (failure f = handle->ask())
        co_return f;
    co_return detail::access::make<directory>(std::move(handle));
}

failure directory_handle::ask()
{
    under_way_ = std::make_unique<awaited_reply>(remote->core());
    sftp_protocol::packet request(type::readdir, 0);
    request.string(remote->text());
    return under_way_->send(std::move(request), type::name);
}

awaitable<outcome<std::vector<directory_entry>>> directory_handle::batch(std::shared_ptr<directory_handle> self)
{
    if (self->taken_ < self->come_.size()) { // begun with next()
        std::vector<directory_entry> rest(std::move_iterator(self->come_.begin() + std::ptrdiff_t(self->taken_)),
                                          std::move_iterator(self->come_.end()));
        self->come_.clear();
        self->taken_ = 0;
        co_return rest;
    }
    while (!self->ended_) {
        if (failure f = self->remote->usable())
            co_return f;
        awaited_reply& reply = *self->under_way_;
        while (!reply.done()) {
            const wake w = co_await reply.wait();
            if (w == wake::cancelled)
                co_return failure(error_code(boost::asio::error::operation_aborted));
        }
        if (const failure f = reply.refusal("read directory " + printable(self->remote->path))) {
            self->ended_ = true;
            if (f.code() == make_error_code(status::eof))
                break;
            co_return f;
        }
        outcome<std::vector<directory_entry>> names = entries_in(reply.body());
        if (!names || names->empty()) { // some servers end a directory with an empty NAME, as later versions of SFTP do
            self->ended_ = true;
            co_return names;
        }
        if (failure f = self->ask())
            co_return f;
        std::erase_if(*names, [](const directory_entry& e) { return e.name == "." || e.name == ".."; });
        if (!names->empty())
            co_return std::move(*names);
    }
    co_return std::vector<directory_entry>();
}

awaitable<outcome<std::optional<directory_entry>>> directory_handle::next(std::shared_ptr<directory_handle> self)
{
    if (self->taken_ == self->come_.size()) {
        outcome<std::vector<directory_entry>> more = co_await batch(self);
        if (!more)
            co_return more.error();
        self->come_ = std::move(*more);
        self->taken_ = 0;
    }
    if (self->come_.empty())
        co_return std::optional<directory_entry>();
    co_return std::optional<directory_entry>(std::move(self->come_[self->taken_++]));
}

awaitable<outcome<std::vector<directory_entry>>> directory_handle::rest(std::shared_ptr<directory_handle> self)
{
    const std::size_t most = self->remote->core().options().max_entries();
    std::vector<directory_entry> all;
    for (;;) {
        outcome<std::vector<directory_entry>> some = co_await batch(self);
        if (!some)
            co_return some.error();
        if (some->empty())
            co_return all;
        if (some->size() > most - all.size())
            co_return failure(errc::capture_limit,
                              "more than " + std::to_string(most) + " entries in " + printable(self->remote->path));
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
}

awaitable<outcome<void>> directory_handle::keep_rest(std::shared_ptr<directory_handle> self)
{
    auto gathering = rest(self);
    outcome<std::vector<directory_entry>> left = co_await std::move(gathering);
    if (!left)
        co_return left.error();
    self->come_ = std::move(*left);
    self->taken_ = 0;
    outcome<void> closed;
    if (!self->remote->usable())
        closed = co_await remote_handle::close(self->remote);
    co_return closed;
}

} // namespace sshoal::sftp
