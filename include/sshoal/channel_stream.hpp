// channel_stream.hpp - a channel as a model of Asio's AsyncReadStream and AsyncWriteStream, for code that takes completion
// tokens: asio::async_read_until, asio::async_write, Boost.Beast with its websocket::stream, asio::ssl::stream.
//
// The members need no token, since deferred is their default. Free functions such as asio::async_read_until have no default token
// for this executor and need one, such as asio::use_awaitable. With use_awaitable_t<>::as_default_on_t<channel_stream>, neither
// needs a token.
//
// With Boost 1.81 these tokens work: deferred (the default), use_awaitable, as_tuple(use_awaitable),
// redirect_error(use_awaitable, ec), bind_executor, use_future, detached, callbacks. redirect_error(deferred, ...) and
// bind_allocator(a, deferred) do not compile there.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/channel.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>

#include <array>
#include <concepts>

namespace boost::beast {
enum class role_type;
}

namespace sshoal SSHOAL_API {

template <class Executor>
class channel_stream_on;

/// A cheap handle beside a channel; the program may use both. End of file is asio::error::eof here, as Asio's algorithms expect.
/// Executor: get_executor(), the connection's strand; operations may be started anywhere and complete on the handler's executor.
/// Cancellation: terminal, partial, total - no byte is lost. Lifetime: buffers must live until completion; the object itself need
/// not.
class channel_stream {
public:
    using executor_type = executor;
    using lowest_layer_type = channel_stream;
    template <class Executor>
    struct rebind_executor {
        using other = channel_stream_on<Executor>;
    };

    explicit channel_stream(channel c, data_stream read_from = data_stream::normal) : channel_(std::move(c)), from_(read_from) {}

    executor_type get_executor() const noexcept { return channel_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return *this; }
    const lowest_layer_type& lowest_layer() const noexcept { return *this; }
    sshoal::channel io() const { return channel_; }

    /// The handler is void(error_code, std::size_t). The operation never completes inside the call.
    template <class MutableBuffers, class Token = asio::deferred_t>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = {})
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(read_initiation{this}, token,
                                                                          fixed<asio::mutable_buffer>(buffers));
    }

    template <class ConstBuffers, class Token = asio::deferred_t>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = {})
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(write_initiation{this}, token,
                                                                          fixed<asio::const_buffer>(buffers));
    }

    /// Closes the channel in both directions.
    void close() noexcept { channel_.close(); }
    /// Closes the channel too; the handler, void(error_code), is called by a post.
    template <class Handler>
    void close_and_post(Handler&& h)
    {
        start_close(channel_, asio::any_completion_handler<void(error_code)>(std::forward<Handler>(h)));
    }

private:
    using handler = asio::any_completion_handler<void(error_code, std::size_t)>;
    static constexpr std::size_t most_buffers = 16;
    template <class Buffer>
    struct buffer_list {
        std::array<Buffer, most_buffers> items;
        std::size_t count = 0;
    };
    template <class Buffer, class Sequence>
    static buffer_list<Buffer> fixed(const Sequence& from)
    {
        buffer_list<Buffer> to;
        for (auto it = asio::buffer_sequence_begin(from); it != asio::buffer_sequence_end(from) && to.count < most_buffers; ++it)
            if (Buffer b = *it; b.size() > 0)
                to.items[to.count++] = b;
        return to;
    }
    struct read_initiation {
        using executor_type = executor;
        channel_stream* self;
        executor_type get_executor() const noexcept { return self->get_executor(); }
        template <class H>
        void operator()(H&& h, const buffer_list<asio::mutable_buffer>& b) const
        {
            start_read(self->channel_, self->from_, b, handler(std::forward<H>(h)));
        }
    };
    struct write_initiation {
        using executor_type = executor;
        channel_stream* self;
        executor_type get_executor() const noexcept { return self->get_executor(); }
        template <class H>
        void operator()(H&& h, const buffer_list<asio::const_buffer>& b) const
        {
            start_write(self->channel_, b, handler(std::forward<H>(h)));
        }
    };
    static void start_read(const sshoal::channel&, data_stream, const buffer_list<asio::mutable_buffer>&, handler);
    static void start_write(const sshoal::channel&, const buffer_list<asio::const_buffer>&, handler);
    static void start_close(const sshoal::channel&, asio::any_completion_handler<void(error_code)>);

    sshoal::channel channel_;
    data_stream from_;
};

/// A channel_stream with another type of executor, whose default completion token is used. as_default_on_t makes this type of a
/// channel_stream.
template <class Executor>
class channel_stream_on : public channel_stream {
public:
    using executor_type = Executor;
    using lowest_layer_type = channel_stream_on;

    using channel_stream::channel_stream;
    channel_stream_on(channel_stream s) : channel_stream(std::move(s)) {}

    executor_type get_executor() const noexcept { return executor_type(channel_stream::get_executor()); }
    lowest_layer_type& lowest_layer() noexcept { return *this; }
    const lowest_layer_type& lowest_layer() const noexcept { return *this; }

    template <class MutableBuffers, class Token = typename asio::default_completion_token<Executor>::type>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = {})
    {
        return channel_stream::async_read_some(buffers, std::forward<Token>(token));
    }
    template <class ConstBuffers, class Token = typename asio::default_completion_token<Executor>::type>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = {})
    {
        return channel_stream::async_write_some(buffers, std::forward<Token>(token));
    }
};

// Beast's websocket::stream calls these functions of the stream below it, and finds them by the type of the argument. All data
// that was written before is sent before the channel closes.
template <std::derived_from<channel_stream> Stream>
void beast_close_socket(Stream& s)
{
    s.close();
}
template <std::derived_from<channel_stream> Stream>
void teardown(boost::beast::role_type, Stream& s, error_code& ec)
{
    s.close();
    ec = {};
}
template <std::derived_from<channel_stream> Stream, class Handler>
void async_teardown(boost::beast::role_type, Stream& s, Handler&& h)
{
    s.close_and_post(std::forward<Handler>(h));
}

} // namespace sshoal
