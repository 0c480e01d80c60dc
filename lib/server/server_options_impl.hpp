// server_options_impl.hpp - the values that server_options holds, for listener and accept().
#pragma once

#include "connection/declared_arrivals.hpp"
#include "observe/sinks.hpp"
#include "sshoal/server_options.hpp"

#include <variant>

namespace sshoal {

/// A private key file, loaded when the server is made.
struct host_key_file_source {
    std::string path;
};
using host_key_source = std::variant<private_key, host_key_file_source>;

struct server_options::impl {
    std::vector<host_key_source> host_keys; ///< in order of preference
    std::shared_ptr<sshoal::authenticator> authenticator;
    std::string banner;

    sshoal::algorithms algorithms;
    sshoal::limits limits;
    std::string moduli_file;
    std::string software = "sshoal";

    unsigned max_auth_tries = 6;
    unsigned max_auth_requests = 128;
    std::chrono::milliseconds auth_failure_delay{50};

    std::size_t max_sessions = 10;
    std::size_t max_env = 128;
    std::vector<std::string> accept_env{"LANG", "LC_*"};
    std::size_t max_command = 128 * 1024;
    setup_function permit_setup;
    std::vector<session_setup::kind> asked_about; ///< the kinds that permit_setup is asked about
    unsigned required_rsa_bits = 2048;

    std::size_t max_connections = 0;
    unsigned startups_begin = 10, startups_rate = 30, startups_full = 100;
    std::shared_ptr<sshoal::admission> admission; ///< null: each listener has an object of its own

    executor work; ///< empty: the strand
    conn::declared_arrivals declared;

    observe::outlets outlets; ///< log() and events()

    // compression() and keepalive() change parts of algorithms() and limits(); they are kept apart so that the order of the calls
    // does not matter.
    bool compress = false;
    bool own_keepalive = false;

    /// The error of the first setter that was given an unusable value.
    failure problem;

    void complain(std::string text)
    {
        if (!problem)
            problem = failure(errc::invalid_argument, std::move(text));
    }
};

} // namespace sshoal
