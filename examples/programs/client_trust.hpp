// client_trust.hpp - verifies host keys by StrictHostKeyChecking, HostKeyAlias and the known_hosts files of ssh_config.
#pragma once

#include "client_settings.hpp"

#include <sshoal/host_key_verifier.hpp>

#include <memory>

namespace programs {

/// Set when the host key is not the known one and StrictHostKeyChecking=no lets the connection go on; no password may be sent
/// then.
using suspicion = std::shared_ptr<bool>;

std::shared_ptr<sshoal::host_key_verifier> make_client_trust(const client_settings& c, suspicion suspect);

} // namespace programs
