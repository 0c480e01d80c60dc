// Reads many parts of a file side by side.

#include "parking/task_group.hpp"
#include "sftp/client/file_state.hpp"

namespace sshoal::sftp {
namespace {

constexpr std::size_t ranges_at_once = 64;

awaitable<outcome<void>> read_range(std::shared_ptr<file_handle> file, byte_range range, std::vector<std::byte>& into)
{
    into.resize(range.size);
    auto reading = file_handle::read_at(std::move(file), range.offset, into);
    const outcome<std::size_t> n = co_await std::move(reading);
    if (!n)
        co_return n.error();
    into.resize(*n);
    co_return outcome<void>();
}

} // namespace

awaitable<outcome<std::vector<std::vector<std::byte>>>> read_ranges_of(std::shared_ptr<file_handle> file,
                                                                       std::vector<byte_range> ranges)
{
    std::vector<std::vector<std::byte>> parts(ranges.size());
    const auto group = parking::task_group::make(file->core().strand());
    outcome<void> done;
    for (std::size_t i = 0; i < ranges.size() && done; ++i) {
        if (group->size() >= ranges_at_once) {
            auto waiting = group->wait(ranges_at_once - 1);
            done = co_await std::move(waiting);
            if (!done)
                break;
        }
        group->start(read_range(file, ranges[i], parts[i]));
    }
    if (done) {
        auto waiting = group->wait();
        done = co_await std::move(waiting);
    }
    if (!done)
        co_return done.error();
    co_return std::move(parts);
}

} // namespace sshoal::sftp
