// Making client sockets.

#include "net/socket_stream.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <mutex>

namespace sshoal {
namespace {

using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;
using found_addresses = resolver::results_type;
using lookup_handler = asio::any_completion_handler<void(error_code, found_addresses)>;

/// A name look-up runs in a thread of Asio's that cannot be interrupted and may take minutes. A cancellation leaves it behind:
/// whoever comes first, the answer or the cancellation, takes the handler.
struct lookup {
    explicit lookup(const executor& on) : names(on), ex(on) {}
    resolver names;
    executor ex;
    std::mutex mutex;
    lookup_handler waiting;

    void finish(error_code ec, found_addresses found)
    {
        lookup_handler taken;
        {
            const std::lock_guard lock(mutex);
            taken.swap(waiting);
        }
        if (taken)
            asio::post(ex,
                       [h = std::move(taken), ec, found = std::move(found)]() mutable { std::move(h)(ec, std::move(found)); });
    }
};

struct start_lookup {
    std::shared_ptr<lookup> work;
    const std::string& host;
    const std::string& port;
    template <class Handler>
    void operator()(Handler&& h) const
    {
        lookup_handler erased(std::forward<Handler>(h));
        auto slot = asio::get_associated_cancellation_slot(erased);
        work->waiting.swap(erased);
        if (slot.is_connected())
            slot.assign(stop{work});
        work->names.async_resolve(host, port,
                                  [w = work](error_code ec, found_addresses found) { w->finish(ec, std::move(found)); });
    }
    struct stop {
        std::weak_ptr<lookup> work;
        void operator()(asio::cancellation_type) const
        {
            if (const auto w = work.lock()) {
                w->names.cancel(); // spares the look-up where it has not begun
                w->finish(asio::error::operation_aborted, {});
            }
        }
    };
};

} // namespace

awaitable<outcome<std::unique_ptr<byte_stream>>> connect_tcp(std::string host, std::string port)
{
    const executor ex = co_await asio::this_coro::executor;
    error_code ec;
    const start_lookup start{std::make_shared<lookup>(ex), host, port};
    auto looking
        = asio::async_initiate<const asio::use_awaitable_t<>, void(error_code, found_addresses)>(start, asio::use_awaitable);
    found_addresses found;
    try {
        found = co_await std::move(looking);
    } catch (const boost::system::system_error& e) {
        ec = e.code();
    }
    if (ec)
        co_return failure(ec, printable(host));
    std::string tried;
    for (const auto& entry : found) {
        net::stream_socket socket(ex);
        const asio::generic::stream_protocol::endpoint at(entry.endpoint());
        co_await socket.async_connect(at, asio::redirect_error(asio::use_awaitable, ec));
        if (!ec)
            co_return net::make_socket_stream(std::move(socket), net::opened_by::us);
        tried += tried.empty() ? "" : ", ";
        tried += net::describe(at);
        if (ec == asio::error::operation_aborted)
            break;
    }
    co_return failure(ec, printable(host) + " (" + tried + ")");
}

awaitable<outcome<std::unique_ptr<byte_stream>>> connect_unix(std::string path)
{
    const executor ex = co_await asio::this_coro::executor;
    error_code ec;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        co_return failure(errc::invalid_argument, "socket path too long: " + printable(path));
    net::stream_socket socket(ex);
    const asio::generic::stream_protocol::endpoint at{asio::local::stream_protocol::endpoint(path)};
    co_await socket.async_connect(at, asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        co_return failure(ec, printable(path));
    co_return net::make_socket_stream(std::move(socket), net::opened_by::us);
}

} // namespace sshoal
