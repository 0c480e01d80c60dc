// named_log.hpp - the log of one connection: every line begins with the name of the connection.
#pragma once

#include "sshoal/log.hpp"

#include <memory>
#include <string>

namespace sshoal::observe {

/// All on the connection's strand.
class named_log {
public:
    /// `peer` is printable: "127.0.0.1 port 39004".
    named_log(log_function to, std::string peer);

    /// What the connection logs with; none where `to` is none.
    const log_function& function() const noexcept { return function_; }
    /// From now on the name is "user@peer".
    void logged_in_as(std::string_view user);

private:
    std::string peer_;
    std::shared_ptr<std::string> name_;
    log_function function_;
};

} // namespace sshoal::observe
