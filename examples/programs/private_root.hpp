// private_root.hpp - a process of root's becomes a user's, in a folder that is all it can see (ChrootDirectory).
#pragma once

#include <stdexcept>
#include <string>

namespace programs {

class private_root_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Goes below `folder`, whose whole path must belong to root and be writable by nobody else, and takes on the user's identity
/// with its groups. Without a way back; to be called while there is one thread only.
/// Errors: private_root_error; the process must end then.
void enter_private_root(const std::string& folder, const std::string& user);

} // namespace programs
