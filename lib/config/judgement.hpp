// judgement.hpp - the treatment of keywords that are not done.
#pragma once

#include "config/setting_store.hpp"
#include "sshoal/ssh_config.hpp"

namespace sshoal::conf {

using config_notes = std::vector<std::pair<config_note, std::string>>;

/// Judges the value of one keyword, which `at` gives. `ignored`: patterns of IgnoreUnknown. A note is added for a value that has
/// no effect. Errors: errc::bad_configuration for a keyword that must not be left out.
failure judge_value(const keyword& k, const value& v, const config_place& at, const std::vector<std::string>& ignored,
                    config_notes& notes);

/// Goes through the values of keywords that are not done. Notes are added for those that have no effect. `ignored`: patterns of
/// IgnoreUnknown. Errors: errc::bad_configuration for a keyword that must not be left out.
failure judge_settings(const setting_store& s, const std::vector<std::string>& ignored, config_notes& notes);

} // namespace sshoal::conf
