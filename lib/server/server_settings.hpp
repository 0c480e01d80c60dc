// server_settings.hpp - server_options made ready for use: the keys are loaded, the files are read, and all values are checked.
// One object serves all connections of a listener, on any number of threads, and does not change.
#pragma once

#include "engine/settings.hpp"
#include "server/server_options_impl.hpp"

namespace sshoal::server {

struct server_settings {
    server_options options;
    engine::settings engine;
    std::vector<private_key> host_keys; ///< in the order of engine.transport.host_keys
    const server_options::impl& get() const noexcept { return options.get(); }
};

/// Errors: invalid_argument (no host key, or none that the algorithms can use; an option out of its range), unknown_algorithm,
/// file_error, and those of private_key::load().
outcome<std::shared_ptr<const server_settings>> make_server_settings(server_options options);

} // namespace sshoal::server
