#include "sftp/client/one_file.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace sshoal::sftp {

awaitable<outcome<std::size_t>> contents_file::read(std::uint64_t offset, std::span<std::byte> into)
{
    if (offset >= all_.size())
        co_return std::size_t(0);
    const std::size_t n = std::min<std::size_t>(into.size(), all_.size() - std::size_t(offset));
    std::memcpy(into.data(), all_.data() + offset, n);
    co_return n;
}

awaitable<outcome<void>> contents_file::write(std::uint64_t offset, std::span<const std::byte> from)
{
    if (offset > most_ || from.size() > most_ - offset) {
        overflown_ = true;
        co_return failure(errc::capture_limit, "more than " + std::to_string(most_) + " bytes");
    }
    all_.resize(std::max(all_.size(), std::size_t(offset) + from.size()));
    if (!from.empty())
        std::memcpy(all_.data() + offset, from.data(), from.size());
    co_return outcome<void>();
}

awaitable<outcome<attributes>> contents_file::stat() { co_return attributes().with_size(all_.size()); }

awaitable<outcome<void>> contents_file::set_attributes(attributes a)
{
    if (a.size && *a.size > most_) {
        overflown_ = true;
        co_return failure(errc::capture_limit, "more than " + std::to_string(most_) + " bytes");
    }
    if (a.size)
        all_.resize(std::size_t(*a.size));
    co_return outcome<void>();
}

namespace {

failure out_of_order()
{
    return failure(errc::invalid_argument, "the bytes of a function come in order, so resume() and verify() are not possible");
}

class source_file final : public open_file {
public:
    explicit source_file(transfer_source from) : from_(std::move(from)) {}

    bool in_order() const noexcept override { return true; }
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        if (ended_)
            co_return std::size_t(0);
        if (offset != next_)
            co_return out_of_order();
        auto reading = from_(into);
        const std::size_t n = co_await std::move(reading);
        ended_ = n == 0;
        next_ += n;
        co_return n;
    }

private:
    const transfer_source from_;
    std::uint64_t next_ = 0;
    bool ended_ = false;
};

class sink_file final : public open_file {
public:
    explicit sink_file(transfer_sink to) : to_(std::move(to)) {}

    bool in_order() const noexcept override { return true; }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        if (offset != next_)
            co_return out_of_order();
        auto writing = to_(from);
        co_await std::move(writing);
        next_ += from.size();
        co_return outcome<void>();
    }
    /// A transfer sets the size at its end: zeros at the end of the file may be missing so far. Other attributes mean nothing here.
    awaitable<outcome<void>> set_attributes(attributes a) override
    {
        if (!a.size)
            co_return outcome<void>();
        if (*a.size < next_)
            co_return out_of_order();
        const std::vector<std::byte> zeros(std::size_t(std::min<std::uint64_t>(*a.size - next_, 64 * 1024)));
        while (next_ < *a.size) {
            const std::size_t n = std::size_t(std::min<std::uint64_t>(*a.size - next_, zeros.size()));
            auto writing = to_(std::span(zeros).first(n));
            co_await std::move(writing);
            next_ += n;
        }
        co_return outcome<void>();
    }

private:
    const transfer_sink to_;
    std::uint64_t next_ = 0;
};

class one_file final : public file_system {
public:
    explicit one_file(std::shared_ptr<open_file> f) : file_(std::move(f)) {}
    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string, open_mode, attributes) override { co_return file_; }

private:
    const std::shared_ptr<open_file> file_;
};

} // namespace

std::shared_ptr<file_system> make_one_file(std::shared_ptr<open_file> f) { return std::make_shared<one_file>(std::move(f)); }
std::shared_ptr<open_file> make_source_file(transfer_source from) { return std::make_shared<source_file>(std::move(from)); }
std::shared_ptr<open_file> make_sink_file(transfer_sink to) { return std::make_shared<sink_file>(std::move(to)); }

} // namespace sshoal::sftp
