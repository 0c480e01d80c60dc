// would_block.hpp - the error of a stream that has no bytes for now, or no room.
#pragma once

#include "sshoal/error.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::net {

inline bool would_block(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

} // namespace sshoal::net
