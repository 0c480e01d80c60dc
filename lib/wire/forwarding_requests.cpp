#include "wire/forwarding_requests.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::direct_tcpip>;
template struct codec<msg::forwarded_tcpip>;
template struct codec<msg::x11_open>;
template struct codec<msg::direct_streamlocal>;
template struct codec<msg::forwarded_streamlocal>;
template struct codec<msg::tcpip_forward>;
template struct codec<msg::tcpip_forward_reply>;
template struct codec<msg::streamlocal_forward>;
template struct codec<msg::host_keys>;

} // namespace sshoal::wire
