#include "sftp/client/remote_target.hpp"

#include "sftp/client/awaited_reply.hpp"
#include "sftp/client/temporary_name.hpp"

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

std::optional<std::uint64_t> size_in(const bytes& attrs_body)
{
    wire::reader in(attrs_body);
    const attributes a = sftp_protocol::decode_attributes(in);
    return in.ok() ? a.size : std::nullopt;
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
    handle_.reset(); // sends CLOSE first, since some servers do not remove open files
    post_request(session_, type::remove, name_);
}

/// Looks at a target that may exist. Returns: the size of the part that is to be kept.
awaitable<outcome<std::uint64_t>> remote_target::look_before()
{
    auto asking = attributes_of(session_->core, type::stat, path_, path_);
    const outcome<attributes> there_is = co_await std::move(asking);
    if (there_is)
        before_ = there_is->size;
    else if (is_missing(there_is.error()))
        before_ = 0;
    else if (session_->core->over() || there_is.error().code() == asio::error::operation_aborted)
        co_return there_is.error();
    if (existing_ == existing::replace)
        co_return std::uint64_t(0);
    if (existing_ != existing::resume) {
        if (there_is)
            co_return failure(status::file_already_exists, printable(path_));
        exclusive_ = !is_missing(there_is.error()); // the file may exist, so OPEN must find out
        co_return std::uint64_t(0);
    }
    if (!before_) {
        const std::string why = there_is ? std::string("the server does not tell its size") : there_is.error().message();
        co_return failure(errc::invalid_argument, "Unable to resume upload of " + printable(path_) + ": " + why);
    }
    co_return *before_;
}

awaitable<outcome<std::uint64_t>> remote_target::open(std::shared_ptr<remote_target> self, attributes source)
{
    const core_ptr core = self->session_->core;
    std::uint64_t present = 0;
    if (self->existing_ != existing::replace) {
        auto looking = self->look_before();
        const outcome<std::uint64_t> found = co_await std::move(looking);
        if (!found)
            co_return found.error();
        present = *found;
    }
    if (present > source.size.value_or(0))
        co_return failure(errc::invalid_argument,
                          "Unable to resume upload of " + printable(self->path_) + ": it is longer than what is to be put there");
    if (self->beside_)
        self->name_ = temporary_name(self->path_);
    // The older size decides whether the file must be cut at the end. STAT is sent in front of OPEN, so that it costs no time.
    std::unique_ptr<awaited_reply> before;
    if (self->in_place_ && !self->beside_ && self->existing_ == existing::replace) {
        before = std::make_unique<awaited_reply>(*core);
        sftp_protocol::packet p(type::stat, 0, 16 + self->path_.size());
        p.string(self->path_);
        if (failure f = before->send(std::move(p), type::attrs))
            co_return f;
    }
    open_mode mode = open_mode::write | open_mode::create;
    mode = mode
           | (self->beside_ || self->exclusive_        ? open_mode::exclusive
              : present > 0 || self->in_place_ ? open_mode::none
                                               : open_mode::truncate);
    attributes initial;
    initial.permissions = source.permissions.value_or(0644) & 0777;
    auto opening = open_file_at(core, self->name_, mode, initial);
    self->may_be_there_ = true; // also if the answer comes too late
    outcome<std::string> handle = co_await std::move(opening);
    if (!handle) {
        self->may_be_there_ = handle.error().code() == asio::error::operation_aborted;
        co_return handle.error();
    }
    self->handle_ = std::make_shared<remote_handle>(self->session_, std::move(*handle), self->path_);
    if (before) {
        auto waiting = arrived(*before, "stat " + printable(self->path_));
        const failure unknown = co_await std::move(waiting);
        if (core->over() || unknown.code() == asio::error::operation_aborted)
            co_return unknown;
        if (is_missing(unknown))
            self->before_ = 0;
        else if (!unknown)
            self->before_ = size_in(before->body());
    }
    co_return present;
}

awaitable<outcome<void>> remote_target::write(std::shared_ptr<remote_target> self, std::uint64_t offset,
                                              std::shared_ptr<block> data)
{
    awaited_reply reply(self->handle_->core());
    if (failure f = reply.send_write(self->handle(), offset, std::move(data)))
        co_return f;
    auto waiting = arrived(reply, "write " + printable(self->path_));
    const failure refused = co_await std::move(waiting);
    if (refused)
        co_return refused;
    co_return outcome<void>();
}

