// receiving_order.hpp - what a source may say when, and which names a receiver that asked for something accepts.
#pragma once

#include "scp/protocol/control.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// What the receiver of files asked for: the last part of a path.
class request {
public:
    request() {}
    explicit request(std::string_view path); ///< a pattern
    bool several() const noexcept { return wildcards_; }
    bool accepts(std::string_view name) const noexcept;
    /// "." and "..": the directory that was asked for has no name of its own, and becomes the target itself.
    bool is_dots() const noexcept { return pattern_ == "." || pattern_ == ".."; }

private:
    std::string pattern_, plain_;
    std::vector<std::string> expanded_; ///< of {a,b}
    bool wildcards_ = false;
};

/// Follows the lines of a source. Names are checked by parse_control() already.
class receiving_order {
public:
    /// Without a request: anything is accepted that stays below the target.
    receiving_order(bool recursive, unsigned max_depth, std::optional<request> asked = std::nullopt);

    enum class verdict { accepted, too_deep };
    /// What is too deep is not entered, so that the source can be told and may go on. Errors: errc::protocol_error.
    outcome<verdict> check(const control& c);
    /// The source has said nothing more. Errors: errc::protocol_error.
    outcome<void> end() const;
    /// A directory that was accepted could not be made, and the source has been told: it is not entered.
    void not_entered() noexcept { --depth_; }

    std::size_t depth() const noexcept { return depth_; }

private:
    outcome<void> check_top(const control& c);

    bool recursive_;
    std::size_t max_depth_, depth_ = 0;
    std::optional<request> asked_;
    bool any_ = false, times_ = false;
};

} // namespace sshoal::scp_protocol
