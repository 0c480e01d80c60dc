// server_settings.hpp - turns the values of sshd_config's keywords into sshd_settings.
#pragma once

#include "config/setting_store.hpp"
#include "sshoal/sshd_config.hpp"

namespace sshoal::conf {

/// Fills in the defaults, and makes typed values. Errors: errc::bad_configuration for keywords that do not fit together.
outcome<sshd_settings> server_settings_of(setting_store store);

/// Returns: the output of "sshd -T".
std::string described_server(const sshd_settings& typed, const setting_store& all);

} // namespace sshoal::conf
