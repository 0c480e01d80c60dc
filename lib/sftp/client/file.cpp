// The public handles of files and directories.

#include "sftp/client/file_state.hpp"

namespace sshoal::sftp {

file::file() noexcept = default;
file::file(std::shared_ptr<file_handle> h) noexcept : self_(std::move(h)) {}

namespace {

client_core& core_of_file(const std::shared_ptr<file_handle>& h) { return non_empty(h)->core(); }

} // namespace

awaitable<std::size_t> file::read_at(std::uint64_t offset, std::span<std::byte> into)
{
    return on_session(core_of_file(self_), file_handle::read_at(self_, offset, into));
}
awaitable<std::vector<std::vector<std::byte>>> file::read_ranges(std::vector<byte_range> ranges)
{
    return on_session(core_of_file(self_), read_ranges_of(self_, std::move(ranges)));
}
awaitable<void> file::write_at(std::uint64_t offset, std::span<const std::byte> from)
{
    return on_session(core_of_file(self_), file_handle::write_at(self_, offset, from));
}
awaitable<std::size_t> file::read_some(std::span<std::byte> into)
{
    return on_session(core_of_file(self_), file_handle::read_some(self_, into));
}
awaitable<std::size_t> file::read(std::span<std::byte> into)
{
    return on_session(core_of_file(self_), file_handle::read(self_, into));
}
awaitable<std::string> file::read_all(std::size_t most)
{
    return on_session(core_of_file(self_), file_handle::read_all(self_, most));
}
awaitable<void> file::write(std::span<const std::byte> from)
{
    return on_session(core_of_file(self_), file_handle::write(self_, from));
}
awaitable<void> file::write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
awaitable<void> file::flush() { return on_session(core_of_file(self_), file_handle::flush(self_)); }
void file::streaming(stream_options how) { non_empty(self_)->how = how; }
awaitable<std::uint64_t> file::seek(std::int64_t to, seek_from where)
{
    return on_session(core_of_file(self_), file_handle::seek(self_, to, where));
}
std::uint64_t file::position() const noexcept { return self_ ? self_->position : 0; }

awaitable<attributes> file::stat()
{
    const auto& h = non_empty(self_);
    return on_session(h->core(), attributes_of(h->remote));
}
awaitable<void> file::set_attributes(attributes a)
{
    const auto& h = non_empty(self_);
    return on_session(h->core(), set_attributes_of(h->remote, std::move(a)));
}
awaitable<void> file::truncate(std::uint64_t size) { return set_attributes(attributes().with_size(size)); }
awaitable<void> file::chmod(std::uint32_t permissions) { return set_attributes(attributes().with_permissions(permissions)); }
awaitable<void> file::chown(std::uint32_t uid, std::uint32_t gid) { return set_attributes(attributes().with_owner(uid, gid)); }
awaitable<void> file::utime(file_time access, file_time modification)
{
    return set_attributes(attributes().with_times(access, modification));
}
awaitable<void> file::sync()
{
    const auto& h = non_empty(self_);
    return on_session(h->core(), sync_file(h->remote));
}
awaitable<file_system_info> file::statvfs()
{
    const auto& h = non_empty(self_);
    return on_session(h->core(), statvfs_of(h->remote));
}
awaitable<std::pair<std::string, std::vector<std::byte>>> file::check(std::string algorithms, std::uint64_t offset,
                                                                      std::uint64_t length, std::uint32_t block)
{
    const auto& h = non_empty(self_);
    return on_session(h->core(), check_file(h->remote, std::move(algorithms), offset, length, block));
}
awaitable<void> file::close() { return on_session(core_of_file(self_), file_handle::close(self_)); }
const std::string& file::path() const noexcept
{
    static const std::string none;
    return self_ ? self_->remote->path : none;
}
executor file::get_executor() const noexcept { return self_ ? self_->core().strand() : executor(); }

// -- directories --------------------------------------------------------------------------------------------------------------

directory::directory() noexcept = default;
directory::directory(std::shared_ptr<directory_handle> h) noexcept : self_(std::move(h)) {}

awaitable<std::optional<directory_entry>> directory::next()
{
    return on_session(non_empty(self_)->remote->core(), directory_handle::next(self_));
}
awaitable<std::vector<directory_entry>> directory::next_batch()
{
    return on_session(non_empty(self_)->remote->core(), directory_handle::batch(self_));
}
awaitable<void> directory::close() { return on_session(non_empty(self_)->remote->core(), remote_handle::close(self_->remote)); }
const std::string& directory::path() const noexcept
{
    static const std::string none;
    return self_ ? self_->remote->path : none;
}
executor directory::get_executor() const noexcept { return self_ ? self_->remote->core().strand() : executor(); }

} // namespace sshoal::sftp
