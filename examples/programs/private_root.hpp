// private_root.hpp - turns a process of root into a user's, which sees only one folder (ChrootDirectory).
#pragma once

#include <stdexcept>
#include <string>

namespace programs {

class private_root_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Makes `folder` the root directory, and changes to the user's identity with its groups, without a way back. The whole path of
/// the folder must belong to root and be writable only by root. Must be called while there is only one thread.
/// Errors: private_root_error; the process must end then.
void enter_private_root(const std::string& folder, const std::string& user);

} // namespace programs
