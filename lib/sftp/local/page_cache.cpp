#include "sftp/local/page_cache.hpp"

#include <sys/uio.h>

namespace sshoal::sftp::local {

moved read_fully(int fd, std::uint64_t offset, std::span<std::byte> into) noexcept
{
    moved m;
    while (m.bytes < into.size()) {
        const ::ssize_t n
            = ::pread(fd, into.data() + m.bytes, into.size() - m.bytes, static_cast<::off_t>(offset + m.bytes));
        if (n > 0)
            m.bytes += static_cast<std::size_t>(n);
        else if (n == 0)
            break;
        else if (errno != EINTR) {
            m.error = errno;
            break;
        }
    }
    return m;
}

moved write_fully(int fd, std::uint64_t offset, byte_view from) noexcept
{
    moved m;
    while (m.bytes < from.size()) {
        const ::ssize_t n
            = ::pwrite(fd, from.data() + m.bytes, from.size() - m.bytes, static_cast<::off_t>(offset + m.bytes));
        if (n >= 0)
            m.bytes += static_cast<std::size_t>(n);
        else if (errno != EINTR) {
            m.error = errno;
            break;
        }
    }
    return m;
}

moved page_cache::read(int fd, std::uint64_t offset, std::span<std::byte> into, bool& all) noexcept
{
    all = in_memory_;
    if (in_memory_)
        return read_fully(fd, offset, into);
    if (!reads_)
        return {};
    ::iovec place{into.data(), into.size()};
    const ::ssize_t n = ::preadv2(fd, &place, 1, static_cast<::off_t>(offset), RWF_NOWAIT);
    if (n < 0) {
        reads_ = errno == EAGAIN || errno == EINTR;
        return {};
    }
    const moved m{static_cast<std::size_t>(n), 0};
    all = m.bytes == into.size();
    if (!all) { // some kernels return 0 at the end and for a page that is not cached
        struct ::stat what = {};
        all = ::fstat(fd, &what) == 0 && static_cast<std::uint64_t>(what.st_size) <= offset + m.bytes;
    }
    return m;
}

moved page_cache::write(int fd, std::uint64_t offset, byte_view from, bool& all) noexcept
{
    all = in_memory_;
    if (in_memory_)
        return write_fully(fd, offset, from);
    if (!writes_)
        return {};
    ::iovec place{const_cast<std::byte*>(from.data()), from.size()};
    const ::ssize_t n = ::pwritev2(fd, &place, 1, static_cast<::off_t>(offset), RWF_NOWAIT);
    if (n < 0) {
        writes_ = errno == EAGAIN || errno == EINTR;
        return {};
    }
    all = static_cast<std::size_t>(n) == from.size();
    return moved{static_cast<std::size_t>(n), 0};
}

} // namespace sshoal::sftp::local
