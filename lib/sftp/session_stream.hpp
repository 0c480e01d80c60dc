// session_stream.hpp - the channel of an SFTP session, of either end, as a stream.
#pragma once

#include "net/stream_io.hpp"

namespace sshoal::sftp {

using net::make_stream_io;
using net::stream_io;

/// The channel is closed when the stream is destroyed.
std::unique_ptr<stream_io> make_session_stream(channel c);

} // namespace sshoal::sftp
