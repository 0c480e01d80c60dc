// message.hpp - writes and reads the data types of SSH messages (RFC 4251 §5), for the bodies of channel opens, requests and
// answers that an application defines.
#pragma once

#include <sshoal/api.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

/// Appends values to a body. Calls can be chained: `message_writer().string("name").uint32(5).take()`.
/// A writer sets no limit to the size of the body; the operation that sends the body does (errc::message_too_long).
/// Errors: bad arguments throw `error` with errc::invalid_argument and leave the body as it was.
/// Executor: any; a writer is a plain object and must not be used by two threads at once.
class message_writer {
public:
    message_writer& byte(std::uint8_t v);
    message_writer& boolean(bool v);
    message_writer& uint32(std::uint32_t v);
    message_writer& uint64(std::uint64_t v);
    /// Appends a length and that many bytes. Errors: invalid_argument if the length does not fit into 32 bits.
    message_writer& string(std::span<const std::byte> v);
    message_writer& string(std::string_view v);
    /// Appends an integer, given in two's complement, most significant byte first. Needless bytes in front are left out.
    message_writer& mpint(std::span<const std::byte> twos_complement);
    /// Appends an integer that is not negative, given as its magnitude, most significant byte first.
    message_writer& unsigned_mpint(std::span<const std::byte> magnitude);
    /// Appends names joined by commas. Errors: invalid_argument unless each name has 1 to 64 printable US-ASCII characters
    /// without comma and space (RFC 4251 §6), and there are at most 1,024 names and 16 KiB in all, as message_reader demands.
    message_writer& name_list(std::span<const std::string_view> names);
    message_writer& name_list(std::initializer_list<std::string_view> names)
    {
        return name_list(std::span(names.begin(), names.size()));
    }
    /// Appends bytes without a length in front.
    message_writer& raw(std::span<const std::byte> v);

    /// Returns: the body as far as it is written. Lifetime: the view is valid until the next call that writes.
    std::span<const std::byte> view() const noexcept { return body_; }
    /// Moves the body out; the writer is empty afterwards.
    std::vector<std::byte> take() noexcept;

private:
    std::vector<std::byte> body_;
};

/// Reads values from a body that the peer sent. No bytes from the peer make a call throw, and no read goes past the end: after
/// the first value that does not fit, every further call returns an empty value and ok() is false. So a program reads all fields
/// in a row, then checks finished() once.
/// Lifetime: spans and texts that are returned point into the body, which must outlive them.
/// Executor: any; a reader is a plain object and must not be used by two threads at once.
class message_reader {
public:
    explicit message_reader(std::span<const std::byte> body) noexcept : left_(body) {}

    std::uint8_t byte() noexcept;
    bool boolean() noexcept; ///< every value other than zero is true
    std::uint32_t uint32() noexcept;
    std::uint64_t uint64() noexcept;
    /// Returns: the bytes of a string. The length cannot exceed the rest of the body.
    std::span<const std::byte> string() noexcept;
    /// Returns: a string as text. The text is not checked: it may hold control characters, zero bytes and invalid UTF-8.
    std::string_view text() noexcept;
    /// Returns: an integer in two's complement, most significant byte first; zero has no bytes. The read fails if the integer has
    /// needless bytes in front.
    std::span<const std::byte> mpint() noexcept;
    /// Returns: the magnitude of an integer, most significant byte first. The read fails if the integer is negative or has
    /// needless bytes in front.
    std::span<const std::byte> unsigned_mpint() noexcept;
    /// Returns: the names of a list. The read fails if a name is empty, has more than 64 bytes or a character that names must not
    /// have (RFC 4251 §6), or if there are more than 1,024 names or 16 KiB in all. One comma after the last name is ignored.
    /// This is the only call that allocates memory: 16 bytes for each name.
    std::vector<std::string_view> name_list();
    /// Returns: all bytes that are left.
    std::span<const std::byte> rest() noexcept;

    /// Returns: the number of bytes that are left; 0 after a failed read.
    std::size_t left() const noexcept { return left_.size(); }
    /// Returns: whether every read so far succeeded.
    bool ok() const noexcept { return !failed_; }
    /// Returns: whether every read succeeded and the whole body has been read.
    bool finished() const noexcept { return !failed_ && left_.empty(); }

private:
    std::span<const std::byte> left_;
    bool failed_ = false;
};

} // namespace sshoal
