// client_options_impl.hpp - the values that client_options holds, for connect().
#pragma once

#include "connection/common_settings.hpp"
#include "sshoal/client_options.hpp"
#include "sshoal/ssh_config.hpp"

#include <variant>

namespace sshoal {

/// A private key file, loaded when the connection is made.
struct identity_file_source {
    std::string path;
};
/// All keys that the agent has when the connection is made.
struct agent_source {
    std::string path; ///< empty: $SSH_AUTH_SOCK
};
/// The user's usual files, as far as they exist when the connection is made.
struct default_identities_source {};
/// The agent's key whose public half is in this file.
struct public_file_source {
    std::string path, agent;
};
using identity_source = std::variant<std::shared_ptr<signer>, identity_file_source, agent_source, default_identities_source,
                                     public_file_source, ssh_identities>;

/// Says how keys that were used are added to an agent.
struct agent_keeper {
    agent_key_limits limits;
    std::string socket_path;
    confirm_function ask;
};

/// The configuration in which connect() looks its host up.
struct configured_by {
    ssh_config files;
    bool of_user = false; ///< the user's files, which connect() reads, are meant in place of `files`
    config_answers answers;
    verify_function ask;
};

struct client_options::impl : conn::common_settings {
    impl();

    std::string user; ///< the local user's name to begin with
    std::uint16_t port = 22;
    bool own_user = false, own_port = false; ///< named by the program

    std::shared_ptr<const configured_by> config; ///< null: none
    std::string proxy_command;
    bool proxy_passes_socket = false;
    std::vector<std::pair<login_target, client_options>> jumps;
    bool needs_jumps = false; ///< the settings name jump hosts, and nobody has said how to log in there
    bool fixed_password = false, fixed_passphrase = false; ///< secrets for the server itself, not for hosts on the way
    unsigned max_jumps = 16;
    unsigned hops_deep = 0; ///< the number of hosts on whose way this one is

    std::vector<identity_source> identities; ///< in the order in which they are offered
    std::shared_ptr<const agent_keeper> keeper; ///< null: no key is added to an agent
    passphrase_function passphrase;
    password_function password, new_password;
    interactive_function interactive;
    std::vector<std::string> methods{"publickey", "keyboard-interactive", "password"};
    bool refuse_no_proof = false;
    bool try_none = false;
    unsigned password_prompts = 3;
    std::function<void(const login_refusal&)> on_refused;

    std::shared_ptr<host_key_verifier> verifier;
    std::string host_key_alias;
    failure verifier_problem; ///< the error of the last call that set the verifier; a later call may clear it

    dial_options dial;
    std::vector<std::pair<std::string, std::string>> environment;
    std::chrono::milliseconds timeout{0}; ///< 0: none

    std::function<void(std::string_view)> on_banner;

    void trust(std::shared_ptr<host_key_verifier> v, std::string complaint = {})
    {
        verifier = std::move(v);
        verifier_problem = complaint.empty() ? failure() : failure(errc::invalid_argument, std::move(complaint));
    }

    /// Returns: the error with which connect() fails before it connects: invalid_argument, unknown_algorithm,
    /// no_host_key_verifier.
    failure check(bool needs_verifier = true) const;
};

} // namespace sshoal
