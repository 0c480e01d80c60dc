// sftp_file_stream.hpp - a file at an SFTP server as a model of Asio's AsyncReadStream and AsyncWriteStream, for code that takes
// completion tokens: asio::async_read_until, asio::async_write, Boost.Beast's bodies, parsers that read from a stream.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/sftp_file.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>

namespace sshoal SSHOAL_API {
namespace sftp {

/// A cheap handle beside a file; the program may use both, and both move the file's one position. End of file is
/// asio::error::eof here. Only the code of an error arrives, as with all of Asio's streams: file::read_some() tells the path and
/// the server's text too.
/// Executor: operations may be started anywhere and complete on the handler's executor. Cancellation: terminal, partial, total,
/// as for file. Lifetime: buffers must live until completion; the object itself need not. Tokens: those of channel_stream.
class file_stream {
public:
    using executor_type = executor;
    using lowest_layer_type = file_stream;

    explicit file_stream(file f) : file_(std::move(f)) {}

    executor_type get_executor() const noexcept { return file_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return *this; }
    const lowest_layer_type& lowest_layer() const noexcept { return *this; }
    const file& io() const noexcept { return file_; }

    /// Reads into the first buffer that is not empty. The handler is void(error_code, std::size_t). The operation never completes
    /// inside the call.
    template <class MutableBuffers, class Token = asio::deferred_t>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = {})
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(initiation{file_}, token,
                                                                          first_of<asio::mutable_buffer>(buffers));
    }
    /// Writes the first buffer that is not empty, whole.
    template <class ConstBuffers, class Token = asio::deferred_t>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = {})
    {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(initiation{file_}, token,
                                                                          first_of<asio::const_buffer>(buffers));
    }

private:
    using handler = asio::any_completion_handler<void(error_code, std::size_t)>;
    template <class Buffer, class Sequence>
    static Buffer first_of(const Sequence& from)
    {
        for (auto it = asio::buffer_sequence_begin(from); it != asio::buffer_sequence_end(from); ++it)
            if (Buffer b = *it; b.size() > 0)
                return b;
        return Buffer();
    }
    struct initiation {
        using executor_type = executor;
        file f;
        executor_type get_executor() const noexcept { return f.get_executor(); }
        template <class H, class Buffer>
        void operator()(H&& h, Buffer b) const
        {
            executor where(asio::get_associated_executor(h, f.get_executor()));
            start(f, b, std::move(where), handler(std::forward<H>(h)));
        }
    };
    static void start(const file&, asio::mutable_buffer, executor where, handler);
    static void start(const file&, asio::const_buffer, executor where, handler);

    file file_;
};

} // namespace sftp
} // namespace sshoal
