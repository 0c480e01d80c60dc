#include "forward/x11_stream.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::forward {
namespace {

class x11_stream final : public byte_stream {
public:
    x11_stream(std::unique_ptr<byte_stream> server, x11_setup setup) : server_(std::move(server)), setup_(std::move(setup)) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return server_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override;
    awaitable<error_code> wait_readable() override { return server_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return server_->wait_writable(); }
    error_code shutdown_send() noexcept override { return server_->shutdown_send(); }
    void close() noexcept override { server_->close(); }
    void reset() noexcept override { server_->reset(); }
    executor home() const override { return server_->home(); }
    endpoint remote() const override { return server_->remote(); }
    endpoint local() const override { return server_->local(); }

private:
    bool send_changed(error_code& ec);

    std::unique_ptr<byte_stream> server_;
    x11_setup setup_;
    std::size_t sent_ = 0; // of the changed message
    bool passing_ = false;
};

/// The last byte of the client's message counts as written when the whole changed message is: until then the caller tries again.
std::size_t x11_stream::try_write(std::span<const std::byte> from, error_code& ec)
{
    if (passing_)
        return server_->try_write(from, ec);
    std::size_t taken = 0;
    while (taken < from.size() && setup_.now() == x11_setup::state::reading) {
        const std::size_t n = std::min(setup_.wanted(), from.size() - taken);
        setup_.take(from.subspan(taken, n));
        taken += n;
    }
    if (setup_.now() == x11_setup::state::refused) {
        ec = setup_.why().code();
        return 0;
    }
    if (setup_.now() == x11_setup::state::done) {
        if (!send_changed(ec)) {
            if (taken > 1 && ec == asio::error::would_block)
                ec.clear();
            return taken > 1 ? taken - 1 : 0;
        }
        passing_ = true;
        taken = std::max<std::size_t>(taken, 1);
    }
    ec.clear();
    return taken;
}

/// Returns: whether all of the changed message has been written.
bool x11_stream::send_changed(error_code& ec)
{
    const byte_view all = setup_.changed();
    while (sent_ < all.size()) {
        const std::size_t n = server_->try_write(all.subspan(sent_), ec);
        if (n == 0)
            return false;
        sent_ += n;
    }
    return true;
}

} // namespace

std::unique_ptr<byte_stream> make_x11_stream(std::unique_ptr<byte_stream> server, x11_setup setup)
{
    return std::make_unique<x11_stream>(std::move(server), std::move(setup));
}

} // namespace sshoal::forward
