// x11_stream.hpp - the stream to an X server, on whose way the first message of the X client gets the real cookie.
#pragma once

#include "forward/protocol/x11.hpp"
#include "sshoal/byte_stream.hpp"

#include <memory>

namespace sshoal::forward {

/// Passes everything on, but for that message. A client whose message is wrong is disconnected: try_write() fails.
/// Executor: that of `server`.
std::unique_ptr<byte_stream> make_x11_stream(std::unique_ptr<byte_stream> server, x11_setup setup);

} // namespace sshoal::forward
