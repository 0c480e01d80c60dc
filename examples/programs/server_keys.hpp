// server_keys.hpp - the keys that may log in to an account: its files, AuthorizedKeysCommand, and the keys that are revoked.
#pragma once

#include "server_account.hpp"

#include <sshoal/key.hpp>
#include <sshoal/key_options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace programs {

/// A client that shows a key.
struct key_holder {
    sshoal::public_key key;
    std::string algorithm;  ///< of the client's signature
    sshoal::key_use use;    ///< where the client is, and the time
    std::string ends;       ///< the addresses and ports of the connection, for the token %C
};

/// Looks for a key in the account's files, and asks AuthorizedKeysCommand for a key that is in none of them. Blocks.
/// Returns: the permissions that the options of the key leave; nothing if it may not log in. `told` gets lines for the log.
std::optional<sshoal::permissions> key_may_log_in(const account& who, const sshoal::sshd_settings& settings, const key_holder& holder,
                                                  std::vector<std::string>& told);

} // namespace programs
