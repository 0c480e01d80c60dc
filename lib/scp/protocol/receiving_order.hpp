// receiving_order.hpp - checks the order of a source's lines, and the names that a receiver has requested.
#pragma once

#include "scp/protocol/control.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// The names that a receiver has requested: the last part of a path.
class request {
public:
    request() {}
    explicit request(std::string_view path); ///< a pattern
    bool several() const noexcept { return wildcards_; }
    bool accepts(std::string_view name) const noexcept;
    /// Returns: whether the request is "." or "..". Such a directory has no name of its own, and becomes the target itself.
    bool is_dots() const noexcept { return pattern_ == "." || pattern_ == ".."; }

private:
    std::string pattern_, plain_;
    std::vector<std::string> expanded_; ///< the patterns that {a,b} stands for
    bool wildcards_ = false;
};

/// Follows the lines of a source. parse_control() has checked the names already.
class receiving_order {
public:
    /// If nothing was requested, every name is accepted.
    receiving_order(bool recursive, unsigned max_depth, std::optional<request> asked = std::nullopt);

    enum class verdict { accepted, too_deep };
    /// A directory that is too deep is not entered, so that the source can be told and may go on. Errors: errc::protocol_error.
    outcome<verdict> check(const control& c);
    /// To be called at the end of the source's lines. Errors: errc::protocol_error.
    outcome<void> end() const;
    /// To be called if a directory that was accepted could not be made, and the source has been told. The directory is not
    /// entered.
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
