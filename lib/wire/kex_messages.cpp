#include "wire/kex_messages.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::kexinit>;
template struct codec<msg::newkeys>;
template struct codec<msg::ecdh_init>;
template struct codec<msg::ecdh_reply>;
template struct codec<msg::dh_init>;
template struct codec<msg::dh_reply>;
template struct codec<msg::gex_init>;
template struct codec<msg::gex_reply>;
template struct codec<msg::gex_request_old>;
template struct codec<msg::gex_request>;
template struct codec<msg::gex_group>;

} // namespace sshoal::wire
