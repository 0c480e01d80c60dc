// canonical_name.hpp - CanonicalizeHostname and its companions: completes a short host name by look-ups.
#pragma once

#include "config/match_conditions.hpp"

namespace sshoal::conf {

/// Returns: the name that is to be used from here on. If `question` is set afterwards, the answer is needed first.
/// Errors: errc::bad_configuration if no such host exists and CanonicalizeFallbackLocal is "no".
outcome<std::string> canonical_host_name(const setting_store& s, const std::string& name, const lookup_answers& answers,
                                         lookup_question& question);

} // namespace sshoal::conf
