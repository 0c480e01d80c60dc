#include "wire/connection_messages.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::global_request>;
template struct codec<msg::request_success>;
template struct codec<msg::channel_open>;
template struct codec<msg::channel_open_confirmation>;
template struct codec<msg::channel_open_failure>;
template struct codec<msg::channel_window_adjust>;
template struct codec<msg::channel_data>;
template struct codec<msg::channel_extended_data>;
template struct codec<msg::channel_request>;
template struct codec<msg::channel_eof>;
template struct codec<msg::channel_close>;
template struct codec<msg::channel_success>;
template struct codec<msg::channel_failure>;
template struct codec<msg::request_failure>;

} // namespace sshoal::wire
