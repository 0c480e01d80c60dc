// link.hpp - what an SFTP session, of either end, runs over: a channel or a stream.
#pragma once

#include "net/stream_io.hpp"

namespace sshoal::sftp {

using link = net::stream_io;
using net::make_stream_io;

/// The channel is closed at the end of the link.
std::unique_ptr<link> make_link(channel c);

} // namespace sshoal::sftp
