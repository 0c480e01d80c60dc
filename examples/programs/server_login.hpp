// server_login.hpp - decides who may log in to sshoald, by accounts of the system, authorized_keys files and passwords of
// shadow(5).
#pragma once

#include "server_config.hpp"

#include <sshoal/authenticator.hpp>

#include <memory>

namespace programs {

/// Returns: the name of the account that a client means. OpenSSH's clients may add ":style".
std::string account_of(const std::string& user);

std::shared_ptr<sshoal::authenticator> make_server_login(std::shared_ptr<const server_config> config);

} // namespace programs
