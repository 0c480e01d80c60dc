// key_options.hpp - the options in front of a key of authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT), read into permissions.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>
#include <sshoal/permissions.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

/// Facts about a log-in that the options of a key ask for.
class key_use {
public:
    key_use() {}
    std::string address; ///< of the client, numeric; another text, such as "UNKNOWN", fits patterns only
    std::string host;    ///< the client's name, if it was looked up
    std::chrono::system_clock::time_point at = std::chrono::system_clock::now();
};

/// The options of one key.
class key_options {
public:
    key_options() {} ///< no option: the key allows everything

    /// Reads options with commas between them: `restrict,pty,command="backup --all"`. Names may have any case. A later option
    /// counts more than an earlier one: "restrict,pty" allows a terminal, and "pty,restrict" does not.
    /// Errors: errc::bad_configuration, for an option that is unknown, has a value that cannot be used, or is given twice where
    /// that has no meaning.
    static outcome<key_options> parse(std::string_view text);

    /// The log-in's permissions. `environment` has the variables of the options, which sshd leaves out unless its configuration says
    /// PermitUserEnvironment; `source_addresses` has the list of from=, names of hosts included; `principals` has those of a
    /// certificate authority.
    permissions allowed;
    bool certificate_authority = false; ///< "cert-authority": the key signs certificates, and does not log in itself

    /// Returns: why the key may not log in so, whatever it may do then: from elsewhere, too late, or never; empty if it may.
    std::string objection(const key_use& use) const;
};

} // namespace sshoal
