// socks_service.hpp - a SOCKS proxy's side of a stream, up to the bytes that are carried.
#pragma once

#include "forward/protocol/socks.hpp"
#include "sshoal/byte_stream.hpp"

#include <chrono>

namespace sshoal::forward {

/// Reads the client's request, and nothing behind it. Returns: no failure when the reader is done. Errors: those of the stream;
/// errc::end_of_file; errc::timed_out after `limit` (0: none); why() of the reader.
/// Cancellation: terminal, as that of the stream's waits.
awaitable<failure> read_request(byte_stream& from, socks_reader& into, std::chrono::nanoseconds limit);
/// Sends the reply. A client that does not take it learns of the end when its stream is closed.
awaitable<void> send_reply(byte_stream& to, const socks_reader& reader, socks_result r);

/// Returns: how a client is told of a failure to reach its target.
socks_result result_for(const failure& why) noexcept;

} // namespace sshoal::forward
