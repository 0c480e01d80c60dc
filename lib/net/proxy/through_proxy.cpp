#include "net/proxy/through_proxy.hpp"

#include "net/exchange.hpp"
#include "net/proxy/proxy_talk.hpp"

namespace sshoal::net {
namespace {

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
    error_code set_traffic_class(int octet) noexcept override { return inner_->set_traffic_class(octet); }
    void close() noexcept override { inner_->close(); }
    void reset() noexcept override { inner_->reset(); }
    executor home() const override { return inner_->home(); }
    endpoint remote() const override { return remote_; }
    endpoint local() const override { return local_; }

private:
    std::unique_ptr<byte_stream> inner_;
    const endpoint remote_, local_;
};

class proxy_exchange final : public exchange_of<proxy_talk> {
public:
    using exchange_of::exchange_of;
    bytes to_send() override { return reader_.to_send(); }
    failure ended_early() const override { return failure(errc::proxy_refused, "it ended the connection without an answer"); }
};

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
    proxy_exchange asking(**talk);
    auto talking = carry_out(**there, asking, limit);
    const failure why = co_await std::move(talking);
    if (why)
        co_return why.with_context(name + why.context());
    endpoint local = (*there)->local();
    co_return with_addresses(std::move(*there), std::move(target), std::move(local));
}

} // namespace sshoal::net
