#include "standard_io.hpp"

#include <sshoal/owned_descriptor.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace programs {

namespace asio = sshoal::asio;

standard_io::standard_io(const sshoal::executor& ex, int fd, bool for_reading) : fd_(fd)
{
    struct ::stat what = {};
    if (::fstat(fd, &what) != 0 || S_ISREG(what.st_mode) || S_ISBLK(what.st_mode) || S_ISDIR(what.st_mode))
        return;
    sshoal::owned_descriptor own;
    if (S_ISSOCK(what.st_mode)) {
        kind_ = kind::socket;
    } else {
        const std::string path = "/proc/self/fd/" + std::to_string(fd);
        own.reset(::open(path.c_str(), (for_reading ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        kind_ = own ? kind::reopened : kind::shared;
    }
    if (!own)
        own.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!own) {
        kind_ = kind::never_waits;
        return;
    }
    boost::system::error_code ec;
    descriptor_.emplace(ex);
    descriptor_->assign(own.get(), ec);
    if (ec) {
        descriptor_.reset();
        kind_ = kind::never_waits;
        return;
    }
    fd_ = own.release();
}

sshoal::awaitable<void> standard_io::wait(descriptor::wait_type what)
{
    boost::system::error_code ec;
    co_await descriptor_->async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
    // A file such as /dev/null cannot be waited for.
    if (ec == asio::error::operation_not_supported)
        kind_ = kind::never_waits;
}

sshoal::awaitable<std::size_t> standard_io::read_some(standard_io& self, std::span<std::byte> into)
{
    for (;;) {
        if (self.kind_ == kind::shared)
            co_await self.wait(descriptor::wait_read);
        const ::ssize_t n = self.kind_ == kind::socket ? ::recv(self.fd_, into.data(), into.size(), MSG_DONTWAIT)
                                                       : ::read(self.fd_, into.data(), into.size());
        if (n >= 0)
            co_return static_cast<std::size_t>(n);
        if (errno == EAGAIN && self.descriptor_)
            co_await self.wait(descriptor::wait_read);
        else if (errno != EINTR)
            co_return 0;
    }
}

sshoal::awaitable<bool> standard_io::write(standard_io& self, std::span<const std::byte> from)
{
    while (!from.empty()) {
        std::span<const std::byte> part = from;
        if (self.kind_ == kind::shared) {
            co_await self.wait(descriptor::wait_write);
            part = from.first(std::min<std::size_t>(from.size(), PIPE_BUF)); // a pipe that is ready has room for this much
        }
        const ::ssize_t n = self.kind_ == kind::socket ? ::send(self.fd_, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                                       : ::write(self.fd_, part.data(), part.size());
        if (n >= 0)
            from = from.subspan(static_cast<std::size_t>(n));
        else if (errno == EAGAIN && self.descriptor_)
            co_await self.wait(descriptor::wait_write);
        else if (errno != EINTR)
            co_return false;
    }
    co_return true;
}

} // namespace programs
