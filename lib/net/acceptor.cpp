#include "sshoal/acceptor.hpp"

#include "net/crossing.hpp"
#include "net/listen_socket.hpp"
#include "net/strand.hpp"
#include "parking/teardown.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>

namespace sshoal {

/// The acceptor runs on a strand of its own. The handle may outlive the io_context.
struct stream_acceptor::impl final : private parking::teardown_watch, std::enable_shared_from_this<stream_acceptor::impl> {
    explicit impl(const executor& ex) : base(net::inner_executor(ex)), strand(net::strand_for(ex)), socket(strand) {}

    failure open(const listen_address& at)
    {
        watch(strand, weak_from_this());
        return socket.open(at);
    }
    static awaitable<outcome<std::unique_ptr<byte_stream>>> accept(std::shared_ptr<impl> self)
    {
        net::stream_socket next(self->base);
        const error_code ec = co_await self->socket.next(next);
        if (!ec)
            co_return net::make_socket_stream(std::move(next), net::opened_by::peer);
        if (self->closed)
            co_return failure(errc::closed, self->socket.local().describe());
        co_return failure(ec, self->socket.local().describe());
    }
    void close() noexcept
    {
        closed = true;
        socket.close();
    }

    executor base, strand; ///< none once the io_context is gone
    net::listen_socket socket;
    bool closed = false;

private:
    void context_gone() noexcept override
    {
        closed = true;
        socket.abandon();
        base = strand = executor();
    }
};

listen_address listen_address::inherited(owned_descriptor listening)
{
    if (!listening)
        throw error(failure(errc::invalid_argument, "listen_address::inherited(): there is no descriptor"));
    listen_address a{endpoint()};
    a.inherited_ = std::make_shared<const owned_descriptor>(std::move(listening));
    return a;
}

struct stream_acceptor::handle {
    explicit handle(std::shared_ptr<stream_acceptor::impl> i) noexcept : impl(std::move(i)) {}
    handle(const handle&) = delete;
    ~handle() { close(); }
    void close() const noexcept
    {
        net::dispatch_if_possible(impl->strand, [i = impl] { i->close(); });
    }
    std::shared_ptr<stream_acceptor::impl> impl;
};

stream_acceptor::stream_acceptor(const executor& ex, listen_address at)
{
    auto made = std::make_shared<impl>(ex);
    if (failure f = made->open(at))
        throw error(f);
    handle_ = std::make_shared<handle>(std::move(made));
}

stream_acceptor::stream_acceptor(asio::io_context& ctx, listen_address at)
    : stream_acceptor(executor(ctx.get_executor()), std::move(at))
{
}

awaitable<std::unique_ptr<byte_stream>> stream_acceptor::accept()
{
    return net::or_throw(handle_->impl->strand, impl::accept(handle_->impl));
}

endpoint stream_acceptor::local() const { return handle_->impl->socket.local(); }
std::uint16_t stream_acceptor::port() const { return handle_->impl->socket.local().port(); }
void stream_acceptor::close() noexcept { handle_->close(); }
executor stream_acceptor::get_executor() const noexcept { return handle_->impl->strand; }

} // namespace sshoal
