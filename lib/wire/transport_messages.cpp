#include "wire/transport_messages.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::disconnect>;
template struct codec<msg::ignore>;
template struct codec<msg::ping>;
template struct codec<msg::pong>;
template struct codec<msg::service_request>;
template struct codec<msg::service_accept>;
template struct codec<msg::unimplemented>;
template struct codec<msg::debug>;
template struct codec<msg::ext_info>;

} // namespace sshoal::wire
