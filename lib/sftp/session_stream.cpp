#include "sftp/session_stream.hpp"

namespace sshoal::sftp {
namespace {

/// A client asks for as many bytes before the first answer has come, and sends as many to a server. Later the window follows the
/// path.
constexpr std::uint32_t expected_at_once = 4u << 20;

} // namespace

std::unique_ptr<stream_io> make_session_stream(channel c)
{
    c.widen_window(expected_at_once);
    return net::make_stream_io(std::move(c), net::channel_end::close);
}

} // namespace sshoal::sftp
