#include "sftp/local/local_file.hpp"

#include "sftp/local/deliver.hpp"
#include "sftp/local/page_cache.hpp"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>

namespace sshoal::sftp::local {
namespace {

constexpr std::uint64_t end_of_numbers = std::uint64_t(std::numeric_limits<::off_t>::max());

/// The part of an open file that jobs of the pool share. A job goes on when the coroutine that waits for it is gone, so it keeps
/// the descriptor and its buffer.
class shared_file {
public:
    shared_file(std::shared_ptr<tree> t, opened_file f, std::string path, std::shared_ptr<buffers> m)
        : files(std::move(t)), file(std::move(f)), memory(std::move(m)), made_(std::move(path))
    {
    }
    shared_file(const shared_file&) = delete;
    ~shared_file()
    {
        if (good_ != complete)
            undo();
    }
    int fd() const noexcept { return file.fd.get(); }
    void abandon(std::uint64_t good) noexcept { good_ = good; }

    const std::shared_ptr<tree> files;
    opened_file file;
    const std::shared_ptr<buffers> memory;

private:
    static constexpr std::uint64_t complete = std::numeric_limits<std::uint64_t>::max();

    /// No job writes any more. Failures are ignored, since the failure of the transfer is reported.
    void undo() noexcept
    {
        if (!made_.empty()) {
            remove();
            return;
        }
        struct ::stat now = {};
        if (file.regular && ::fstat(fd(), &now) == 0 && std::uint64_t(now.st_size) > good_
            && ::ftruncate(fd(), static_cast<::off_t>(good_)) != 0)
            errno = 0;
    }

    void remove() noexcept
    {
        try {
            if (const place at = files->space().place_of(made_))
                (void)files->remove(at);
        } catch (const std::bad_alloc&) { // the file stays
        }
    }

    const std::string made_;
    std::atomic<std::uint64_t> good_ = complete;
};

using shared = std::shared_ptr<shared_file>;

outcome<std::size_t> result_of_read(const moved& m)
{
    if (m.bytes == 0 && m.error != 0)
        return fail_errno(m.error);
    return m.bytes;
}

outcome<void> result_of_write(const moved& m) { return m.error == 0 ? outcome<void>() : outcome<void>(fail_errno(m.error)); }

class local_file final : public open_file {
public:
    local_file(shared f, executor work)
        : file_(std::move(f))
        , work_(std::move(work))
        , at_once_(file_->file.regular, file_->file.where)
        , read_only_(file_->files->is_read_only())
    {
    }

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override;
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override;
    awaitable<outcome<std::size_t>> read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n) override;
    awaitable<outcome<void>> write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n) override;
    std::uint64_t next_data(std::uint64_t offset) noexcept override;
    bool abandon(std::uint64_t good) noexcept override
    {
        file_->abandon(good);
        return true;
    }
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
    int fd() const noexcept { return file_->fd(); }
    std::optional<outcome<std::size_t>> read_at_once(std::uint64_t offset, std::span<std::byte>& into, std::size_t& have);
    std::optional<outcome<void>> write_at_once(std::uint64_t& offset, std::span<const std::byte>& from);

    shared file_;
    executor work_;
    page_cache at_once_;
    bool read_only_;
};

/// Reads into a buffer of the job, since the waiting coroutine and its buffer may be gone when the disk has answered.
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
        result r{{}, file->memory->take(size)};
        r.m = read_fully(file->file.fd.get(), offset, std::span(r.data->bytes.get(), size));
        return r;
    }
};

awaitable<outcome<std::size_t>> read_in_pool(shared file, executor work, std::uint64_t offset, std::span<std::byte> into,
                                             std::size_t have)
{
    auto running = run_on(work, read_job{file, offset + have, into.size() - have});
    read_job::result r = co_await std::move(running);
    std::memcpy(into.data() + have, r.data->bytes.get(), r.m.bytes);
    file->memory->give_back(std::move(r.data));
    r.m.bytes += have;
    co_return result_of_read(r.m);
}

/// Returns: nothing if the rest of `into`, behind `have` bytes, must be waited for.
std::optional<outcome<std::size_t>> local_file::read_at_once(std::uint64_t offset, std::span<std::byte>& into, std::size_t& have)
{
    if (offset > end_of_numbers)
        return outcome<std::size_t>(fail_errno(EINVAL));
    if (into.size() > end_of_numbers - offset)
        into = into.first(static_cast<std::size_t>(end_of_numbers - offset));
    if (into.empty())
        return outcome<std::size_t>(0);
    bool all = false;
    const moved m = at_once_.read(fd(), offset, into, all);
    if (all)
        return result_of_read(m);
    have = m.bytes;
    return std::nullopt;
}

