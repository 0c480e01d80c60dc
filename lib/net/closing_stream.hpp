// closing_stream.hpp - a stream that can tell that both of its directions have been ended by the other end, as CLOSE does to a
// channel (RFC 4254 §5.3).
#pragma once

#include "sshoal/byte_stream.hpp"

namespace sshoal::net {

class closing_stream : public byte_stream {
public:
    /// Waits until the other end has closed the stream, or close() is called. It is called after end of file has been read.
    virtual awaitable<void> wait_closed() = 0;
};

} // namespace sshoal::net