void remote_target::cut(std::uint64_t size) noexcept { post_truncation(session_, handle(), size); }

/// The requests that follow the data are sent together and awaited one after another, so that no refusal is lost.
awaitable<outcome<void>> remote_target::settle(attributes at_the_end)
{
    const auto send = [&](sftp_protocol::packet p) {
        auto reply = std::make_unique<awaited_reply>(*session_->core);
        (void)reply->send(std::move(p), type::status); // refusal() reports a request that could not be sent
        return reply;
    };
    std::vector<std::pair<std::unique_ptr<awaited_reply>, const char*>> under_way;
    if (at_the_end != attributes()) {
        sftp_protocol::packet p(type::fsetstat, 0);
        p.string(handle()).attrs(at_the_end);
        under_way.emplace_back(send(std::move(p)), "fsetstat");
    }
    if (sync_ && session_->core->supports(extension::fsync)) {
        sftp_protocol::packet p(type::extended, 0);
        p.string(extension::fsync).string(handle());
        under_way.emplace_back(send(std::move(p)), "fsync");
    }
    for (auto& [reply, what] : under_way) {
        auto waiting = arrived(*reply, what + (' ' + printable(path_)));
        failure f = co_await std::move(waiting);
        if (f && (session_->core->over() || f.code() == asio::error::operation_aborted))
            co_return f;
        if (f)
            notes_.emplace_back(what, std::move(f));
    }
    co_return outcome<void>();
}

/// Cuts off older contents behind the end, or makes a hole at the end. If the server refuses that, the size is requested, and a
/// hole is made by writing its last byte.
awaitable<outcome<void>> remote_target::set_size(std::uint64_t size)
{
    const core_ptr core = session_->core;
    auto setting = set_attributes_of(core, type::fsetstat, handle(), attributes().with_size(size), path_);
    outcome<void> set = co_await std::move(setting);
    if (set || core->over() || set.error().code() == asio::error::operation_aborted)
        co_return set;
    auto asking = attributes_of(core, type::fstat, handle(), path_);
    const outcome<attributes> now = co_await std::move(asking);
    if (!now || !now->size || *now->size > size)
        co_return set;
    if (*now->size == size)
        co_return outcome<void>();
    awaited_reply reply(*core);
    static constexpr std::byte zero[1] = {};
    if (failure f = reply.send_write(handle(), size - 1, byte_view(zero)))
        co_return f;
    auto waiting = arrived(reply, "write " + printable(path_));
    const failure refused = co_await std::move(waiting);
    if (refused)
        co_return refused;
    co_return outcome<void>();
}

/// Gives the complete file its final name.
awaitable<outcome<void>> remote_target::give_name()
{
    const core_ptr core = session_->core;
    auto renaming = core->supports(extension::posix_rename) ? replace_at(core, name_, path_) : rename_at(core, name_, path_);
    outcome<void> named = co_await std::move(renaming);
    if (!named && !core->supports(extension::posix_rename) && may_mean_it_exists(named.error())) {
        complete_ = true; // from now on the new file stays, if only under its temporary name
        auto removing = remove_at(core, type::remove, path_);
        const outcome<void> removed = co_await std::move(removing);
        if (!removed && removed.error().code().category() == make_error_code(status::failure).category())
            complete_ = false; // the server has refused, so the old file is still there
        if (removed) {
            auto again = rename_at(core, name_, path_);
            named = co_await std::move(again);
        }
    }
    co_return named;
}

awaitable<outcome<void>> remote_target::finish(std::shared_ptr<remote_target> self, std::uint64_t size, attributes source)
{
    outcome<void> settled;
    const bool was_longer = self->in_place_ && !self->is_beside() && self->before_.value_or(UINT64_MAX) > size;
    if (self->sparse_ || was_longer) {
        auto setting = self->set_size(size);
        settled = co_await std::move(setting);
    }
    attributes a;
    if (self->preserve_) {
        a.permissions = source.permissions.value_or(0644) & 07777;
        a.atime = source.atime;
        a.mtime = source.mtime;
    }
    if (settled) {
        auto settling = self->settle(std::move(a));
        settled = co_await std::move(settling);
    }
    outcome<void> closed = co_await remote_handle::close(self->handle_);
    if (!settled)
        co_return settled;
    if (closed && self->is_beside()) {
        auto naming = self->give_name();
        closed = co_await std::move(naming);
    }
    self->complete_ = self->complete_ || closed;
    co_return closed;
}

} // namespace sshoal::sftp
