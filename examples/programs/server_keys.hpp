// server_keys.hpp - the keys that may log in to an account: its files, AuthorizedKeysCommand, and the keys that are revoked.
#pragma once

#include "server_account.hpp"

#include <sshoal/key.hpp>

#include <string>
#include <vector>

namespace programs {

/// Looks for a key in the account's files, and asks AuthorizedKeysCommand for a key that is in none of them. Blocks. `algorithm`: that
/// of the client's signature; `ends`: the addresses and ports of the connection, for the token %C. `told` gets lines for the log.
bool key_may_log_in(const account& who, const sshoal::sshd_settings& settings, const sshoal::public_key& key,
                    const std::string& algorithm, const std::string& ends, std::vector<std::string>& told);

} // namespace programs
