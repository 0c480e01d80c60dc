#include "connection/connection_state.hpp"

#include "base/duration_text.hpp"
#include "observe/sinks.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>

namespace sshoal::conn {
namespace {

std::uint64_t next_number() noexcept
{
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

} // namespace

bool running_on(const executor& strand) noexcept
{
    if (const auto* s = strand.target<asio::strand<asio::io_context::executor_type>>())
        return s->running_in_this_thread();
    if (const auto* s = strand.target<asio::strand<executor>>())
        return s->running_in_this_thread();
    return false;
}

connection_state::connection_state(executor strand, std::unique_ptr<byte_stream> stream,
                                   std::shared_ptr<const engine::settings> settings, std::shared_ptr<event_sink> sink,
                                   executor work, const declared_arrivals& declared)
    : settings_(std::move(settings))
    , sink_(std::move(sink))
    , number_(next_number())
    , driver_(std::move(strand), std::move(stream), *settings_, *this, std::move(work))
{
    for (const auto& d : declared.channels)
        channel_arrivals.push_back(std::make_shared<arrivals>(arrivals::kind::channels, d.name, d.most, ready()));
    for (const auto& d : declared.requests)
        request_arrivals.push_back(std::make_shared<arrivals>(arrivals::kind::requests, d.name, d.most, ready()));
}

connection_state::~connection_state() = default;

void connection_state::start()
{
    if (wants_events())
        on_event(events::connection_started());
    driver_.start(shared_from_this());
}

void connection_state::check_ignore(std::size_t data) const
{
    constexpr std::size_t other_fields = 1 + 4; // number, length
    const std::size_t most = settings_->connection.max_message;
    if (data > most || data + other_fields > most)
        throw error(failure(errc::message_too_long, "send_ignore() of " + std::to_string(data)
                                                        + " bytes, and limits::max_message is " + std::to_string(most)));
}

void connection_state::send_ignore(byte_view data)
{
    core().set_now(clock::now());
    core().send_ignore(data);
    kick();
}

void connection_state::log(log_level level, std::string_view line)
{
    if (!logs(level))
        return;
    events::message m;
    m.level = level;
    m.text = line;
    on_event(m);
}

void connection_state::on_event(const event& e)
{
    if (!wants_events())
        return;
    const auto* const m = e.as<events::message>();
    if (m && !sink_->wants_messages(m->level))
        return;
    event_origin from;
    from.connection = number_;
    from.server = settings_->transport.self == role::server;
    from.user = core().user();
    from.remote = &driver_.remote();
    from.local = &driver_.local();
    const callback_scope scope(*this);
    observe::tell(sink_.get(), from, e);
}

namespace {

/// Returns: whether a coroutine may end like this on a connection that goes on: its channel has ended, or it was cancelled.
bool is_end_of_a_channel(const error_code& ec)
{
    return ec == errc::channel_closed || ec == errc::end_of_file || ec == errc::channel_open_refused || ec == errc::request_refused
           || ec == asio::error::operation_aborted || ec == asio::error::eof || ec.category() == open_failure_category();
}

} // namespace

spawn_handler connection_state::end_of_spawned()
{
    return [weak = weak_from_this(), logged = sink_ && sink_->wants_messages(log_level::error)](std::exception_ptr thrown) {
        if (!thrown)
            return;
        const std::shared_ptr<connection_state> c = weak.lock();
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& e) {
            if (c && (c->ended() || is_end_of_a_channel(e.code())))
                c->log(log_level::debug, std::string("a coroutine ended: ") + e.what());
            else if (c)
                c->log(log_level::warning, std::string("a coroutine failed: ") + e.what());
        } catch (const std::exception& bug) {
            if (!logged)
                throw;
            if (c)
                c->log(log_level::error, "a coroutine of the application threw: " + printable(bug.what(), 1024));
        } catch (...) {
            if (!logged)
                throw;
            if (c)
                c->log(log_level::error, "a coroutine of the application threw something that is no std::exception");
        }
    };
}

const connection_state::variables& connection_state::environment() const noexcept
{
    static const variables none;
    return none;
}

connection_info connection_state::info()
{
    connection_info i;
    const transport::transport& t = core().wire();
    i.algorithms = t.agreed();
    i.peer_identification = printable(t.peer_identification());
    i.session_id.assign(t.session_id().begin(), t.session_id().end());
    i.remote = driver_.remote();
    i.local = driver_.local();
    add_info(i);
    return i;
}

connection_stats connection_state::stats()
{
    connection_stats s;
    const auto& n = core().wire().count();
    s.bytes_in = n.bytes_in;
    s.bytes_out = n.bytes_out;
    s.packets_in = n.packets_in;
    s.packets_out = n.packets_out;
    s.key_exchanges = n.key_exchanges;
    s.channels = mux().channel_count();
    s.channels_opened = mux().channels_opened();
    s.rtt = mux().rtt();
    return s;
}

void connection_state::on_global_reply(std::uint64_t token, bool success, byte_view body)
{
    const auto it
        = std::find_if(global_waits.begin(), global_waits.end(), [&](const reply_wait* w) { return w->token == token; });
    if (it == global_waits.end())
        return;
    reply_wait& w = **it;
    global_waits.erase(it);
    w.answered = !ended();
    w.success = success;
    w.body.assign(body.begin(), body.end());
    w.over();
}

void connection_state::on_no_global_reply(std::uint64_t token, mux::no_reply why)
{
    if (why == mux::no_reply::unimplemented)
        return on_global_reply(token, false, {});
    for (auto* waits : {&global_waits, &ping_waits}) {
        const auto it = std::find_if(waits->begin(), waits->end(), [&](const reply_wait* w) { return w->token == token; });
        if (it == waits->end())
            continue;
        reply_wait& w = **it;
        waits->erase(it);
        w.why_none = reply_overdue(w.what);
        w.over();
        return;
    }
}

failure connection_state::reply_overdue(std::string_view what) const
{
    return {errc::timed_out, "no answer to \"" + printable(what, 64) + "\" within "
                                 + duration_text(settings_->connection.reply_timeout)};
}

void connection_state::on_pong(std::uint64_t token)
{
    const auto it = std::find_if(ping_waits.begin(), ping_waits.end(), [&](const reply_wait* w) { return w->token == token; });
    if (it == ping_waits.end())
        return;
    reply_wait& w = **it;
    ping_waits.erase(it);
    w.answered = true;
    w.over();
}

void connection_state::on_rekey(bool finished)
{
    if (finished) {
        ++rekeys_done;
        rekeyed.wake_all();
    }
}

void connection_state::on_end(const failure& why)
{
    for (auto* waits : {&global_waits, &ping_waits})
        for (reply_wait* w : std::exchange(*waits, {}))
            w->over();
    for (const auto* all : {&channel_arrivals, &request_arrivals})
        for (const std::shared_ptr<arrivals>& a : *all) {
            a->waiting.clear();
            a->arrived.wake_all();
        }
    rekeyed.wake_all();
    closed.wake_all();
    ended_hook(why);
}

connection_handle::~connection_handle()
{
    if (state)
        state->perform_if_possible(
            [](connection_state& s) { s.driver().disconnect(disconnect_reason::by_application, ""); });
}

} // namespace sshoal::conn
