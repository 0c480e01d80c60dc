// From packets to work: checks each request, finds its handles, and decides about the order.

#include "sftp/server/session.hpp"

namespace sshoal::sftp {

using sftp_protocol::operation;

namespace {

constexpr std::size_t most_spare_work = 16;
constexpr std::uint64_t most_offset = std::uint64_t(INT64_MAX);

bool has_nul(const sftp_protocol::request& r) noexcept
{
    return r.path.find('\0') != std::string::npos || r.second_path.find('\0') != std::string::npos;
}

/// Returns: whether the request has sizes or offsets that no file can have. File systems never see these.
int impossible(const sftp_protocol::request& r) noexcept
{
    if (r.attrs.size && *r.attrs.size > most_offset)
        return EINVAL;
    switch (r.what) {
    case operation::read:
        return r.offset > most_offset ? EINVAL : 0;
    case operation::write:
        return r.offset > most_offset ? EINVAL : r.data.size() > most_offset - r.offset ? EFBIG : 0;
    case operation::copy_data:
    case operation::check_file_handle:
    case operation::check_file_name:
        if (r.offset > most_offset || r.length > most_offset - r.offset)
            return EINVAL;
        if (r.what == operation::copy_data && r.second_offset > most_offset)
            return EINVAL;
        return 0;
    default:
        return 0;
    }
}

enum class needs { nothing, file, directory, either, two_files };

needs needs_of(operation o) noexcept
{
    switch (o) {
    case operation::close:
        return needs::either;
    case operation::readdir:
        return needs::directory;
    case operation::read:
    case operation::write:
    case operation::fstat:
    case operation::fsetstat:
    case operation::fstatvfs:
    case operation::fsync:
    case operation::check_file_handle:
        return needs::file;
    case operation::copy_data:
        return needs::two_files;
    default:
        return needs::nothing;
    }
}

} // namespace

std::unique_ptr<session::work> session::spare_work()
{
    if (spare_.empty())
        return std::make_unique<work>();
    std::unique_ptr<work> w = std::move(spare_.back());
    spare_.pop_back();
    return w;
}

session::parsed session::parse()
{
    const result<std::optional<byte_view>> packet = input_->next();
    if (!packet) {
        stop(failure(packet.error(), "a packet of the client's"), false);
        return parsed::none;
    }
    if (!*packet) {
        input_dry_ = true;
        return parsed::none;
    }
    std::unique_ptr<work> w = spare_work();
    const sftp_protocol::decoded d = sftp_protocol::decode_request(**packet, w->r);
    if (w->r.what == operation::symlink && link_first_)
        std::swap(w->r.path, w->r.second_path);
    const sftp_protocol::request& r = w->r;
    if (!greeted_ || r.what == operation::init) {
        if (greeted_ || r.what != operation::init || !d.well_formed)
            stop(failure(errc::unexpected_message,
                         greeted_ ? "INIT for the second time" : name_of(r.packet_type) + " where INIT belongs"),
                 false);
        else
            output_.append(allowed_.version());
        greeted_ = true;
    } else if (!d.has_id) {
        stop(failure(errc::malformed_message, name_of(r.packet_type) + " without a number"), false);
    } else if (!d.well_formed) {
        reply_.status_of(r.id, status::bad_message);
    } else if (r.what == operation::unknown) {
        reply_.status_of(r.id, status::op_unsupported);
    } else {
        admit(std::move(w));
        return parsed::one;
    }
    spare_.push_back(std::move(w));
    return over_ ? parsed::none : parsed::one;
}

void session::admit(std::unique_ptr<work> w)
{
    const sftp_protocol::request& r = w->r;
    const bool resolved = resolve(*w);
    if (logs(log_level::debug))
        note_request(*w);
    failure refused;
    if (!allowed_.allows(r))
        refused = fail(status::permission_denied);
    else if (!resolved)
        refused = fail(status::failure, "invalid handle");
    else if (has_nul(r))
        refused = fail(status::no_such_file);
    else if (const int e = impossible(r); e != 0)
        refused = fail_errno(e);
    if (refused) {
        reply_.failed(r.id, refused);
        w->handle = w->second = nullptr;
        spare_.push_back(std::move(w));
        return;
    }
    if (r.what == operation::write)
        w->data = input_;
    w->touches = footprint_of(r, w->handle.get(), w->second.get());
    w->running = false;
    active_.push_back(std::move(w));
    ++waiting_;
}

bool session::resolve(work& w)
{
    const auto file = [&](byte_view name) {
        auto h = handles_.find(name);
        return h && h->file ? h : nullptr;
    };
    switch (needs_of(w.r.what)) {
    case needs::nothing:
        return true;
    case needs::either:
        return (w.handle = handles_.find(w.r.handle)) != nullptr;
    case needs::file:
        return (w.handle = file(w.r.handle)) != nullptr;
    case needs::directory:
        w.handle = handles_.find(w.r.handle);
        return w.handle && w.handle->directory;
    case needs::two_files:
        w.handle = file(w.r.handle);
        w.second = file(w.r.second_handle);
        return w.handle && w.second;
    }
    return false;
}

session::work* session::startable() noexcept
{
    if (waiting_ == 0)
        return nullptr;
    for (std::size_t i = 0; i < active_.size(); ++i) {
        if (active_[i]->running)
            continue;
        bool free = true;
        for (std::size_t j = 0; j < i && free; ++j)
            free = !conflict(active_[j]->touches, active_[i]->touches);
        if (free) {
            active_[i]->running = true;
            --waiting_;
            return active_[i].get();
        }
    }
    return nullptr;
}

void session::finished(work& w) noexcept
{
    w.handle = w.second = nullptr;
    w.data = nullptr;
    w.touches = footprint();
    for (std::size_t i = 0; i < active_.size(); ++i)
        if (active_[i].get() == &w) {
            std::unique_ptr<work> done = std::move(active_[i]);
            active_.erase(active_.begin() + std::ptrdiff_t(i));
            if (spare_.size() < most_spare_work)
                spare_.push_back(std::move(done));
            return;
        }
}

awaitable<void> session::start(work& w)
{
    const std::uint32_t id = w.r.id;
    if (w.handle && (w.handle->closed || (w.second && w.second->closed)))
        return refuse(id, fail(status::failure, "invalid handle"));
    switch (w.r.what) {
    case operation::read:
        return read(w);
    case operation::write:
        return write(w);
    case operation::open:
        return open(w);
    case operation::close:
        return close(w);
    case operation::opendir:
        return open_directory(w);
    case operation::readdir:
        return read_directory(w);
    case operation::fstat:
        return answer(id, w.handle->file->stat());
    case operation::fsetstat:
        return answer(id, w.handle->file->set_attributes(w.r.attrs));
    case operation::fsync:
        return answer(id, w.handle->file->sync());
    case operation::fstatvfs:
        return answer(id, w.handle->file->statvfs());
    case operation::copy_data:
        return copy_data(w);
    case operation::check_file_handle:
    case operation::check_file_name:
        return check_file(w);
    default:
        return start_path(w);
    }
}

} // namespace sshoal::sftp
