// server_options_impl.hpp - the values that server_options holds, for listener and accept().
#pragma once

#include "connection/common_settings.hpp"
#include "sshoal/server_options.hpp"

#include <variant>

namespace sshoal {

/// A private key file, loaded when the server is made.
struct host_key_file_source {
    std::string path;
};
using host_key_source = std::variant<private_key, host_key_file_source>;

struct server_options::impl : conn::common_settings {
    impl() : common_settings("+zlib@openssh.com", true) {}

    std::vector<host_key_source> host_keys; ///< in order of preference
    std::shared_ptr<sshoal::authenticator> authenticator;
    std::string banner;

    std::string moduli_file;

    unsigned max_auth_tries = 6;
    unsigned max_auth_requests = 128;
    std::chrono::milliseconds auth_failure_delay{50};

    std::size_t max_sessions = 10;
    std::size_t max_env = 128;
    std::vector<std::string> accept_env{"LANG", "LC_*"};
    std::size_t max_command = 128 * 1024;
    setup_function permit_setup;
    std::vector<session_setup::kind> asked_about; ///< by permit_setup

    bool expects_session_services = false;
    std::shared_ptr<const trusted_proxies> proxies; ///< null: none

    std::size_t max_connections = 0;
    unsigned startups_begin = 10, startups_rate = 30, startups_full = 100;
    std::shared_ptr<sshoal::admission> admission; ///< null: each listener has one of its own
};

} // namespace sshoal
