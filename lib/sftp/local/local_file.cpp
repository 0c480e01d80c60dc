#include "sftp/local/local_file.hpp"

#include "sftp/local/deliver.hpp"
#include "sftp/local/page_cache.hpp"

#include <fcntl.h>

#include <cstring>
#include <limits>

namespace sshoal::sftp::local {
namespace {

constexpr std::uint64_t end_of_numbers = std::uint64_t(std::numeric_limits<::off_t>::max());

/// What a job of the pool needs: it goes on when nobody waits for it any more, so it keeps the descriptor and its own buffer.
struct shared_file {
    opened_file file;
    std::shared_ptr<buffers> memory;
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
    local_file(opened_file f, executor work, std::shared_ptr<buffers> memory, bool read_only)
        : file_(std::make_shared<shared_file>(shared_file{std::move(f), std::move(memory)}))
        , work_(std::move(work))
        , at_once_(file_->file.regular, file_->file.where)
        , read_only_(read_only)
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

    shared file_;
    executor work_;
    page_cache at_once_;
    bool read_only_;
};

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

awaitable<outcome<std::size_t>> local_file::read(std::uint64_t offset, std::span<std::byte> into)
{
    if (offset > end_of_numbers)
        return deliver(outcome<std::size_t>(fail_errno(EINVAL)));
    if (into.size() > end_of_numbers - offset)
        into = into.first(static_cast<std::size_t>(end_of_numbers - offset));
    if (into.empty())
        return deliver(outcome<std::size_t>(0));
    bool all = false;
    const moved m = at_once_.read(fd(), offset, into, all);
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
        const moved m = write_fully(file->file.fd.get(), offset, byte_view(data->bytes.get(), size));
        file->memory->give_back(std::move(data));
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
    bool all = false;
    const moved m = at_once_.write(fd(), offset, from, all);
    if (all)
        return deliver(result_of_write(m));
    offset += m.bytes;
    from = from.subspan(m.bytes);
    auto data = file_->memory->take(from.size());
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
    if (at_once_.is_memory() && !a.size) // giving pages back takes a while
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
    if (at_once_.is_memory() || (file_->file.regular && !file_->file.writable && file_->file.where != medium::network))
        return deliver(end());
    return run_on(work_, end);
}

} // namespace

std::shared_ptr<open_file> make_local_file(opened_file file, executor work, std::shared_ptr<buffers> memory, bool read_only)
{
    return std::make_shared<local_file>(std::move(file), std::move(work), std::move(memory), read_only);
}

} // namespace sshoal::sftp::local
