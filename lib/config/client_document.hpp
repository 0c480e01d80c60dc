// client_document.hpp - ssh_config files after reading: blocks, conditions and values, ready for look-ups.
#pragma once

#include "config/setting_store.hpp"
#include "sshoal/ssh_config.hpp"

namespace sshoal::conf {

struct match_condition {
    std::string name;  ///< in lower case
    std::string argument;
    bool negated = false;
    std::size_t word = 0; ///< the index of the condition in the line
};

/// One line of a document.
struct client_item {
    enum class kind { host, match, include, setting, unknown };
    kind what = kind::setting;
    config_line line;
    failure trouble;                         ///< the reason why the line cannot be used; it counts if the line does
    std::size_t row = 0;                     ///< of a setting
    value v;                                 ///< of a setting
    std::vector<std::string> passed_over;    ///< algorithms of a setting that are not implemented
    std::vector<match_condition> conditions; ///< of a match
    std::vector<std::shared_ptr<const client_document>> included; ///< of an include: the files, in order
    std::shared_ptr<const config_reading> later; ///< of an include with tokens in its names: look-ups read the files
    std::size_t depth = 0;                       ///< of such an include
};

struct client_document {
    std::vector<client_item> items;
    bool reads_later = false; ///< an item of these, or of an included file, has files that look-ups read
};

/// Expands the tokens in a name of Include.
using name_expander = std::function<outcome<std::string>(std::string_view)>;

/// Reads the files of an include that look-ups read. Errors: errc::bad_configuration.
outcome<std::vector<std::shared_ptr<const client_document>>> read_included(const client_item& include, const name_expander& expand);

/// Reads a text. Lines that cannot be used are no error yet, since they may stand in a block that does not apply.
/// Errors: errc::bad_configuration for a NUL.
outcome<client_document> read_client_document(std::string_view text, const std::string& name, const config_reading& how);

/// Reads a file. Returns: nothing if there is no such file. Errors: errc::bad_configuration for a file that cannot be read.
outcome<std::optional<client_document>> load_client_document(const std::string& path, const config_reading& how);

/// Reads a line of the command line. Errors: errc::bad_configuration.
outcome<client_item> read_client_setting(std::string_view line, const std::string& name);

} // namespace sshoal::conf
