// client_keywords.hpp - the table of ssh_config's keywords.
#pragma once

#include "config/keyword.hpp"

namespace sshoal::conf {

/// In the order in which "ssh -G" shows them. Host, Match and Include are not among them.
extern const keyword_table client_keywords;

} // namespace sshoal::conf
