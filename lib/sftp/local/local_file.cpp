#include "sftp/local/local_file.hpp"

#include "sftp/local/deliver.hpp"

#include <fcntl.h>
#include <sys/uio.h>

#include <atomic>
#include <cstring>
#include <limits>
#include <mutex>

namespace sshoal::sftp::local {
namespace {

constexpr std::uint64_t end_of_numbers = std::uint64_t(std::numeric_limits<::off_t>::max());

struct buffer {
    explicit buffer(std::size_t n) : bytes(new std::byte[n]), size(n) {}
    std::unique_ptr<std::byte[]> bytes; // not filled with zeros
    std::size_t size;
};

/// What a job of the pool needs: it goes on when nobody waits for it any more, so it keeps the descriptor and its own buffer.
struct shared_file {
    shared_file(opened_file f) : file(std::move(f)) {}

    std::unique_ptr<buffer> take_buffer(std::size_t size)
    {
        std::unique_ptr<buffer> b;
        {
            const std::lock_guard hold(guard);
            b.swap(spare);
        }
        if (!b || b->size < size)
            b = std::make_unique<buffer>(size);
        return b;
    }
    void give_back(std::unique_ptr<buffer> b)
    {
        const std::lock_guard hold(guard);
        spare = std::move(b);
    }

    opened_file file;
    std::mutex guard;
    std::unique_ptr<buffer> spare;
};

using shared = std::shared_ptr<shared_file>;

/// Bytes moved, and errno where that was not all.
struct moved {
    std::size_t bytes = 0;
    int error = 0;
};

moved read_fully(int fd, std::uint64_t offset, std::byte* into, std::size_t size) noexcept
{
    moved m;
    while (m.bytes < size) {
        const ::ssize_t n = ::pread(fd, into + m.bytes, size - m.bytes, static_cast<::off_t>(offset + m.bytes));
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

moved write_fully(int fd, std::uint64_t offset, const std::byte* from, std::size_t size) noexcept
{
    moved m;
    while (m.bytes < size) {
        const ::ssize_t n = ::pwrite(fd, from + m.bytes, size - m.bytes, static_cast<::off_t>(offset + m.bytes));
        if (n >= 0)
            m.bytes += static_cast<std::size_t>(n);
        else if (errno != EINTR) {
            m.error = errno;
            break;
        }
    }
    return m;
}

outcome<std::size_t> result_of_read(const moved& m)
{
    if (m.bytes == 0 && m.error != 0)
        return fail_errno(m.error);
    return m.bytes;
}

outcome<void> result_of_write(const moved& m) { return m.error == 0 ? outcome<void>() : outcome<void>(fail_errno(m.error)); }

class local_file final : public open_file {
public:
    local_file(opened_file f, executor work, bool read_only)
        : file_(std::make_shared<shared_file>(std::move(f))), work_(std::move(work)), read_only_(read_only)
    {
    }

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override;
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override;
    awaitable<outcome<attributes>> stat() override;
    awaitable<outcome<void>> set_attributes(attributes a) override;
    awaitable<outcome<void>> sync() override
    {
        return run_on(work_, [f = file_] {
            return ::fsync(f->file.fd.get()) == 0 ? outcome<void>() : outcome<void>(fail_errno(errno));
        });
    }
    awaitable<outcome<file_system_info>> statvfs() override
    {
        return run_on(work_, [f = file_] { return information_about(f->file.fd.get()); });
    }
    awaitable<outcome<void>> close() override;

private:
    int fd() const noexcept { return file_->file.fd.get(); }
    bool in_memory() const noexcept { return file_->file.regular && file_->file.where == medium::memory; }
    moved read_cached(std::uint64_t offset, std::span<std::byte> into, bool& all);

    shared file_;
    executor work_;
    bool read_only_;
    bool reads_at_once_ = true, writes_at_once_ = true; ///< whether the file system knows RWF_NOWAIT
};

/// `all`: nothing more is to be had.
moved local_file::read_cached(std::uint64_t offset, std::span<std::byte> into, bool& all)
{
    all = false;
    if (!reads_at_once_ || !file_->file.regular)
        return {};
    ::iovec place{into.data(), into.size()};
    const ::ssize_t n = ::preadv2(fd(), &place, 1, static_cast<::off_t>(offset), RWF_NOWAIT);
    if (n < 0) {
        reads_at_once_ = errno == EAGAIN || errno == EINTR;
        return {};
    }
    const moved m{static_cast<std::size_t>(n), 0};
    all = m.bytes == into.size() || m.bytes == 0;
    if (!all) { // the end, or a page that is not there?
        struct ::stat what = {};
        all = ::fstat(fd(), &what) == 0 && static_cast<std::uint64_t>(what.st_size) <= offset + m.bytes;
    }
    return m;
}

/// In a job's own buffer, for the waiting coroutine and what it reads into may be gone when the disk has answered.
struct read_job {
    shared file;
    std::uint64_t offset;
    std::size_t size;

    struct result {
        moved m;
        std::unique_ptr<buffer> data;
    };
    result operator()() const
    {
        result r{{}, file->take_buffer(size)};
        r.m = read_fully(file->file.fd.get(), offset, r.data->bytes.get(), size);
        return r;
    }
};

awaitable<outcome<std::size_t>> read_in_pool(shared file, executor work, std::uint64_t offset, std::span<std::byte> into,
                                             std::size_t have)
{
    auto running = run_on(work, read_job{file, offset + have, into.size() - have});
    read_job::result r = co_await std::move(running);
    std::memcpy(into.data() + have, r.data->bytes.get(), r.m.bytes);
    file->give_back(std::move(r.data));
    r.m.bytes += have;
    co_return result_of_read(r.m);
}

awaitable<outcome<std::size_t>> local_file::read(std::uint64_t offset, std::span<std::byte> into)
{
    if (offset > end_of_numbers)
        return deliver(outcome<std::size_t>(fail_errno(EINVAL)));
    if (into.size() > end_of_numbers - offset)
        into = into.first(static_cast<std::size_t>(end_of_numbers - offset));
    if (into.empty())
        return deliver(outcome<std::size_t>(0));
    if (in_memory())
        return deliver(result_of_read(read_fully(fd(), offset, into.data(), into.size())));
    bool all = false;
    const moved m = read_cached(offset, into, all);
    if (all)
        return deliver(result_of_read(m));
    return read_in_pool(file_, work_, offset, into, m.bytes);
}

struct write_job {
    shared file;
    std::uint64_t offset;
    std::unique_ptr<buffer> data;
    std::size_t size;

    outcome<void> operator()()
    {
        const moved m = write_fully(file->file.fd.get(), offset, data->bytes.get(), size);
        file->give_back(std::move(data));
        return result_of_write(m);
    }
};

awaitable<outcome<void>> local_file::write(std::uint64_t offset, std::span<const std::byte> from)
{
    if (read_only_)
        return deliver(outcome<void>(fail(status::permission_denied)));
    if (offset > end_of_numbers || from.size() > end_of_numbers - offset)
        return deliver(outcome<void>(fail_errno(EFBIG)));
    if (from.empty())
        return deliver(outcome<void>());
    if (in_memory())
        return deliver(result_of_write(write_fully(fd(), offset, from.data(), from.size())));
    if (writes_at_once_ && file_->file.regular) {
        ::iovec place{const_cast<std::byte*>(from.data()), from.size()};
        const ::ssize_t n = ::pwritev2(fd(), &place, 1, static_cast<::off_t>(offset), RWF_NOWAIT);
        if (n < 0) {
            writes_at_once_ = errno == EAGAIN || errno == EINTR;
        } else {
            offset += static_cast<std::size_t>(n);
            from = from.subspan(static_cast<std::size_t>(n));
            if (from.empty())
                return deliver(outcome<void>());
        }
    }
    auto data = file_->take_buffer(from.size());
    std::memcpy(data->bytes.get(), from.data(), from.size());
    return run_on(work_, write_job{file_, offset, std::move(data), from.size()});
}

awaitable<outcome<attributes>> local_file::stat()
{
    const auto look = [f = file_] {
        auto a = attributes_of(f->file.fd.get());
        return a ? outcome<attributes>(std::move(*a)) : outcome<attributes>(fail_errno(errno));
    };
    if (file_->file.where == medium::network)
        return run_on(work_, look);
    return deliver(look());
}

awaitable<outcome<void>> local_file::set_attributes(attributes a)
{
    if (read_only_)
        return deliver(outcome<void>(fail(status::permission_denied)));
    if (in_memory() && !a.size) // giving pages back takes a while
        return deliver(apply_to_open(fd(), a));
    return run_on(work_, [f = file_, a = std::move(a)] { return apply_to_open(f->file.fd.get(), a); });
}

/// Where a job that was given up still uses the descriptor, it is the one to close it.
awaitable<outcome<void>> local_file::close()
{
    if (file_.use_count() > 1)
        return deliver(outcome<void>());
    const auto end = [f = file_] {
        return ::close(f->file.fd.release()) == 0 ? outcome<void>() : outcome<void>(fail_errno(errno));
    };
    if (in_memory() || (file_->file.regular && !file_->file.writable && file_->file.where != medium::network))
        return deliver(end());
    return run_on(work_, end);
}

} // namespace

std::shared_ptr<open_file> make_local_file(opened_file file, executor work, bool read_only)
{
    return std::make_shared<local_file>(std::move(file), std::move(work), read_only);
}

} // namespace sshoal::sftp::local
