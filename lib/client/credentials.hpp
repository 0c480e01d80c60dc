// credentials.hpp - what a client logs in with: keys from memory, files and agents, in order.
#pragma once

#include "client/client_options_impl.hpp"

namespace sshoal::client {

/// The keys to log in with, and in words those that are missing.
struct credentials {
    std::vector<std::shared_ptr<signer>> identities; ///< those that are hidden_signers have no key() yet
    std::vector<std::pair<log_level, std::string>> notes;
    std::string no_agent = "no agent()", no_file = "no identity file";

    std::string lacks(const client_options::impl&) const;
};

/// Keys from all the sources, in order. Errors: of an identity_file().
awaitable<outcome<void>> gather(const client_options::impl&, credentials&);

} // namespace sshoal::client
