// local_end.hpp - where a TCP connection begins: an address or an interface of this machine, and the socket's own options.
#pragma once

#include "net/dialling.hpp"

namespace sshoal::net {

/// Opens the socket for the family of `to`, sets its options, and binds it as the options say.
/// Errors: those of the system; address_family_not_supported if the local address has the other family; address_not_available for
/// an interface without address.
error_code set_local_end(stream_socket& socket, const tcp_endpoint& to, const dial_options& how);

} // namespace sshoal::net
