#include "sftp/link.hpp"

namespace sshoal::sftp {
namespace {

/// A client asks for so many bytes before its first answer has come, and a server is sent as many; later the window follows the path.
constexpr std::uint32_t expected_at_once = 4u << 20;

} // namespace

std::unique_ptr<link> make_link(channel c)
{
    c.widen_window(expected_at_once);
    return net::make_stream_io(std::move(c), net::channel_end::close);
}

} // namespace sshoal::sftp
