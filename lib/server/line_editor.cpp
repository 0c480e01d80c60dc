#include "sshoal/line_editor.hpp"

#include "base/access.hpp"
#include "net/crossing.hpp"
#include "server/line_editing.hpp"
#include "server/session_state.hpp"

#include <algorithm>

namespace sshoal {

using editing_event = server::line_editing::event;

namespace {

constexpr std::size_t most_keys = 256; // taken from the channel at a time; those behind the end of a line go back into it

} // namespace

struct line_editor::state {
    explicit state(server_session s)
        : session(std::move(s))
        , about(detail::access::state(session))
        , editing(about->pty().has_value(), columns())
    {
    }

    std::uint32_t columns() const noexcept { return about->pty() ? about->pty()->size.columns : 0; }

    /// Sends what the channel takes now.
    void flush(conn::channel_state& c)
    {
        std::string& out = editing.output();
        while (!out.empty()) {
            const std::size_t n = c.try_write(std::as_bytes(std::span(out)), data_stream::normal);
            if (n == 0)
                break;
            out.erase(0, n);
        }
        if (c.why_closed())
            out.clear();
    }
    /// Returns: false while too much waits for a client that does not read. The client's keys wait too then, since the answer to a
    /// key may be longer than the key, as for Ctrl-C.
    bool has_room() noexcept { return editing.output().size() < most_output; }
    /// Takes the keys that are here. Returns: the event, none if there is none yet.
    editing_event take_keys(conn::channel_state& c)
    {
        std::string keys;
        while (has_room()) {
            const std::size_t n = std::min(c.queued(data_stream::normal), most_keys);
            if (n == 0)
                break;
            keys.resize(n);
            keys.resize(c.try_read(std::as_writable_bytes(std::span(keys)), data_stream::normal));
            std::string_view rest = keys;
            if (const editing_event e = editing.take(rest); e != editing_event::none) {
                c.put_back(std::as_bytes(std::span(rest)), data_stream::normal); // for the next line, or a program's own reads
                return e;
            }
        }
        return c.at_eof(data_stream::normal) && !c.cut_short() ? editing.finish() : editing_event::none;
    }

    server_session session;
    std::shared_ptr<server::session_state> about;
    server::line_editing editing;
    std::size_t most_output = 1u << 20;
    bool interrupts = false, interrupted = false, reading = false;
};

namespace {

using line_outcome = outcome<std::optional<std::string>>;

awaitable<line_outcome> read_typed_line(std::shared_ptr<line_editor::state> self, std::string prompt, bool hidden)
{
    line_editor::state& s = *self;
    const std::shared_ptr<conn::channel_state> c = conn::state_of(s.session.io());
    if (s.reading)
        co_return failure(errc::operation_in_progress, "another coroutine reads a line");
    struct mark {
        bool& reading;
        ~mark() { reading = false; }
    } const reads{s.reading};
    s.reading = true;
    s.interrupted = false;
    s.editing.begin(prompt, hidden);
    for (;;) {
        s.editing.resize(s.columns());
        const editing_event e = s.take_keys(*c);
        s.flush(*c);
        if (e == editing_event::line)
            co_return std::optional<std::string>(s.editing.take_line());
        if (e == editing_event::end)
            co_return std::optional<std::string>();
        if (e == editing_event::interrupted) {
            s.interrupted = s.interrupts;
            if (s.interrupts)
                co_return std::optional<std::string>();
            s.editing.begin(prompt, hidden);
            continue;
        }
        if (c->cut_short())
            co_return c->why_closed();
        if (s.has_room() && c->queued(data_stream::normal) > 0)
            continue; // keys that had no room before
        const parking::wake w = co_await c->activity().wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
}

awaitable<outcome<void>> send_everything(std::shared_ptr<line_editor::state> self)
{
    const std::shared_ptr<conn::channel_state> c = conn::state_of(self->session.io());
    for (;;) {
        const failure closed = c->why_closed();
        if (self->editing.output().empty())
            co_return outcome<void>();
        self->flush(*c);
        if (closed)
            co_return closed;
        if (self->editing.output().empty())
            co_return outcome<void>();
        const parking::wake w = co_await c->activity().wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
}

} // namespace

line_editor::line_editor(server_session s)
{
    if (!s)
        throw error(failure(errc::closed, "no session: an empty handle"));
    self_ = std::make_shared<state>(std::move(s));
}

awaitable<std::optional<std::string>> line_editor::read_line(std::string prompt)
{
    return net::or_throw(get_executor(), read_typed_line(self_, std::move(prompt), false));
}
awaitable<std::optional<std::string>> line_editor::read_hidden(std::string prompt)
{
    return net::or_throw(get_executor(), read_typed_line(self_, std::move(prompt), true));
}

awaitable<void> line_editor::flush() { return net::or_throw(get_executor(), send_everything(self_)); }

void line_editor::print(std::string text)
{
    const std::shared_ptr<conn::channel_state> c = conn::state_of(self_->session.io());
    c->link().perform([c, self = self_, text = std::move(text)](conn::connection_state&) {
        if (self->has_room())
            self->editing.print(text);
        self->flush(*c);
    });
}

void line_editor::interrupts(bool on) { self_->interrupts = on; }
bool line_editor::interrupted() const noexcept { return self_->interrupted; }
void line_editor::limit_line(std::size_t most) { self_->editing.limit_line(most); }
void line_editor::limit_output(std::size_t most) { self_->most_output = most; }
void line_editor::limit_history(std::size_t lines) { self_->editing.limit_history(lines); }
const std::vector<std::string>& line_editor::history() const noexcept { return self_->editing.history(); }
void line_editor::set_history(std::vector<std::string> lines) { self_->editing.set_history(std::move(lines)); }
const server_session& line_editor::session() const noexcept { return self_->session; }
executor line_editor::get_executor() const noexcept { return self_->session.get_executor(); }

} // namespace sshoal
