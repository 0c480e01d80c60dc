// client_settings.hpp - turns the values of ssh_config's keywords into ssh_settings.
#pragma once

#include "config/judgement.hpp"

namespace sshoal::conf {

/// Fills in the defaults, expands tokens, and makes typed values. `not_done` is the failure of judge_settings().
/// Errors: errc::bad_configuration.
outcome<ssh_settings> client_settings_of(setting_store store, const config_facts& facts, const std::string& host,
                                         config_notes notes, failure& not_done);

/// Returns: whether IgnoreUnknown names the keyword.
bool is_ignored(const setting_store& s, std::string_view keyword);

/// Returns: the output of "ssh -G".
std::string described_settings(const ssh_settings& typed, const setting_store& all);

} // namespace sshoal::conf
