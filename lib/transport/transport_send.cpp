#include "transport/transport_impl.hpp"
#include "wire/transport_messages.hpp"

#include <cassert>

namespace sshoal::transport {
namespace {

constexpr std::size_t log_in_bucket = 64;

/// Packets of the log-in are padded to a few sizes, since one of them may hold a password.
std::size_t least_size(role self, std::uint8_t number, std::size_t payload) noexcept
{
    if (self != role::client || number < wire::number::userauth_request || number > wire::number::last_userauth_specific)
        return 0;
    constexpr std::size_t around = 4 + 1 + 4; // length, padding length, least padding
    return (payload + around + log_in_bucket - 1) / log_in_bucket * log_in_bucket;
}

} // namespace

void transport::impl::write(byte_view head, byte_view body)
{
    const auto number = std::uint8_t(head[0]);
    if (trace_)
        trace(true, head, body);
    if (deflater_) {
        head = deflater_->compress(head, body);
        body = {};
    }
    count_.bytes_out += writer_.write(out_, head, body, least_size(config_.self, number, head.size() + body.size()));
    ++count_.packets_out;
    // Delayed compression begins behind this packet, even if the packet had to wait for a key exchange.
    if (number == wire::number::userauth_success && config_.self == role::server)
        start_delayed_compression();
}

void transport::impl::start_delayed_compression()
{
    if (authenticated_)
        return;
    authenticated_ = true;
    if (agreed_.compression_out == delayed_zlib)
        deflater_ = std::make_unique<deflater>();
    if (agreed_.compression_in == delayed_zlib)
        inflater_ = std::make_unique<inflater>(config_.max_packet);
}

void transport::impl::rekey_if_due()
{
    if (established_ && !kex_ && (rekey_wanted_ || budget_out_.spent(writer_.used()) || budget_in_.spent(reader_.used())))
        request_rekey();
}

void transport::impl::send(byte_view payload, std::uint32_t ticket)
{
    assert(!payload.empty());
    if (failed_)
        return;
    if (can_send()) {
        write(payload);
        if (ticket != 0)
            handler_.on_sent(ticket, writer_.next_sequence() - 1);
        rekey_if_due();
        return;
    }
    if (payload.size() > config_.max_pending - std::min(config_.max_pending, pending_size_)) {
        fail(failure(errc::too_many_pending, "too much is waiting for the key exchange to end"),
            disconnect_reason::by_application);
        return;
    }
    wire::secure_writer(pending_).u32(ticket).string(payload);
    pending_size_ += payload.size();
}

void transport::impl::send_data(byte_view head, byte_view body)
{
    assert(can_send());
    write(head, body);
    rekey_if_due();
}

// Sends the waiting messages. A key exchange that begins between two messages stops this; at least one message leaves for each
// exchange.
void transport::impl::drain()
{
    draining_ = true;
    while (pending_at_ < pending_.size() && !kex_ && !failed_) {
        const std::uint32_t ticket = load_u32(pending_.data() + pending_at_);
        const std::size_t size = load_u32(pending_.data() + pending_at_ + 4);
        const byte_view payload = byte_view(pending_).subspan(pending_at_ + 8, size);
        pending_at_ += 8 + size;
        pending_size_ -= size;
        write(payload);
        if (ticket != 0)
            handler_.on_sent(ticket, writer_.next_sequence() - 1);
        rekey_if_due();
    }
    draining_ = false;
    if (pending_at_ == pending_.size()) {
        pending_ = {};
        pending_at_ = 0;
    }
}

void transport::impl::send_ext_info()
{
    std::string algorithms;
    for (const std::string& name : config_.algos.public_keys())
        algorithms += (algorithms.empty() ? "" : ",") + name;
    wire::msg::ext_info m;
    m.extensions.push_back({"server-sig-algs", view_of(algorithms)});
    m.extensions.push_back({"ping@openssh.com", view_of(std::string_view("0"))});
    write(wire::encoded(m));
}

} // namespace sshoal::transport
