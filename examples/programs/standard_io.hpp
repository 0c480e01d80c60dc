// standard_io.hpp - standard input, output and error as coroutines use them, whatever they are: terminals, pipes, sockets, files,
// /dev/null.
#pragma once

#include <sshoal/executor.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace programs {

/// Never blocks for long, and never changes the mode of a description that other processes share: it opens the same thing anew,
/// not blocking, where the system allows it.
class standard_io {
public:
    standard_io(const sshoal::executor& ex, int fd, bool for_reading);

    /// Returns: bytes; 0 at the end, or for an error.
    static sshoal::awaitable<std::size_t> read_some(standard_io& self, std::span<std::byte> into);
    /// Returns: whether all of it went out.
    static sshoal::awaitable<bool> write(standard_io& self, std::span<const std::byte> from);

private:
    using descriptor = sshoal::asio::posix::basic_stream_descriptor<sshoal::executor>;
    enum class kind { never_waits, reopened, socket, shared };

    sshoal::awaitable<void> wait(descriptor::wait_type what);

    int fd_;
    kind kind_ = kind::never_waits;
    std::optional<descriptor> descriptor_;
};

} // namespace programs
