#include "wire/session_requests.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::no_fields>;
template struct codec<msg::pty_req>;
template struct codec<msg::x11_req>;
template struct codec<msg::env>;
template struct codec<msg::exec>;
template struct codec<msg::subsystem>;
template struct codec<msg::window_change>;
template struct codec<msg::xon_xoff>;
template struct codec<msg::signal>;
template struct codec<msg::exit_status>;
template struct codec<msg::exit_signal>;
template struct codec<msg::break_request>;

} // namespace sshoal::wire