awaitable<outcome<std::size_t>> local_file::read(std::uint64_t offset, std::span<std::byte> into)
{
    std::size_t have = 0;
    if (auto now = read_at_once(offset, into, have))
        return deliver(std::move(*now));
    return read_in_pool(file_, work_, offset, into, have);
}

/// Reads into a buffer that the job shares with the caller.
struct shared_read_job {
    shared file;
    std::uint64_t offset;
    std::shared_ptr<std::byte> into;
    std::size_t size, have;

    outcome<std::size_t> operator()() const
    {
        moved m = read_fully(file->fd(), offset + have, std::span(into.get() + have, size - have));
        m.bytes += have;
        return result_of_read(m);
    }
};

awaitable<outcome<std::size_t>> local_file::read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n)
{
    std::span<std::byte> all(into.get(), n);
    std::size_t have = 0;
    if (auto now = read_at_once(offset, all, have))
        return deliver(std::move(*now));
    return run_on(work_, shared_read_job{file_, offset, std::move(into), all.size(), have});
}

struct write_job {
    shared file;
    std::uint64_t offset;
    std::unique_ptr<buffer> data;
    std::size_t size;

    outcome<void> operator()()
    {
        const moved m = write_fully(file->file.fd.get(), offset, byte_view(data->bytes.get(), size));
        file->memory->give_back(std::move(data));
        return result_of_write(m);
    }
};

/// Returns: nothing if a rest must be waited for; `offset` and `from` are those of the rest then.
std::optional<outcome<void>> local_file::write_at_once(std::uint64_t& offset, std::span<const std::byte>& from)
{
    if (read_only_)
        return outcome<void>(fail(status::permission_denied));
    if (offset > end_of_numbers || from.size() > end_of_numbers - offset)
        return outcome<void>(fail_errno(EFBIG));
    if (from.empty())
        return outcome<void>();
    bool all = false;
    const moved m = at_once_.write(fd(), offset, from, all);
    if (all)
        return result_of_write(m);
    offset += m.bytes;
    from = from.subspan(m.bytes);
    return std::nullopt;
}

awaitable<outcome<void>> local_file::write(std::uint64_t offset, std::span<const std::byte> from)
{
    if (auto now = write_at_once(offset, from))
        return deliver(std::move(*now));
    auto data = file_->memory->take(from.size());
    std::memcpy(data->bytes.get(), from.data(), from.size());
    return run_on(work_, write_job{file_, offset, std::move(data), from.size()});
}

/// Writes from a buffer that the job shares with the caller.
struct shared_write_job {
    shared file;
    std::uint64_t offset;
    std::shared_ptr<const std::byte> owner;
    byte_view from;

    outcome<void> operator()() const { return result_of_write(write_fully(file->fd(), offset, from)); }
};

awaitable<outcome<void>> local_file::write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n)
{
    std::span<const std::byte> rest(from.get(), n);
    if (auto now = write_at_once(offset, rest))
        return deliver(std::move(*now));
    return run_on(work_, shared_write_job{file_, offset, std::move(from), rest});
}

std::uint64_t local_file::next_data(std::uint64_t offset) noexcept
{
    if (offset > end_of_numbers)
        return offset;
    if (const ::off_t at = ::lseek(fd(), static_cast<::off_t>(offset), SEEK_DATA); at >= 0)
        return std::uint64_t(at);
    const ::off_t end = errno == ENXIO ? ::lseek(fd(), 0, SEEK_END) : -1;
    return end >= 0 ? std::max(offset, std::uint64_t(end)) : offset;
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
    if (at_once_.is_memory() && !a.size) // cutting a file may free many pages, which takes time
        return deliver(apply_to_open(fd(), a));
    return run_on(work_, [f = file_, a = std::move(a)] { return apply_to_open(f->file.fd.get(), a); });
}

/// If a job that was given up still uses the descriptor, that job closes it.
awaitable<outcome<void>> local_file::close()
{
    if (file_.use_count() > 1)
        return deliver(outcome<void>());
    const auto end = [f = file_] {
        const bool closed = ::close(f->file.fd.release()) == 0 || errno == EINTR; // Linux closes the file all the same
        return closed ? outcome<void>() : outcome<void>(fail_errno(errno));
    };
    if (at_once_.is_memory() || (file_->file.regular && !file_->file.writable && file_->file.where != medium::network))
        return deliver(end());
    return run_on(work_, end);
}

} // namespace

std::shared_ptr<open_file> make_local_file(std::shared_ptr<tree> files, opened_file file, std::string made, executor work,
                                           std::shared_ptr<buffers> memory)
{
    auto all = std::make_shared<shared_file>(std::move(files), std::move(file), std::move(made), std::move(memory));
    return std::make_shared<local_file>(std::move(all), std::move(work));
}

} // namespace sshoal::sftp::local
