// packet_dump.hpp - the part of a message that a dump of packets may show. Secrets and the data of applications stand at the end
// of the messages that have them, so a dump shows the beginning of each message.
#pragma once

#include "base/bytes.hpp"

namespace sshoal::transport {

/// Returns how many of the first bytes of a message may be shown. `most_data` is the number of bytes that may be shown of what is
/// neither secret nor a field of the protocol: data of channels, commands, variables, bodies of requests and of opens.
///
/// The following is never shown: passwords, old and new; answers of keyboard-interactive, and all else that a client sends within
/// a method; requests of methods that sshoal does not know; messages of key exchange methods; the cookie of X11; messages that
/// sshoal does not know.
std::size_t shown_bytes(byte_view payload, std::size_t most_data) noexcept;

} // namespace sshoal::transport
