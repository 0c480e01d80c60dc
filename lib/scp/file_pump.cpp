#include "scp/file_pump.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sshoal::scp {
namespace {

using namespace asio::experimental::awaitable_operators;

// A file's coroutine runs side by side with the channel's, and only the channel's may throw. So the failures of the file are kept
// here.

class file_reader {
public:
    file_reader(sftp::open_file& file, std::uint64_t size) : file_(file), size_(size) {}

    std::uint64_t left() const noexcept { return size_ - offset_; }
    std::size_t got() const noexcept { return got_; }
    const failure& trouble() const noexcept { return trouble_; }

    awaitable<void> read(byte_span block)
    {
        const auto want = std::size_t(std::min<std::uint64_t>(block.size(), left()));
        got_ = 0;
        while (got_ < want && !trouble_) {
            try {
                const byte_span rest = block.subspan(got_, want - got_);
                auto reading = guarded(file_.read(offset_ + got_, rest));
                const outcome<std::size_t> n = co_await std::move(reading);
                if (!n)
                    trouble_ = n.error();
                else if (*n == 0 || *n > rest.size())
                    trouble_ = sftp::fail(sftp::status::failure, "the file has become shorter");
                else
                    got_ += *n;
            } catch (const boost::system::system_error& e) {
                trouble_ = failure(e.code());
            }
        }
        std::fill(block.begin() + std::ptrdiff_t(got_), block.begin() + std::ptrdiff_t(want), std::byte(0));
        got_ = want;
        offset_ += want;
    }

private:
    sftp::open_file& file_;
    std::uint64_t size_, offset_ = 0;
    std::size_t got_ = 0;
    failure trouble_;
};

awaitable<void> write_block(copying& c, byte_view block, std::size_t of_the_file)
{
    std::size_t done = 0;
    while (done < block.size()) {
        auto writing = c.peer.write_some(block.subspan(done));
        const std::size_t n = co_await std::move(writing);
        c.progress.moved(std::min(done + n, of_the_file) - std::min(done, of_the_file));
        done += n;
    }
}

class file_writer {
public:
    explicit file_writer(sftp::open_file& file) : file_(file) {}
    const failure& trouble() const noexcept { return trouble_; }

    awaitable<void> write(byte_view block)
    {
        if (block.empty() || trouble_)
            co_return;
        try {
            auto writing = guarded(file_.write(offset_, block));
            const outcome<void> written = co_await std::move(writing);
            if (!written)
                trouble_ = written.error();
        } catch (const boost::system::system_error& e) {
            trouble_ = failure(e.code());
        }
        offset_ += block.size();
    }

private:
    sftp::open_file& file_;
    std::uint64_t offset_ = 0;
    failure trouble_;
};

/// Fills the block. If there is a rate, each read takes no more than the bytes of a twentieth of a second.
awaitable<void> read_block(copying& c, byte_span block)
{
    std::size_t step = block.size();
    if (c.how.rate() > 0)
        step = std::size_t(std::clamp<std::uint64_t>(c.how.rate() / 20, 1024, block_size));
    std::size_t done = 0;
    while (done < block.size()) {
        auto pausing = keep_to_rate(c.progress, c.how.rate());
        co_await std::move(pausing);
        auto reading = c.peer.data(block.subspan(done, std::min(step, block.size() - done)));
        const std::size_t n = co_await std::move(reading);
        c.progress.moved(n);
        done += n;
    }
}

} // namespace

awaitable<failure> send_bytes(copying& c, sftp::open_file& file, std::uint64_t size)
{
    if (size == 0) {
        auto good = c.peer.write(std::string(1, '\0'));
        co_await std::move(good);
        co_return failure();
    }
    c.make_blocks();
    file_reader from(file, size);
    auto first = from.read(byte_span(c.present).first(block_size));
    co_await std::move(first);
    for (;;) {
        co_await stop_if_cancelled();
        const std::size_t n = from.got();
        if (from.left() == 0) {
            const bool good = !from.trouble();
            c.present[n] = std::byte(0);
            auto last = write_block(c, byte_view(c.present).first(n + (good ? 1 : 0)), n);
            co_await std::move(last);
            co_return from.trouble();
        }
        auto both = from.read(byte_span(c.next).first(block_size)) && write_block(c, byte_view(c.present).first(n), n);
        co_await std::move(both);
        c.present.swap(c.next);
    }
}

awaitable<failure> receive_bytes(copying& c, sftp::open_file& file, std::uint64_t size)
{
    if (size == 0)
        co_return failure();
    c.make_blocks();
    file_writer to(file);
    std::size_t full = 0; // the bytes of `present` that are to be written
    while (size > 0) {
        const auto n = std::size_t(std::min<std::uint64_t>(size, block_size));
        const byte_span room = byte_span(c.next).first(n);
        if (full == 0) {
            auto reading = read_block(c, room);
            co_await std::move(reading);
        } else {
            auto both = to.write(byte_view(c.present).first(full)) && read_block(c, room);
            co_await std::move(both);
        }
        co_await stop_if_cancelled();
        c.present.swap(c.next);
        full = n;
        size -= n;
    }
    auto last = to.write(byte_view(c.present).first(full));
    co_await std::move(last);
    co_await stop_if_cancelled();
    co_return to.trouble();
}

} // namespace sshoal::scp
