// config_error.hpp - an error that makes a configuration unusable, with its place: "sshd_config line 3: ...".
#pragma once

#include <stdexcept>

namespace programs {

class config_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace programs
