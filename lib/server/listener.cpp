#include "sshoal/listener.hpp"

#include "net/strand.hpp"
#include "server/listener_impl.hpp"
#include "net/crossing.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>

namespace sshoal {

listener::handle::~handle()
{
    const executor strand = impl->strand(); // none if the io_context is gone
    net::dispatch_if_possible(strand, [i = std::move(impl)] { i->close(); });
}

listener::listener(const executor& ex, listen_address at, server_options options)
{
    outcome<std::shared_ptr<const server::server_settings>> settings = server::make_server_settings(std::move(options));
    if (!settings)
        throw error(settings.error());
    auto made = std::make_shared<impl>(net::strand_for(ex), net::inner_executor(ex), std::move(*settings));
    if (failure f = made->listen(at))
        throw error(f);
    handle_ = std::make_shared<handle>(std::move(made));
}

listener::listener(asio::io_context& ctx, listen_address at, server_options options)
    : listener(executor(ctx.get_executor()), std::move(at), std::move(options))
{
}

awaitable<server_connection> listener::accept()
{
    return net::or_throw(handle_->impl->strand(), impl::accept(handle_->impl));
}

std::uint16_t listener::port() const { return handle_->impl->socket.local().port(); }
endpoint listener::local() const { return handle_->impl->socket.local(); }

void listener::set_options(server_options options)
{
    outcome<std::shared_ptr<const server::server_settings>> settings = server::make_server_settings(std::move(options));
    if (!settings)
        throw error(settings.error());
    net::dispatch_if_possible(handle_->impl->strand(),
                              [i = handle_->impl, s = std::move(*settings)]() mutable { i->change(std::move(s)); });
}

void listener::close() noexcept
{
    if (!handle_)
        return;
    net::dispatch_if_possible(handle_->impl->strand(), [i = handle_->impl] { i->close(); });
}

awaitable<void> listener::shutdown(std::chrono::nanoseconds grace)
{
    return net::or_throw(handle_->impl->strand(), impl::shutdown(handle_->impl, grace));
}

std::size_t listener::connections() const noexcept { return handle_ ? handle_->impl->count() : 0; }
executor listener::get_executor() const noexcept { return handle_ ? handle_->impl->strand() : executor(); }

} // namespace sshoal
