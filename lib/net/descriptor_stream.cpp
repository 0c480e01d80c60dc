// A pair of descriptors as a byte stream: inetd style, ProxyCommand, socketpairs.

#include "sshoal/byte_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal {
namespace {

using descriptor = asio::posix::basic_stream_descriptor<executor>;

class descriptor_stream final : public byte_stream {
public:
    descriptor_stream(descriptor in, std::unique_ptr<descriptor> out) : in_(std::move(in)), out_(std::move(out)) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        return in_.read_some(asio::buffer(into.data(), into.size()), ec);
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        return out().write_some(asio::buffer(from.data(), from.size()), ec);
    }
    awaitable<error_code> wait_readable() override { return wait(in_, descriptor::wait_read); }
    awaitable<error_code> wait_writable() override { return wait(out(), descriptor::wait_write); }
    void close() noexcept override
    {
        error_code ignored;
        in_.close(ignored);
        if (out_)
            out_->close(ignored);
    }
    std::string remote_name() const override { return "pipe"; }
    std::string local_name() const override { return "pipe"; }

private:
    descriptor& out() noexcept { return out_ ? *out_ : in_; }
    static awaitable<error_code> wait(descriptor& d, descriptor::wait_type what)
    {
        error_code ec;
        co_await d.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
        co_return ec;
    }

    descriptor in_;
    std::unique_ptr<descriptor> out_; // none where both directions are one descriptor
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

outcome<std::unique_ptr<byte_stream>> make_descriptor_stream(const executor& ex, int in, int out)
{
    failure bad = check(in);
    if (!bad)
        bad = check(out);
    if (bad)
        return bad;
    if (in != out && same_object(in, out)) { // a socket on both 0 and 1
        ::close(out);
        out = in;
    }
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
        return failure(ec, "descriptors " + std::to_string(in) + " and " + std::to_string(out));
    return std::unique_ptr<byte_stream>(std::make_unique<descriptor_stream>(std::move(reader), std::move(writer)));
}

} // namespace sshoal
