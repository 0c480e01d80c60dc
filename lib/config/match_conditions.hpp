// match_conditions.hpp - the conditions of ssh_config's Match.
#pragma once

#include "config/client_document.hpp"

namespace sshoal::conf {

/// Reads the conditions of a line: "host a,b", "host=a,b", "!user x", "all". Errors: errc::bad_configuration.
outcome<std::vector<match_condition>> read_client_conditions(const config_line& line);

/// A question whose answer a look-up needs.
struct lookup_question {
    enum class kind { none, command, canonical_name };
    kind what = kind::none;
    std::string text; ///< the command, or the name
    friend bool operator==(const lookup_question&, const lookup_question&) = default;
};

/// The answers so far. A command's answer is "" for success and nothing for a failure; a name's is the canonical name.
using lookup_answers = std::vector<std::pair<lookup_question, std::optional<std::string>>>;

/// Returns: the answer; null if the question has not been asked.
const std::optional<std::string>* answer_to(const lookup_answers& all, const lookup_question& q);

/// The facts, settings and answers that conditions are compared with.
struct match_subject {
    const setting_store& settings; ///< as far as they have been read
    const config_facts& facts;
    const lookup_answers& answers;
    std::string original_host;     ///< as it was asked for
    std::string host;              ///< the name that Host compares
    bool final_pass = false;       ///< the files are being read again
    bool wants_final = false;      ///< set by a "Match final"
    lookup_question question{};    ///< set if an answer is needed to go on
    config_place asked_at{};       ///< the line that asks
};

/// Sets `applies` if the lines below this Match apply. If `to.question` is set afterwards, the answer is needed first.
/// Errors: errc::bad_configuration.
failure match_applies(const client_item& match, match_subject& to, bool& applies);

} // namespace sshoal::conf
