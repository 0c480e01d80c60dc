#include "sshoal/lines.hpp"

#include "net/crossing.hpp"

#include <algorithm>

namespace sshoal::detail {
namespace {

// The first read of a text asks for few bytes, and every further one for as many as there are: the bytes that go back are then
// never more than those of the text, or than this.
constexpr std::size_t first_step = 512;
constexpr std::size_t longest_step = 64 * 1024;
constexpr std::size_t shown_in_errors = 200;

struct wanted {
    wanted(std::string e, std::size_t most, bool line) : end(std::move(e)), limit(std::min(most, SIZE_MAX / 2)), is_line(line) {}
    std::string end;
    std::size_t limit;
    bool is_line; ///< the end of the stream ends the last line
};

failure too_long(const wanted& w)
{
    const std::string most = std::to_string(w.limit) + " bytes";
    return {errc::line_too_long, w.is_line ? "a line of more than " + most
                                           : "\"" + printable(w.end, 64) + "\" did not come within " + most};
}

failure not_found(const wanted& w, std::string_view text)
{
    if (text.size() > shown_in_errors)
        text.remove_prefix(text.size() - shown_in_errors);
    return {errc::text_not_found, "\"" + printable(w.end, 64) + "\"; the last text was \""
                                      + printable(text, 4 * shown_in_errors) + "\""};
}

/// Returns: the text with its end; text without this end only for a last line, and an empty text if there is none.
awaitable<outcome<std::string>> collect(std::shared_ptr<text_source> from, wanted what)
{
    std::string held;
    failure why;
    std::size_t had = 0;
    try {
        for (;;) {
            const std::size_t step = std::min(std::clamp(had, first_step, longest_step), what.limit - had + 1);
            held.resize(had + step);
            const auto room = std::as_writable_bytes(std::span(held)).subspan(had);
            std::size_t n = from->try_read(room);
            if (n == 0) {
                auto reading = from->read_some(room);
                outcome<std::size_t> more = co_await std::move(reading);
                if (!more) {
                    why = more.error();
                    break;
                }
                n = *more;
            }
            held.resize(had + n);
            const std::size_t overlap = std::min(had, what.end.size() - 1);
            const std::size_t at = held.find(what.end, had - overlap);
            had = held.size();
            const std::size_t size = at + what.end.size();
            if (at != std::string::npos && size <= what.limit) {
                from->put_back(std::string_view(held).substr(size));
                held.resize(size);
                co_return std::move(held);
            }
            if (n == 0 && what.is_line)
                co_return std::move(held);
            if (n == 0)
                why = not_found(what, held);
            else if (had > what.limit)
                why = too_long(what);
            if (why)
                break;
        }
    } catch (const boost::system::system_error& e) { // Asio's own, if the coroutine was cancelled while it ran
        why = failure(e.code());
    }
    held.resize(had);
    from->put_back(held);
    co_return why;
}

/// A cancellation can cross the text on its way back from the strand; then the text goes back into the stream, since a caller
/// that has cancelled may never look at it.
awaitable<outcome<std::string>> take(std::shared_ptr<text_source> from, wanted what)
{
    if (!from)
        co_return failure(errc::closed, "no stream: an empty handle");
    const executor here = co_await asio::this_coro::executor;
    const asio::cancellation_state before = co_await asio::this_coro::cancellation_state;
    const asio::cancellation_type had = before.cancelled();
    auto there = net::or_failure(from->strand(), collect(from, std::move(what)));
    outcome<std::string> text = co_await std::move(there);
    const asio::cancellation_state after = co_await asio::this_coro::cancellation_state;
    if (here == from->strand() || !text || text->empty() || after.cancelled() == had)
        co_return text;
    from->put_back_from_elsewhere(std::move(*text));
    co_return net::aborted();
}

} // namespace

awaitable<std::optional<std::string>> read_line(std::shared_ptr<text_source> from, std::size_t limit)
{
    wanted what("\n", limit, true);
    auto taking = take(std::move(from), std::move(what));
    outcome<std::string> line = co_await std::move(taking);
    if (!line)
        throw error(line.error());
    if (line->empty())
        co_return std::optional<std::string>();
    if (line->back() == '\n') {
        line->pop_back();
        if (!line->empty() && line->back() == '\r')
            line->pop_back();
    }
    co_return std::optional<std::string>(std::move(*line));
}

awaitable<std::string> read_until(std::shared_ptr<text_source> from, std::string text, std::size_t limit)
{
    if (text.empty())
        throw error(failure(errc::invalid_argument, "read_until() needs a text to wait for"));
    wanted what(std::move(text), limit, false);
    auto taking = take(std::move(from), std::move(what));
    outcome<std::string> found = co_await std::move(taking);
    if (!found)
        throw error(found.error());
    co_return std::move(*found);
}

} // namespace sshoal::detail
