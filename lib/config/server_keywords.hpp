// server_keywords.hpp - the table of sshd_config's keywords.
#pragma once

#include "config/keyword.hpp"

namespace sshoal::conf {

/// In the order in which "sshd -T" shows them. Match and Include are not among them.
extern const keyword_table server_keywords;

} // namespace sshoal::conf
