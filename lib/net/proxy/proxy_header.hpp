// proxy_header.hpp - the header of the PROXY protocol, versions 1 and 2, without I/O.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/endpoint.hpp"
#include "sshoal/error.hpp"

#include <optional>
#include <string>

namespace sshoal::net {

class proxy_header_reader {
public:
    /// `most`: the most bytes of a header of version 2.
    explicit proxy_header_reader(std::size_t most) : most_(most) {}

    enum class state : unsigned char {
        reading, ///< more bytes are wanted
        done,
        refused, ///< why() says why
    };
    /// Returns: the number of bytes that may be read next without reading beyond the header, at least 1 while the state is
    /// `reading`.
    std::size_t wanted() const noexcept { return whole_ - taken_.size(); }
    /// `from` holds at least one byte, and wanted() at most.
    state take(byte_view from);
    const failure& why() const noexcept { return why_; }

    struct ends {
        endpoint remote, local;
    };
    /// Returns: the real ends; nothing if the header leaves the ends as they are.
    const std::optional<ends>& found() const noexcept { return ends_; }

    static constexpr std::size_t most_of_version1 = 107; ///< with the end of the line

private:
    state begin_version2();
    state take_line();
    state take_addresses();
    state refuse(std::string why);
    std::size_t number_at(std::size_t i) const noexcept;

    const std::size_t most_;
    bool binary_ = false;
    std::size_t whole_ = 15; // the shortest header of version 1, which is shorter than one of version 2
    bytes taken_;
    std::optional<ends> ends_;
    failure why_;
};

} // namespace sshoal::net
