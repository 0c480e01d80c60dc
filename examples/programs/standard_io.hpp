// standard_io.hpp - standard input, output and error for coroutines: terminals, pipes, sockets, files, /dev/null.
#pragma once

#include <sshoal/executor.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace programs {

/// The object never blocks for long, and never changes the mode of an open file that other processes share: if the system allows
/// it, the object opens the same file again, in non-blocking mode.
class standard_io {
public:
    standard_io(const sshoal::executor& ex, int fd, bool for_reading);

    /// Returns: the number of bytes read; 0 at the end, or for an error.
    static sshoal::awaitable<std::size_t> read_some(standard_io& self, std::span<std::byte> into);
    /// Returns: whether all bytes were written.
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
