#include "net/proxy/through_proxy.hpp"

#include "net/proxy/proxy_talk.hpp"
#include "sshoal/deadline.hpp"
#include "sshoal/result_of.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace sshoal::net {
namespace {

bool may_be_tried_again(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

class addressed_stream final : public byte_stream {
public:
    addressed_stream(std::unique_ptr<byte_stream> inner, endpoint remote, endpoint local)
        : inner_(std::move(inner)), remote_(std::move(remote)), local_(std::move(local))
    {
    }
    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return inner_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override { return inner_->try_write(from, ec); }
    awaitable<error_code> wait_readable() override { return inner_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return inner_->wait_writable(); }
    error_code shutdown_send() noexcept override { return inner_->shutdown_send(); }
    void close() noexcept override { inner_->close(); }
    void reset() noexcept override { inner_->reset(); }
    executor home() const override { return inner_->home(); }
    endpoint remote() const override { return remote_; }
    endpoint local() const override { return local_; }

private:
    std::unique_ptr<byte_stream> inner_;
    const endpoint remote_, local_;
};

awaitable<void> send_all(byte_stream& to, bytes what, failure& why)
{
    byte_view rest = what;
    while (!rest.empty() && !why) {
        error_code ec;
        rest = rest.subspan(to.try_write(rest, ec));
        if (may_be_tried_again(ec))
            ec = co_await to.wait_writable();
        if (ec)
            why = failure(ec);
    }
}

/// Returns: an error that is not one of those that pass.
error_code read_some(byte_stream& from, proxy_talk& talk, proxy_talk::state& s)
{
    std::array<std::byte, 256> room;
    error_code ec;
    const std::size_t n = from.try_read(byte_span(room).first(std::min(room.size(), talk.wanted())), ec);
    if (n == 0)
        return ec;
    s = talk.take(byte_view(room).first(n));
    return {};
}

awaitable<void> talk_to_end(byte_stream& with, proxy_talk& talk, failure& why)
{
    proxy_talk::state s = proxy_talk::state::reading;
    while (s == proxy_talk::state::reading && !why) {
        if (bytes next = talk.to_send(); !next.empty()) {
            auto sending = send_all(with, std::move(next), why);
            co_await std::move(sending);
        }
        error_code ec = why ? error_code() : read_some(with, talk, s);
        if (may_be_tried_again(ec))
            ec = co_await with.wait_readable();
        if (ec)
            why = ec == asio::error::eof ? failure(errc::proxy_refused, "it ended the connection without an answer") : failure(ec);
    }
    if (why.code() == asio::error::operation_aborted)
        throw error(why); // within() tells the end of the time by this
    if (s == proxy_talk::state::refused)
        why = talk.why();
}

awaitable<failure> talk_in_time(byte_stream& with, proxy_talk& talk, std::chrono::nanoseconds limit)
{
    failure why;
    auto talking = talk_to_end(with, talk, why);
    if (limit > limit.zero())
        talking = within(limit, std::move(talking));
    auto ending = result_of(std::move(talking));
    const outcome<void> ended = co_await std::move(ending);
    co_return ended ? why : ended.error();
}

} // namespace

std::unique_ptr<byte_stream> with_addresses(std::unique_ptr<byte_stream> inner, endpoint remote, endpoint local)
{
    return std::make_unique<addressed_stream>(std::move(inner), std::move(remote), std::move(local));
}

awaitable<stream_outcome> dial_through_proxy(endpoint target, dial_options options)
{
    const proxy by = *options.proxy();
    const std::string name = "proxy " + printable(by.at().describe()) + ": ";
    options.no_proxy();
    proxy_talk_outcome talk = by.what() == proxy::kind::http_connect ? begin_http_connect(by, target) : begin_socks5(by, target);
    if (!talk)
        co_return talk.error();
    const std::chrono::nanoseconds limit = options.timeout();
    auto dialling = by.at().is_unix() ? dial_unix(by.at().path())
                                      : dial_tcp(by.at().address(), std::to_string(by.at().port()), std::move(options));
    stream_outcome there = co_await std::move(dialling);
    if (!there)
        co_return there.error().with_context(name + there.error().context());
    auto talking = talk_in_time(**there, **talk, limit);
    const failure why = co_await std::move(talking);
    if (why)
        co_return why.with_context(name + why.context());
    endpoint local = (*there)->local();
    co_return with_addresses(std::move(*there), std::move(target), std::move(local));
}

} // namespace sshoal::net
