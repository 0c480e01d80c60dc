// A pair of descriptors as a byte stream: inetd style, ProxyCommand, socketpairs.

#include "net/socket_stream.hpp"
#include "os/descriptor.hpp"
#include "os/quiet_write.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sshoal {
namespace {

using descriptor = asio::posix::basic_stream_descriptor<executor>;

bool is_socket(int fd)
{
    struct stat st {};
    return ::fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/// One end of the socket behind a descriptor, since a program may be started with a connection as its standard input.
endpoint end_of(int fd, int (*get)(int, ::sockaddr*, ::socklen_t*))
{
    asio::generic::stream_protocol::endpoint at;
    ::socklen_t size = ::socklen_t(at.capacity());
    endpoint found;
    if (get(fd, at.data(), &size) == 0) {
        at.resize(size);
        found = net::endpoint_of(at);
    }
    return found.is_tcp() || !found.path().empty() ? found : endpoint::without_address("pipe");
}

class descriptor_stream final : public byte_stream {
public:
    descriptor_stream(descriptor in, std::unique_ptr<descriptor> out, int in_flags, int out_flags)
        : in_(std::move(in))
        , out_(std::move(out))
        , in_flags_(in_flags)
        , out_flags_(out_flags)
        , socket_(is_socket(this->out().native_handle()))
        , remote_(end_of(in_.native_handle(), ::getpeername))
        , local_(end_of(in_.native_handle(), ::getsockname))
    {
    }
    ~descriptor_stream() override { close(); }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        return in_.read_some(asio::buffer(into.data(), into.size()), ec);
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        ec = {};
        if (from.empty())
            return 0;
        if (ended_) {
            ec = asio::error::broken_pipe;
            return 0;
        }
        const int fd = out().native_handle();
        const ssize_t n = socket_ ? ::send(fd, from.data(), from.size(), MSG_NOSIGNAL) : os::quiet_write(fd, from);
        if (n >= 0)
            return std::size_t(n);
        ec = error_code(errno, boost::system::system_category());
        if (ec == asio::error::interrupted)
            ec = asio::error::would_block;
        return 0;
    }
    awaitable<error_code> wait_readable() override { return wait(in_, descriptor::wait_read); }
    awaitable<error_code> wait_writable() override { return wait(out(), descriptor::wait_write); }
    error_code shutdown_send() noexcept override
    {
        if (ended_)
            return {};
        if (socket_ && ::shutdown(out().native_handle(), SHUT_WR) != 0)
            return error_code(errno, boost::system::system_category());
        if (!socket_ && !out_)
            return asio::error::operation_not_supported; // a terminal
        ended_ = true;
        if (!socket_)
            close_output();
        return {};
    }
    error_code set_traffic_class(int octet) noexcept override { return net::mark_socket(out().native_handle(), octet); }
    void close() noexcept override
    {
        if (in_.is_open()) {
            error_code ignored;
            ::fcntl(in_.native_handle(), F_SETFL, in_flags_);
            in_.close(ignored);
        }
        close_output();
    }
    endpoint remote() const override { return remote_; }
    endpoint local() const override { return local_; }

private:
    descriptor& out() noexcept { return out_ ? *out_ : in_; }
    /// O_NONBLOCK belongs to the open file, which other processes may share: a terminal that is left non-blocking confuses the
    /// shell. So both descriptors get their flags back.
    void close_output() noexcept
    {
        if (!out_ || !out_->is_open())
            return;
        error_code ignored;
        ::fcntl(out_->native_handle(), F_SETFL, out_flags_);
        out_->close(ignored);
    }
    static awaitable<error_code> wait(descriptor& d, descriptor::wait_type what)
    {
        error_code ec;
        co_await d.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
        co_return ec;
    }

    descriptor in_;
    std::unique_ptr<descriptor> out_; // none if both directions are one descriptor
    int in_flags_, out_flags_;        // the flags to restore
    bool socket_;
    bool ended_ = false; // shutdown_send() has been called
    endpoint remote_, local_;
};

/// epoll cannot watch regular files and directories, so a connection over one would never end its first wait.
failure check(int fd)
{
    struct stat st {};
    if (::fstat(fd, &st) != 0)
        return failure(errc::invalid_argument, "descriptor " + std::to_string(fd) + " is not open");
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return failure(errc::invalid_argument, "descriptor " + std::to_string(fd) + " is a file, not a pipe, terminal or socket");
    return {};
}

bool same_object(int a, int b)
{
    struct stat x {}, y {};
    return ::fstat(a, &x) == 0 && ::fstat(b, &y) == 0 && S_ISSOCK(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

} // namespace

std::unique_ptr<byte_stream> make_descriptor_stream(const executor& ex, int in, int out)
{
    failure bad = check(in);
    if (!bad)
        bad = check(out);
    if (bad)
        throw error(bad);
    if (in != out && same_object(in, out)) { // a socket on both 0 and 1
        os::descriptor(out).reset();
        out = in;
    }
    const int in_flags = ::fcntl(in, F_GETFL);
    const int out_flags = ::fcntl(out, F_GETFL);
    error_code ec;
    descriptor reader(ex);
    reader.assign(in, ec);
    if (!ec)
        reader.non_blocking(true, ec);
    std::unique_ptr<descriptor> writer;
    if (!ec && in != out) {
        writer = std::make_unique<descriptor>(ex);
        writer->assign(out, ec);
        if (!ec)
            writer->non_blocking(true, ec);
    }
    if (ec)
        throw error(failure(ec, "descriptors " + std::to_string(in) + " and " + std::to_string(out)));
    return std::make_unique<descriptor_stream>(std::move(reader), std::move(writer), in_flags, out_flags);
}

} // namespace sshoal
