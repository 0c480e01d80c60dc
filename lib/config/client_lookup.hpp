// client_lookup.hpp - finds the settings of one host in ssh_config files, in steps: a step ends with the settings, or with a
// question that somebody else answers.
#pragma once

#include "config/match_conditions.hpp"

namespace sshoal::conf {

struct lookup_step {
    config_place asked_at;    ///< the line that asks the question
    lookup_question question; ///< if it is set, the next step needs the answer, and nothing else counts
    failure not_done;         ///< a keyword that is not implemented and must not be left out
    ssh_settings settings;
};

/// Returns: whether look_up() reads files, as for an Include with tokens in its names.
bool reads_files(const client_document& in);

/// Makes one step. The same step is made again with one more answer, until there is no question left.
/// Errors: errc::bad_configuration.
outcome<lookup_step> look_up(const client_document& in, const std::string& host, const config_facts& facts,
                             const lookup_answers& answers);

} // namespace sshoal::conf
