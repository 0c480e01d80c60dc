// credentials.hpp - gathers the keys for a log-in, from memory, files and agents, in order.
#pragma once

#include "client/client_options_impl.hpp"

namespace sshoal::client {

/// The keys to log in with, and notes about keys that are missing.
struct credentials {
    std::vector<std::shared_ptr<signer>> identities; ///< a hidden_signer among them has no key() yet
    std::vector<std::pair<log_level, std::string>> notes;
    std::string no_agent = "no agent()", no_file = "no identity file";

    std::string missing(const client_options::impl&) const;
};

/// Returns: the keys of all sources, in order. Errors: those of an identity_file().
awaitable<outcome<void>> gather(const client_options::impl&, credentials&);

} // namespace sshoal::client
