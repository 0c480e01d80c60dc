// Programs that are ended from here: run() to the end, by a deadline, or by a cancellation; and process::terminate().

#include "connection/process_state.hpp"

#include "base/duration_text.hpp"
#include "net/crossing.hpp"
#include "sshoal/deadline.hpp"
#include "wire/session_requests.hpp"

namespace sshoal::conn::operations {

void send_signal(channel_state& c, std::string_view name)
{
    if (!c.protocol() || c.why_closed())
        return;
    wire::msg::signal m;
    m.signal_name = name;
    // A signal that cannot be sent any more finds no program.
    (void)c.protocol()->request(wire::msg::signal::name, false, wire::encoded(m), 0);
    c.link().kick();
}

awaitable<outcome<exit_info>> wait_exit(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s)
{
    while (!s->exit_known && !c->is_over()) {
        const wake w = co_await c->state_changed().wait();
        if (w == wake::cancelled && !s->exit_known && !c->is_over())
            co_return net::aborted();
    }
    if (failure f = c->why_closed(); f && f.code() != errc::channel_closed && !s->exit_known)
        co_return f;
    co_return s->exit;
}

namespace {

awaitable<void> throw_failures(awaitable<outcome<exit_info>> waiting)
{
    outcome<exit_info> told = co_await std::move(waiting);
    if (!told)
        throw error(told.error());
}

/// Waits for the end of the program for this long. Returns: false if the wait was cancelled.
awaitable<bool> wait_for_end(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s, std::chrono::milliseconds limit)
{
    auto limited = sshoal::detail::end_within(limit, throw_failures(wait_exit(c, s)));
    bool cancelled = false;
    try {
        co_await std::move(limited);
    } catch (const boost::system::system_error& e) { // the others are the deadline, and the end of the connection
        cancelled = e.code() == asio::error::operation_aborted;
    }
    co_return !cancelled;
}

} // namespace

awaitable<outcome<exit_info>> terminate(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s,
                                        std::chrono::milliseconds grace)
{
    if (!s->exit_known)
        send_signal(*c, "TERM");
    bool waited = co_await wait_for_end(c, s, grace);
    if (!s->exit_known)
        send_signal(*c, "KILL");
    if (waited && !s->exit_known && !c->is_over()) {
        // Servers that send the output before the status get rid of it.
        c->protocol()->discard(mux::stream::data);
        c->protocol()->discard(mux::stream::error);
        waited = co_await wait_for_end(c, s, grace);
    }
    const failure lost = c->is_over() ? c->why_closed() : failure();
    c->close();
    if (s->exit_known)
        co_return s->exit;
    if (!waited)
        co_return net::aborted();
    if (lost && lost.code() != errc::channel_closed)
        co_return lost;
    co_return s->exit;
}

namespace {

/// Moves all queued bytes to the end of `to`. Returns: false if there are more than `room` bytes.
bool drain(channel_state& c, data_stream from, std::string& to, std::size_t& room)
{
    for (;;) {
        const std::size_t n = c.queued(from);
        if (n == 0)
            return true;
        if (n > room)
            return false;
        const std::size_t at = to.size();
        to.resize(at + n);
        c.try_read(std::as_writable_bytes(std::span(to)).subspan(at), from);
        room -= n;
    }
}

/// Ends a program that nobody waits for any more. Returns: what is known of the program.
std::string give_up(channel_state& c, const process& p)
{
    std::string known;
    if (p.exit().status || !p.exit().signal.empty()) {
        known = "the program had ended (" + p.exit().describe() + "), but its channel was still open";
    } else {
        send_signal(c, "TERM");
        known = "the program was sent SIGTERM, and its channel was closed; whether it has ended is not known";
        if (p.has_terminal())
            known = "the program was sent SIGTERM, and its terminal was closed; whether it has ended is not known";
    }
    c.close();
    return known;
}

awaitable<outcome<run_result>> run_to_end(std::shared_ptr<connection_handle> c, std::string command, run_options options)
{
    process_options how;
    how.merge_stderr(options.merges_stderr());
    if (options.pty())
        how.pty(*options.pty());
    for (const auto& [name, value] : options.env())
        how.env(name, value);
    outcome<process> started = co_await start(c, "exec", std::move(command), std::move(how));
    if (!started)
        co_return started.error();
    process p = std::move(*started);
    const std::shared_ptr<channel_state> state = conn::state_of(p.io());

    run_result r;
    std::size_t room = options.capture_limit();
    std::span<const std::byte> input = std::as_bytes(std::span(options.input()));
    bool input_open = true;
    for (;;) {
        const bool over = state->is_over(); // read first, so that bytes from before the close are moved below
        while (input_open && !over && !input.empty()) {
            const std::size_t n = state->try_write(input, data_stream::normal);
            if (n == 0)
                break;
            input = input.subspan(n);
        }
        if (input_open && !over && input.empty()) {
            state->protocol()->send_eof();
            state->link().kick();
            input_open = false;
        }
        if (!drain(*state, data_stream::normal, r.out, room) || !drain(*state, data_stream::error, r.err, room)) {
            p.io().close();
            co_return failure(errc::capture_limit,
                              "more than " + std::to_string(options.capture_limit()) + " bytes; use start() to stream");
        }
        if (over)
            break;
        const wake w = co_await state->activity().wait(asio::cancellation_type::all);
        if (w == wake::cancelled)
            co_return net::aborted().with_context(give_up(*state, p));
    }
    r.exit = p.exit();
    // With all output and the status, it does not matter how the channel ended: without CLOSE, by DISCONNECT, or with the stream.
    const bool complete = state->peer_has_ended() || p.exit().status || !p.exit().signal.empty();
    if (failure f = state->why_closed(); f && f.code() != errc::channel_closed && !complete)
        co_return f;
    co_return std::move(r);
}

awaitable<void> keep_result(awaitable<outcome<run_result>> running, std::optional<outcome<run_result>>& result)
{
    outcome<run_result> r = co_await std::move(running);
    result.emplace(std::move(r));
    if (!*result)
        throw error(result->error());
}

awaitable<outcome<run_result>> run_within(std::chrono::milliseconds limit, awaitable<outcome<run_result>> running)
{
    std::optional<outcome<run_result>> result;
    auto limited = sshoal::detail::end_within(limit, keep_result(std::move(running), result));
    bool late = false;
    try {
        co_await std::move(limited);
    } catch (const boost::system::system_error& e) {
        const bool cancelled = e.code() == asio::error::operation_aborted;
        if (!result)
            co_return cancelled ? net::aborted() : failure(e.code());
        // The deadline cancels the program too; any other failure is the program's own.
        late = !cancelled && result->error().code() == asio::error::operation_aborted;
    }
    if (late)
        co_return failure(errc::timed_out, "not done within " + duration_text(limit) + ": " + result->error().context());
    co_return std::move(*result);
}

} // namespace

awaitable<outcome<run_result>> run(std::shared_ptr<connection_handle> c, std::string command, run_options options)
{
    const std::chrono::milliseconds limit = options.deadline();
    auto running = run_to_end(std::move(c), std::move(command), std::move(options));
    return limit > std::chrono::milliseconds::zero() ? run_within(limit, std::move(running)) : std::move(running);
}

} // namespace sshoal::conn::operations
