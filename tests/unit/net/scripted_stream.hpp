// scripted_stream.hpp - a stream whose test decides when bytes arrive, in which pieces they are read, how many bytes may be written,
// and which call fails.
#pragma once

#include "parking/ready_list.hpp"
#include "sshoal/byte_stream.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace sshoal::net::test {

constexpr std::size_t without_limit = std::numeric_limits<std::size_t>::max();

/// What the test sees and changes of a stream; outlives it.
class stream_script {
public:
    std::vector<std::byte> inbox;         ///< has arrived and waits to be read
    bool inbox_ends = false;              ///< behind it comes the end of the stream
    error_code inbox_breaks;              ///< or this
    std::size_t piece = without_limit;    ///< bytes that one read gives
    std::vector<std::byte> sent;          ///< what was written
    std::size_t room = without_limit;     ///< bytes that may be written before the next would block
    error_code outlet_breaks;             ///< what a write fails with
    std::size_t fail_at = without_limit;  ///< the number of the call, counted from 0, from which on all fail
    std::size_t calls = 0;
    bool closed = false, was_reset = false;
    bool send_ended = false;              ///< shutdown_send() was called
    bool can_half_close = true;
    std::size_t reads = 0, writes = 0;

    /// Bytes arrive; a reader that waits is resumed by a post.
    void arrive(std::span<const std::byte> bytes)
    {
        inbox.insert(inbox.end(), bytes.begin(), bytes.end());
        resume(reader_);
    }
    void arrive_end(error_code why = {})
    {
        inbox_ends = !why;
        inbox_breaks = why;
        resume(reader_);
    }
    void make_room(std::size_t n)
    {
        room = n;
        resume(writer_);
    }
    void break_outlet(error_code why)
    {
        outlet_breaks = why;
        resume(writer_);
    }
    bool reader_waits() const noexcept { return reader_.has_value(); }

private:
    friend class scripted_stream;
    struct waiting {
        executor ex;
        parking::parked_handler handler;
    };
    static void resume(std::optional<waiting>& w)
    {
        if (!w)
            return;
        waiting taken = std::move(*w);
        w.reset();
        asio::post(taken.ex, [h = std::move(taken.handler)]() mutable { h(parking::wake::ready); });
    }
    bool readable() const noexcept { return !inbox.empty() || inbox_ends || inbox_breaks || closed || calls > fail_at; }
    bool writable() const noexcept { return room > 0 || outlet_breaks || closed || calls > fail_at; }
    bool fails() noexcept { return calls++ >= fail_at; }

    std::optional<waiting> reader_, writer_;
};

class scripted_stream final : public byte_stream {
public:
    explicit scripted_stream(std::shared_ptr<stream_script> s) : script_(std::move(s)) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        stream_script& s = *script_;
        ++s.reads;
        if (s.fails()) {
            ec = asio::error::connection_reset;
            return 0;
        }
        const std::size_t n = std::min({into.size(), s.inbox.size(), s.piece});
        if (n > 0) {
            std::memcpy(into.data(), s.inbox.data(), n);
            s.inbox.erase(s.inbox.begin(), s.inbox.begin() + std::ptrdiff_t(n));
        } else if (s.inbox_breaks) {
            ec = s.inbox_breaks;
        } else if (s.inbox_ends) {
            ec = asio::error::eof;
        } else {
            ec = asio::error::would_block;
        }
        return n;
    }

    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        stream_script& s = *script_;
        ++s.writes;
        if (s.fails()) {
            ec = asio::error::broken_pipe;
            return 0;
        }
        if (s.outlet_breaks) {
            ec = s.outlet_breaks;
            return 0;
        }
        const std::size_t n = std::min(from.size(), s.room);
        if (n == 0) {
            ec = asio::error::would_block;
            return 0;
        }
        s.sent.insert(s.sent.end(), from.begin(), from.begin() + std::ptrdiff_t(n));
        if (s.room != without_limit)
            s.room -= n;
        return n;
    }

    awaitable<error_code> wait_readable() override { return wait(script_, true); }
    awaitable<error_code> wait_writable() override { return wait(script_, false); }

    error_code shutdown_send() noexcept override
    {
        stream_script& s = *script_;
        if (s.fails())
            return asio::error::not_connected;
        if (!s.can_half_close)
            return asio::error::operation_not_supported;
        s.send_ended = true;
        return {};
    }

    void close() noexcept override
    {
        script_->closed = true;
        stream_script::resume(script_->reader_);
        stream_script::resume(script_->writer_);
    }

    void reset() noexcept override
    {
        script_->was_reset = true;
        close();
    }

private:
    static awaitable<error_code> wait(std::shared_ptr<stream_script> s, bool for_reading)
    {
        if (s->fails())
            co_return asio::error::connection_reset;
        while (!(for_reading ? s->readable() : s->writable())) {
            auto parked = asio::async_initiate<const asio::use_awaitable_t<executor>&, void(parking::wake)>(
                [s, for_reading](auto&& handler) {
                    executor ex = asio::get_associated_executor(handler);
                    auto& place = for_reading ? s->reader_ : s->writer_;
                    place.emplace(stream_script::waiting{std::move(ex), parking::parked_handler(std::move(handler))});
                },
                asio::use_awaitable);
            co_await std::move(parked);
        }
        co_return s->closed ? error_code(asio::error::operation_aborted) : error_code();
    }

    std::shared_ptr<stream_script> script_;
};

} // namespace sshoal::net::test
