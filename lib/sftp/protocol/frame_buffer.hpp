// frame_buffer.hpp - cuts a stream of bytes into SFTP's packets.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/error.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sshoal::sftp_protocol {

class frame_buffer {
public:
    /// `most`: bytes of a packet without its length field.
    explicit frame_buffer(std::size_t most) noexcept : most_(most) {}

    /// Room for what is read next: as much as the packet that has begun still needs, at least `least`.
    std::span<std::byte> prepare(std::size_t least)
    {
        const std::size_t have = end_ - begin_;
        std::size_t wanted = have + least;
        if (have >= 4)
            wanted = std::max(wanted, std::min<std::size_t>(4 + std::size_t(load_u32(&bytes_[begin_])), 4 + most_));
        if (begin_ > 0 && begin_ + wanted > bytes_.size()) {
            std::memmove(bytes_.data(), &bytes_[begin_], have);
            begin_ = 0;
            end_ = have;
        }
        if (begin_ + wanted > bytes_.size())
            bytes_.resize(begin_ + wanted);
        return std::span(bytes_).subspan(end_);
    }
    void commit(std::size_t n) noexcept { end_ += n; }

    /// The next packet from its type on, valid until prepare() is called. Nothing: more has to be read.
    /// Errors: malformed_message for a length of 0, packet_too_large.
    result<std::optional<byte_view>> next()
    {
        if (end_ - begin_ < 4)
            return std::optional<byte_view>();
        const std::size_t length = load_u32(&bytes_[begin_]);
        if (length == 0)
            return errc::malformed_message;
        if (length > most_)
            return errc::packet_too_large;
        if (end_ - begin_ < 4 + length)
            return std::optional<byte_view>();
        const byte_view packet(&bytes_[begin_ + 4], length);
        skip(4 + length);
        return std::optional<byte_view>(packet);
    }
    /// What has been read of packets that are not complete, from the length field on.
    byte_view pending() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }
    void skip(std::size_t n) noexcept
    {
        begin_ += n;
        if (begin_ == end_)
            begin_ = end_ = 0;
    }
    /// Gives memory back, as far as nothing is in it: for sessions that have become quiet.
    void shrink(std::size_t to)
    {
        if (begin_ == end_ && bytes_.size() > to)
            bytes(to).swap(bytes_);
    }

private:
    bytes bytes_;
    std::size_t begin_ = 0, end_ = 0, most_;
};

} // namespace sshoal::sftp_protocol
