// server_document.hpp - an sshd_config file after reading: every line is judged, and values are ready to be put together.
#pragma once

#include "config/judgement.hpp"
#include "config/server_match.hpp"

namespace sshoal::conf {

/// One line of a file.
struct server_item {
    enum class kind { match, include, setting };
    kind what = kind::setting;
    config_place at;
    std::size_t row = 0;                     ///< of a setting
    value v;                                 ///< of a setting
    std::vector<login_condition> conditions; ///< of a match
    std::vector<std::vector<server_item>> included; ///< of an include: the files, in order
};

struct server_document {
    std::vector<server_item> command_line, file;
    config_notes notes;
    bool has_match = false; ///< there is a Match that depends on facts
};

/// Adds a file's lines. Errors: errc::bad_configuration.
failure read_server_document(server_document& to, std::string_view text, const std::string& name, const config_reading& how);

/// Adds a line of the command line. Errors: errc::bad_configuration.
failure read_server_setting(server_document& to, std::string_view line, const std::string& name);

/// Puts the values together: those of the server, and above them those of Match blocks that hold for `who`. Null: no block but
/// those of "Match all".
setting_store server_values(const server_document& in, const login_facts* who);

} // namespace sshoal::conf
