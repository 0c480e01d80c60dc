#include "sshoal/byte_stream.hpp"

#include <boost/asio/error.hpp>

namespace sshoal {

error_code byte_stream::shutdown_send() noexcept { return asio::error::operation_not_supported; }
error_code byte_stream::set_traffic_class(int) noexcept { return asio::error::operation_not_supported; }
void byte_stream::reset() noexcept { close(); }
endpoint byte_stream::remote() const { return endpoint::without_address("stream"); }
endpoint byte_stream::local() const { return endpoint::without_address("stream"); }

} // namespace sshoal
