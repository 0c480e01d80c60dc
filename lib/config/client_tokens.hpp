// client_tokens.hpp - the tokens of ssh_config: names, numbers and paths of the connection that is being configured.
#pragma once

#include "config/setting_store.hpp"
#include "config/tokens.hpp"
#include "sshoal/ssh_config.hpp"

namespace sshoal::conf {

/// Expands the tokens of `allowed` in a command for a shell; the shell itself expands "~" and "${NAME}".
/// Errors: errc::invalid_argument, also for a host or a user whose name a shell would act on: such names come from links and from
/// lists of repositories too (CVE-2023-51385).
outcome<std::string> expand_client_command(const setting_store& s, const config_facts& f, const std::string& host,
                                           std::string_view text, std::string_view allowed);

/// Expands "~", ${NAME} and the tokens of `allowed` in the name of a file. Errors: errc::invalid_argument.
outcome<std::string> expand_client_path(const setting_store& s, const config_facts& f, const std::string& host,
                                        std::string_view text, std::string_view allowed);

/// Expands ${NAME} and the tokens of KnownHostsCommand but those about the key of a server, for which
/// ssh_settings::known_hosts_command_words() keeps the text: another expand_tokens() makes a command of it. Errors: errc::invalid_argument.
outcome<std::string> expand_known_hosts_command(const setting_store& s, const config_facts& f, const std::string& host,
                                                std::string_view text);
/// The tokens about the key of a server.
inline constexpr std::string_view key_tokens = "HIKft";

/// Expands tokens in a text that no shell sees. Errors: errc::invalid_argument.
outcome<std::string> expand_client_text(const setting_store& s, const config_facts& f, const std::string& host,
                                        std::string_view text, std::string_view allowed);

} // namespace sshoal::conf
