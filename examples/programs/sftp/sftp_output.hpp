// sftp_output.hpp - what sshoal-sftp and sshoal-scp print, in the order in which they say it.
#pragma once

#include <string>

namespace programs {

/// To standard error, behind what has been printed.
void complain(const std::string& text);
/// To standard output.
void tell(const std::string& text);

} // namespace programs
