#include "scp/protocol/receiving_order.hpp"

#include "scp/protocol/pattern.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::scp_protocol {
request::request(std::string_view path)
{
    pattern_path parsed(path);
    if (!parsed.parts.empty())
        pattern_ = std::move(parsed.parts.back());
    plain_ = literal(pattern_);
    // The shell may find the same name in several directories.
    wildcards_ = has_wildcards(path);
    const std::vector<std::string> all = braces_expanded(path);
    for (std::size_t i = 0; all.size() > 1 && i < all.size(); ++i) {
        pattern_path one(all[i]);
        if (!one.parts.empty())
            expanded_.push_back(std::move(one.parts.back()));
        wildcards_ = true;
    }
}

bool request::accepts(std::string_view name) const noexcept
{
    // A shell that finds no name for a pattern leaves the pattern as it is, and the pattern may be the name of a file.
    const auto fits = [&](const std::string& p) { return name == literal(p) || matches(p, name); };
    return is_dots() ? name == pattern_
                     : name == plain_ || matches(pattern_, name) || std::any_of(expanded_.begin(), expanded_.end(), fits);
}

receiving_order::receiving_order(bool recursive, unsigned max_depth, std::optional<request> asked)
    : recursive_(recursive)
    , max_depth_(max_depth)
    , asked_(std::move(asked))
{
}

outcome<void> receiving_order::check_top(const control& c)
{
    if (asked_ && !asked_->accepts(c.name))
        return copy_protocol_error("the name was not asked for: " + printable(c.name));
    if (asked_ && any_ && !asked_->several())
        return copy_protocol_error("more than was asked for: " + printable(c.name));
    any_ = true;
    return {};
}

outcome<receiving_order::verdict> receiving_order::check(const control& c)
{
    const bool times = std::exchange(times_, c.what == record::times);
    switch (c.what) {
    case record::warning:
    case record::fatal: return verdict::accepted;
    case record::times:
        if (times)
            return copy_protocol_error("times twice");
        return verdict::accepted;
    case record::end:
        if (times)
            return copy_protocol_error("times for nothing");
        if (depth_ == 0)
            return copy_protocol_error("the end of a directory that was not begun");
        --depth_;
        return verdict::accepted;
    case record::file:
    case record::directory: break;
    }
    if (c.what == record::directory && !recursive_)
        return copy_protocol_error("a directory that was not asked for: " + printable(c.name));
    if (c.name == "." || c.name == "..")
        if (depth_ > 0 || !asked_)
            return copy_protocol_error("unexpected file name: " + c.name);
    if (depth_ == 0) {
        auto top = check_top(c);
        if (!top)
            return top.error();
    }
    if (c.what == record::directory) {
        if (depth_ == max_depth_)
            return verdict::too_deep;
        ++depth_;
    }
    return verdict::accepted;
}

outcome<void> receiving_order::end() const
{
    if (depth_ > 0 || times_)
        return copy_protocol_error("the source ended in the middle");
    return {};
}

} // namespace sshoal::scp_protocol
