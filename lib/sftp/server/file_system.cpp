// The members of a file system that a derived class does not define.

#include "sshoal/file_system.hpp"

#include <cerrno>

namespace sshoal::sftp {
namespace {

failure unsupported() { return fail(status::op_unsupported); }

} // namespace

awaitable<outcome<std::size_t>> open_file::read(std::uint64_t, std::span<std::byte>) { co_return unsupported(); }
awaitable<outcome<void>> open_file::write(std::uint64_t, std::span<const std::byte>) { co_return unsupported(); }
awaitable<outcome<std::size_t>> open_file::read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n)
{
    auto reading = read(offset, std::span(into.get(), n));
    outcome<std::size_t> got = co_await std::move(reading);
    co_return got;
}
awaitable<outcome<void>> open_file::write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n)
{
    auto writing = write(offset, std::span(from.get(), n));
    outcome<void> written = co_await std::move(writing);
    co_return written;
}
std::uint64_t open_file::next_data(std::uint64_t offset) noexcept { return offset; }
bool open_file::abandon(std::uint64_t) noexcept { return false; }
awaitable<outcome<attributes>> open_file::stat() { co_return unsupported(); }
awaitable<outcome<void>> open_file::set_attributes(attributes) { co_return unsupported(); }
awaitable<outcome<void>> open_file::sync() { co_return unsupported(); }
awaitable<outcome<file_system_info>> open_file::statvfs() { co_return unsupported(); }
awaitable<outcome<void>> open_file::close() { co_return outcome<void>(); }

awaitable<outcome<std::shared_ptr<open_file>>> file_system::open(std::string, open_mode, attributes) { co_return unsupported(); }
awaitable<outcome<std::shared_ptr<open_file>>> file_system::open_no_follow(std::string path, open_mode mode, attributes initial)
{
    auto looking = lstat(path);
    const outcome<attributes> there_is = co_await std::move(looking);
    if (there_is && there_is->is_symlink())
        co_return fail_errno(ELOOP);
    auto opening = open(std::move(path), mode, std::move(initial));
    outcome<std::shared_ptr<open_file>> opened = co_await std::move(opening);
    co_return opened;
}
awaitable<outcome<std::shared_ptr<directory_reader>>> file_system::open_directory(std::string) { co_return unsupported(); }
awaitable<outcome<attributes>> file_system::stat(std::string) { co_return unsupported(); }
awaitable<outcome<attributes>> file_system::lstat(std::string path) { return stat(std::move(path)); }
awaitable<outcome<void>> file_system::set_attributes(std::string, attributes) { co_return unsupported(); }
awaitable<outcome<void>> file_system::set_link_attributes(std::string, attributes) { co_return unsupported(); }
awaitable<outcome<void>> file_system::remove(std::string) { co_return unsupported(); }
awaitable<outcome<void>> file_system::make_directory(std::string, attributes) { co_return unsupported(); }
awaitable<outcome<void>> file_system::remove_directory(std::string) { co_return unsupported(); }
awaitable<outcome<void>> file_system::rename(std::string, std::string) { co_return unsupported(); }
awaitable<outcome<void>> file_system::replace(std::string, std::string) { co_return unsupported(); }
awaitable<outcome<void>> file_system::make_symlink(std::string, std::string) { co_return unsupported(); }
awaitable<outcome<void>> file_system::make_hard_link(std::string, std::string) { co_return unsupported(); }
awaitable<outcome<std::string>> file_system::read_link(std::string) { co_return unsupported(); }
awaitable<outcome<std::string>> file_system::real_path(std::string) { co_return unsupported(); }
awaitable<outcome<file_system_info>> file_system::statvfs(std::string) { co_return unsupported(); }
awaitable<outcome<std::string>> file_system::expand_path(std::string) { co_return unsupported(); }
awaitable<outcome<std::string>> file_system::home_directory(std::string) { co_return unsupported(); }
awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
file_system::names_of(std::vector<std::uint32_t>, std::vector<std::uint32_t>)
{
    co_return unsupported();
}
std::vector<std::string_view> file_system::extensions() const { return {}; }

} // namespace sshoal::sftp
