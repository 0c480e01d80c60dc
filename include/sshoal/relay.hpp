// relay.hpp - carries bytes both ways between two streams or channels, as port forwarding does (RFC 4254 §7).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/channel.hpp>

#include <cstdint>
#include <memory>

namespace sshoal SSHOAL_API {

/// The number of bytes that a relay has carried, and the error that ended it.
class relay_result {
public:
    relay_result() {}
    std::uint64_t from_a = 0; ///< bytes read from the first and written to the second
    std::uint64_t from_b = 0; ///< bytes read from the second and written to the first
    failure why;              ///< the error that ended the relay; none if both directions ended with EOF
};

/// Carries bytes from a to b and from b to a. A side that reads end of file ends that direction alone (shutdown_send()), and the
/// other direction goes on. An error of one side ends both sides at once, and so does the end of a direction where the stream
/// cannot end one direction alone. Where the other end of one side has broken its connection, the other side is reset. Each side
/// reads only as fast as the other side takes bytes. The relay holds no buffer while no bytes move. `progress`, if given, counts
/// while bytes move; the relay writes to it on the relay's strand.
/// Returns: when both directions have ended and both sides are closed. Errors (thrown): operation_aborted; errc::closed if the
/// io_context of a channel is gone.
/// Cancellation: terminal, partial, total - both sides are closed.
/// Executor: any. The relay runs on the home() of a side that has one, else on a strand of the caller's executor.
/// Lifetime: the relay owns both sides.
awaitable<relay_result> relay(std::unique_ptr<byte_stream> a, std::unique_ptr<byte_stream> b,
                              std::shared_ptr<relay_result> progress = {});
inline awaitable<relay_result> relay(channel a, std::unique_ptr<byte_stream> b, std::shared_ptr<relay_result> progress = {})
{
    return relay(make_channel_stream(std::move(a)), std::move(b), std::move(progress));
}
inline awaitable<relay_result> relay(std::unique_ptr<byte_stream> a, channel b, std::shared_ptr<relay_result> progress = {})
{
    return relay(std::move(a), make_channel_stream(std::move(b)), std::move(progress));
}
inline awaitable<relay_result> relay(channel a, channel b, std::shared_ptr<relay_result> progress = {})
{
    return relay(make_channel_stream(std::move(a)), make_channel_stream(std::move(b)), std::move(progress));
}

} // namespace sshoal
