#include "sftp/client/remote_target.hpp"

#include "sftp/client/awaited_reply.hpp"
#include "sftp/client/name_beside.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

awaitable<failure> arrived(awaited_reply& reply, std::string what)
{
    while (!reply.done()) {
        const wake w = co_await reply.wait();
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    }
    co_return reply.refusal(what);
}

bool may_mean_it_exists(const failure& f)
{
    return f.code() == make_error_code(status::failure) || f.code() == make_error_code(status::file_already_exists);
}

} // namespace

remote_target::remote_target(session_ptr s, const transfer_options& how, std::string path)
    : session_(std::move(s))
    , path_(std::move(path))
    , name_(path_)
    , preserve_(how.preserves())
    , sparse_(how.is_sparse())
    , sync_(how.syncs())
    , beside_(how.is_by_rename() && how.if_exists() != existing::resume)
    , in_place_(how.is_in_place())
    , existing_(how.if_exists())
{
}

remote_target::~remote_target()
{
    if (complete_ || !may_be_there_ || !is_beside())
        return;
    handle_.reset(); // CLOSE comes first: some servers remove no file that is open
    tell_from_anywhere(session_, type::remove, name_);
}

awaitable<outcome<std::uint64_t>> remote_target::open(std::shared_ptr<remote_target> self, attributes source)
{
    const core_ptr core = self->session_->core;
    std::uint64_t present = 0;
    if (self->existing_ != existing::replace) {
        auto asking = attributes_of(core, type::stat, self->path_, self->path_);
        const outcome<attributes> there_is = co_await std::move(asking);
        if (there_is && self->existing_ != existing::resume)
            co_return failure(status::file_already_exists, printable(self->path_));
        if (there_is)
            present = there_is->size.value_or(0);
    }
    if (present > source.size.value_or(0))
        co_return failure(errc::invalid_argument,
                          "resume: " + printable(self->path_) + " is longer than what is to be put there");
    if (self->beside_)
        self->name_ = name_beside(self->path_);
    open_mode mode = open_mode::write | open_mode::create;
    mode = mode | (self->beside_ ? open_mode::exclusive : present > 0 || self->in_place_ ? open_mode::none : open_mode::truncate);
    attributes initial;
    initial.permissions = source.permissions.value_or(0644) & 0777;
    auto opening = open_file_at(core, self->name_, mode, initial);
    self->may_be_there_ = true; // also where the answer comes too late
    outcome<std::string> handle = co_await std::move(opening);
    if (!handle) {
        self->may_be_there_ = handle.error().code() == asio::error::operation_aborted;
        co_return handle.error();
    }
    self->handle_ = std::make_shared<remote_handle>(self->session_, std::move(*handle), self->path_);
    co_return present;
}

awaitable<outcome<void>> remote_target::write(std::shared_ptr<remote_target> self, std::uint64_t offset,
                                              std::shared_ptr<block> data, room_to_send* room)
{
    awaited_reply reply(self->handle_->core());
    if (failure f = reply.send_write(self->handle(), offset, std::move(data)))
        co_return f;
    if (room)
        room->leave();
    auto waiting = arrived(reply, "write " + printable(self->path_));
    const failure refused = co_await std::move(waiting);
    if (refused)
        co_return refused;
    co_return outcome<void>();
}

void remote_target::cut(std::uint64_t size) noexcept { cut_from_anywhere(session_, handle(), size); }

/// What follows the data is sent together and awaited one after another, so that no failure is lost.
awaitable<outcome<void>> remote_target::settle(attributes at_the_end)
{
    std::vector<std::pair<std::unique_ptr<awaited_reply>, const char*>> under_way;
    const auto send = [&](sftp_protocol::packet p, const char* what) {
        under_way.emplace_back(std::make_unique<awaited_reply>(*session_->core), what);
        return under_way.back().first->send(std::move(p), type::status);
    };
    failure trouble;
    if (at_the_end != attributes()) {
        sftp_protocol::packet p(type::fsetstat, 0);
        p.string(handle()).attrs(at_the_end);
        trouble = send(std::move(p), "set attributes of ");
    }
    if (sync_ && session_->core->supports(extension::fsync)) {
        sftp_protocol::packet p(type::extended, 0);
        p.string(extension::fsync).string(handle());
        trouble = send(std::move(p), "sync ");
    }
    for (auto& [reply, what] : under_way) {
        auto waiting = arrived(*reply, what + printable(path_));
        const failure f = co_await std::move(waiting);
        if (f && !trouble)
            trouble = f;
    }
    if (trouble)
        co_return trouble;
    co_return outcome<void>();
}

awaitable<outcome<void>> remote_target::finish(std::shared_ptr<remote_target> self, std::uint64_t size, attributes source)
{
    const core_ptr core = self->session_->core;
    attributes a;
    if (self->sparse_ || self->in_place_)
        a.size = size;
    if (self->preserve_) {
        a.permissions = source.permissions.value_or(0644) & 07777;
        a.atime = source.atime;
        a.mtime = source.mtime;
    }
    auto settling = self->settle(std::move(a));
    outcome<void> settled = co_await std::move(settling);
    outcome<void> closed = co_await remote_handle::close(self->handle_);
    if (!settled)
        co_return settled;
    if (closed && self->is_beside()) {
        auto renaming = core->supports(extension::posix_rename) ? replace_at(core, self->name_, self->path_)
                                                                : rename_at(core, self->name_, self->path_);
        closed = co_await std::move(renaming);
        if (!closed && !core->supports(extension::posix_rename) && may_mean_it_exists(closed.error())) {
            self->complete_ = true; // whatever comes now, the new one stays, if only under its other name
            auto removing = remove_at(core, type::remove, self->path_);
            const outcome<void> removed = co_await std::move(removing);
            if (!removed && removed.error().code().category() == make_error_code(status::failure).category())
                self->complete_ = false; // the server has said no: the old one is there
            if (removed) {
                auto again = rename_at(core, self->name_, self->path_);
                closed = co_await std::move(again);
            }
        }
    }
    self->complete_ = self->complete_ || closed;
    co_return closed;
}

} // namespace sshoal::sftp
