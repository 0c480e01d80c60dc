// lines.hpp - reading text line by line, or up to a text that a program waits for. Process outputs, server sessions, channels and
// SFTP files have read_line(), read_until() and lines(); the rules that they share are here.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sshoal SSHOAL_API {

/// The longest line, and the longest text before the one that read_until() waits for, if the program names no limit.
inline constexpr std::size_t default_text_limit = 1u << 20;

namespace detail {

/// The stream that text is read from. Bytes that were read and do not belong to the text go back, so the next read of any kind
/// finds them.
class text_source {
public:
    virtual ~text_source() = default;
    virtual executor strand() const = 0;

    // These functions are called on the strand:
    virtual std::size_t try_read(std::span<std::byte> into) = 0;
    virtual awaitable<outcome<std::size_t>> read_some(std::span<std::byte> into) = 0;
    /// `unread` are the bytes that were read last.
    virtual void put_back(std::string_view unread) = 0;

    /// The same from another executor.
    virtual void put_back_from_elsewhere(std::string unread) = 0;
};

awaitable<std::optional<std::string>> read_line(std::shared_ptr<text_source> from, std::size_t limit);
awaitable<std::string> read_until(std::shared_ptr<text_source> from, std::string text, std::size_t limit);

} // namespace detail

/// Reads the lines of a process output, session, channel or file. The object keeps no text of its own: other reads of the same
/// stream may come between two lines, and nothing is lost when the object goes.
///
///     line_reader lines = proc.out().lines();
///     while (auto line = co_await lines.next())
///         use(*line);
///
/// A line ends with LF; a CR before the LF belongs to the end of the line. (read_until("\n") returns the line with its end.)
class line_reader {
public:
    line_reader() noexcept = default; ///< a reader without a stream
    line_reader(std::shared_ptr<detail::text_source> from, std::size_t limit) : from_(std::move(from)), limit_(limit) {}

    /// Returns: the next line without its end; nothing at the end of the stream. A last line that has no LF is returned too.
    /// Errors: errc::line_too_long if the line and its end are longer than the limit; those of the stream's read_some(). After an
    /// error, the bytes of the line are still in the stream.
    /// Cancellation: terminal, partial, total - nothing is consumed.
    /// Executor: any; the stream's strand costs no hop. Lifetime: the object keeps its stream; the object itself need not live
    /// until the operation completes.
    awaitable<std::optional<std::string>> next() { return detail::read_line(from_, limit_); }

private:
    std::shared_ptr<detail::text_source> from_;
    std::size_t limit_ = default_text_limit;
};

} // namespace sshoal
