#include "scp/link.hpp"

#include "sshoal/sftp_types.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstring>

namespace sshoal::scp {
namespace {

constexpr std::size_t input_size = 32 * 1024;
constexpr std::uint32_t expected_at_once = 2u << 20; ///< files follow each other without a pause

} // namespace

awaitable<void> stop_if_cancelled()
{
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw error(failure(error_code(asio::error::operation_aborted)));
}

link::link(channel c) : input_(input_size)
{
    c.widen_window(expected_at_once);
    io_ = net::make_stream_io(std::move(c), net::channel_end::keep);
}

link::link(std::unique_ptr<byte_stream> s) : io_(net::make_stream_io(std::move(s), executor())), input_(input_size) {}

void link::try_write(byte_view from) { io_->try_write(from); }

awaitable<void> link::stop_at(error_code ec)
{
    co_await stop_if_cancelled(); // a stream may have ignored the cancellation
    if (ec)
        throw error(io_->reason(ec));
}

/// Returns: bytes read; 0 at the end.
awaitable<std::size_t> link::read_some(byte_span into)
{
    if (const std::size_t n = io_->try_read(into); n > 0)
        co_return n;
    error_code ec;
    auto reading = io_->read_some(into, ec);
    const std::size_t n = co_await std::move(reading);
    if (n == 0)
        co_await stop_at(ec);
    co_return n;
}

awaitable<bool> link::fill()
{
    co_await stop_if_cancelled();
    first_ = 0;
    last_ = 0;
    auto reading = read_some(input_);
    last_ = co_await std::move(reading);
    co_return last_ > 0;
}

awaitable<std::optional<std::string>> link::line()
{
    std::optional<std::string> text;
    for (;;) {
        const std::string_view here = waiting();
        const std::size_t n = std::min(here.find('\n'), here.size());
        if (!here.empty() && !text)
            text.emplace();
        if (n > 0) {
            if (text->size() + n > scp_protocol::most_line)
                throw error(failure(errc::protocol_error, "a line of more than " + std::to_string(scp_protocol::most_line)
                                                              + " bytes: " + scp_protocol::quoted_noise(here)));
            text->append(here.substr(0, n));
        }
        first_ += n;
        if (first_ < last_) {
            ++first_;
            co_return text;
        }
        const bool more = co_await fill();
        if (more)
            continue;
        if (text)
            throw error(failure(errc::protocol_error, "the other end stopped in a line: " + printable(*text)));
        co_return text;
    }
}

awaitable<failure> link::answer()
{
    if (first_ == last_) {
        const bool more = co_await fill();
        if (!more)
            throw error(failure(errc::channel_closed, "the other end has ended the copy"));
    }
    if (input_[first_] == std::byte(0)) {
        ++first_;
        co_return failure();
    }
    if (input_[first_] != std::byte(1) && input_[first_] != std::byte(2)) // the end of such a line may never come
        throw error(failure(errc::protocol_error, "expected an answer, but got " + scp_protocol::quoted_noise(waiting())));
    const std::optional<std::string> text = co_await line();
    const auto said = scp_protocol::parse_control(*text);
    if (!said || (said->what != scp_protocol::record::warning && said->what != scp_protocol::record::fatal))
        throw error(failure(errc::protocol_error, "expected an answer, but got: " + printable(*text)));
    failure f(make_error_code(sftp::status::failure), said->text);
    if (said->what == scp_protocol::record::fatal)
        throw error(f);
    co_return f;
}

awaitable<std::size_t> link::data(byte_span into)
{
    if (first_ < last_) {
        const std::size_t n = std::min(into.size(), last_ - first_);
        std::memcpy(into.data(), input_.data() + first_, n);
        first_ += n;
        co_return n;
    }
    co_await stop_if_cancelled();
    auto reading = read_some(into);
    const std::size_t n = co_await std::move(reading);
    if (n == 0)
        throw error(failure(errc::protocol_error, "the other end stopped in the middle of a file"));
    co_return n;
}

awaitable<std::size_t> link::write_some(byte_view from)
{
    co_await stop_if_cancelled();
    if (const std::size_t n = io_->try_write(from); n > 0)
        co_return n;
    error_code ec;
    auto writing = io_->write_some(from, ec);
    const std::size_t n = co_await std::move(writing);
    if (n == 0)
        co_await stop_at(ec);
    co_return n;
}

awaitable<void> link::write(std::string text)
{
    for (byte_view rest = view_of(text); !rest.empty();) {
        auto writing = write_some(rest);
        const std::size_t n = co_await std::move(writing);
        rest = rest.subspan(n);
    }
}

} // namespace sshoal::scp
