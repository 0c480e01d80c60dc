#include "mux/multiplexer_impl.hpp"

#include "wire/connection_messages.hpp"

#include <algorithm>

namespace sshoal::mux {

namespace msg = wire::msg;
namespace number = wire::number;

namespace {

failure malformed(std::uint8_t n) { return {errc::malformed_message, std::string(wire::message_name(n))}; }

} // namespace

failure multiplexer::impl::handle(byte_view payload)
{
    if (over)
        return *over;
    if (payload.empty())
        return {errc::malformed_message, "empty message"};
    const auto n = std::to_integer<std::uint8_t>(payload[0]);
    switch (n) {
    case number::global_request: return globals.receive_request(payload);
    case number::request_success: return globals.receive_success(payload);
    case number::request_failure: return globals.receive_failure(payload);
    case number::channel_open: return on_open(payload);
    case number::channel_open_confirmation: return on_open_confirmation(payload);
    case number::channel_open_failure: return on_open_failure(payload);
    default: return on_channel_message(n, payload);
    }
}

outcome<std::shared_ptr<channel_impl>> multiplexer::impl::confirmed_channel(std::uint8_t n, std::uint32_t id)
{
    const auto* const found = channels.find(id);
    if (!found || !(*found)->confirmed())
        return failure(errc::protocol_error, std::string(wire::message_name(n)) + " for channel " + std::to_string(id)
                                                 + (found ? ", which is not open yet" : ", which does not exist"));
    return *found; // a copy keeps the channel alive during the callbacks
}

failure multiplexer::impl::on_channel_message(std::uint8_t n, byte_view payload)
{
    // All these messages begin with the recipient. A message for a wrong channel is a violation whatever its other fields are.
    wire::reader r(payload.subspan(1));
    const std::uint32_t id = r.u32();
    if (n < number::channel_window_adjust || n > number::channel_failure)
        return {errc::protocol_error, "message " + std::to_string(n) + " is not of the connection protocol"};
    if (!r.ok())
        return malformed(n);
    if (is_untimely(n, id))
        return out.odd_message(wire::message_name(n));
    const auto found = confirmed_channel(n, id);
    if (!found)
        return found.error();
    channel_impl& c = **found;

    switch (n) {
    case number::channel_data:
        if (const auto m = msg::channel_data::decode(payload))
            return c.receive_data(stream::data, m->data);
        return malformed(n);
    case number::channel_extended_data:
        if (const auto m = msg::channel_extended_data::decode(payload))
            return m->code == msg::channel_extended_data::stderr_code ? c.receive_data(stream::error, m->data)
                                                                      : c.receive_unknown_data(m->data);
        return malformed(n);
    case number::channel_window_adjust:
        if (const auto m = msg::channel_window_adjust::decode(payload))
            return c.receive_adjust(m->bytes);
        return malformed(n);
    case number::channel_request:
        if (const auto m = msg::channel_request::decode(payload))
            return c.receive_request(m->type, m->want_reply, m->rest);
        return malformed(n);
    default: break;
    }
    if (!r.finished())
        return malformed(n);
    switch (n) {
    case number::channel_eof: c.receive_eof(); break;
    case number::channel_close: c.receive_close(); break;
    default: return c.receive_reply(n == number::channel_success);
    }
    return {};
}

/// Some peers send messages about a channel that both sides have closed, or before they have confirmed it. Such messages are
/// ignored, and no reply could name the peer's number of the channel.
bool multiplexer::impl::is_untimely(std::uint8_t n, std::uint32_t id) const noexcept
{
    const auto* const found = channels.find(id);
    if (found)
        return !(*found)->confirmed() && n != number::channel_eof && n != number::channel_close;
    // Credit, requests and replies are harmless for any number. Messages about data are accepted only for a number that was used
    // before.
    const bool about_contents = n <= number::channel_close && n != number::channel_window_adjust;
    return !about_contents || id < numbers_used;
}

bool multiplexer::impl::wake_writers()
{
    if (waking)
        return false; // called from inside this function's own loop, which continues
    waking = true;
    bool any = false;
    while (!over) {
        sender* const next = turns.next(out.data_room(), out.now());
        if (!next)
            break;
        const auto* const found = channels.find(static_cast<channel_impl*>(next)->local_id());
        const std::shared_ptr<channel_impl> c = *found;
        any = true;
        c->may_write();
    }
    waking = false;
    return any;
}

bool multiplexer::impl::unimplemented(std::uint32_t sequence)
{
    const auto named = awaited.with_sequence(sequence);
    if (!named)
        return false;
    awaited.over(named->ticket);
    if (named->what == awaited_replies::kind::global_request) {
        globals.unimplemented(named->ticket);
    } else if (const auto* const found = channels.find(named->channel)) {
        const std::shared_ptr<channel_impl> c = *found; // keeps the channel alive during the callbacks
        if (named->what == awaited_replies::kind::open)
            c->receive_open_failure(open_failure::unknown_channel_type, "the peer does not implement this message");
        else
            c->receive_unimplemented(named->ticket);
    }
    return true;
}

time_point multiplexer::impl::reply_deadline() const noexcept
{
    if (options.reply_timeout <= duration::zero())
        return never;
    const auto oldest = awaited.oldest();
    return oldest ? oldest->since + options.reply_timeout : never;
}

void multiplexer::impl::expire_replies(time_point now)
{
    while (!over && now >= reply_deadline()) {
        const awaited_replies::entry late = *awaited.oldest();
        awaited.over(late.ticket);
        if (late.what == awaited_replies::kind::global_request) {
            globals.overdue(late.ticket);
        } else if (const auto* const found = channels.find(late.channel)) {
            const std::shared_ptr<channel_impl> c = *found;
            c->reply_overdue(late.ticket);
        }
    }
}

void multiplexer::impl::send_short(std::uint8_t n, std::uint32_t recipient)
{
    if (over)
        return;
    std::byte m[5] = {std::byte(n)};
    store_u32(m + 1, recipient);
    out.send(m);
}

void multiplexer::impl::send_adjust(std::uint32_t recipient, std::uint32_t credit)
{
    if (over)
        return;
    std::byte m[9] = {std::byte(number::channel_window_adjust)};
    store_u32(m + 1, recipient);
    store_u32(m + 5, credit);
    out.send(m);
}

void multiplexer::impl::release(channel_impl& c, std::shared_ptr<const failure> why)
{
    const std::uint32_t id = c.local_id();
    if (event_notes* const n = reporter.notes())
        c.confirmed() ? n->closed(id, c.count()) : n->forget(id);
    terminals -= c.has_terminal();
    c.leave(std::move(why));
    if (idle)
        idle->channels.erase(id);
    channels.erase(id);
}

void multiplexer::impl::drop_channels()
{
    channels.for_each([this](std::uint32_t, const std::shared_ptr<channel_impl>& c) { c->leave(over); });
}

void multiplexer::impl::shut(const failure& why)
{
    if (over)
        return;
    over = std::make_shared<const failure>(why ? why : failure(errc::closed));
    undecided = {};
    // All channels are separated first and then notified, so that an observer that uses another channel finds it consistent.
    drop_channels();
    slot_map<std::shared_ptr<channel_impl>> ending;
    std::swap(ending, channels);
    if (event_notes* const n = reporter.notes())
        ending.for_each([n](std::uint32_t id, const std::shared_ptr<channel_impl>& c) {
            if (c->confirmed())
                n->closed(id, c->count());
        });
    ending.for_each([](std::uint32_t, const std::shared_ptr<channel_impl>& c) { c->finish(); });
    globals.shut();
}

multiplexer::multiplexer(const settings& s, output& o, observer& who) : impl_(std::make_unique<impl>(s, o, who)) {}

multiplexer::~multiplexer()
{
    if (!impl_->over)
        impl_->over = std::make_shared<const failure>(errc::closed);
    impl_->drop_channels();
}

failure multiplexer::handle(byte_view payload) { return impl_->handle(payload); }
void multiplexer::sending_possible() { impl_->wake_writers(); }
bool multiplexer::next_round()
{
    if (!impl_->waking)
        impl_->turns.lapse();
    return impl_->wake_writers();
}
time_point multiplexer::next_deadline() const noexcept
{
    if (impl_->over)
        return never;
    return std::min({impl_->reply_deadline(), impl_->idle ? impl_->idle->due : never,
                     impl_->out.data_room() == 0 ? never : impl_->turns.next_deadline()});
}
void multiplexer::handle_deadline(time_point now)
{
    impl_->expire_replies(now);
    impl_->close_idle(now);
    impl_->wake_writers();
}
void multiplexer::sent(std::uint32_t ticket, std::uint32_t sequence)
{
    impl_->awaited.sent(ticket, sequence, impl_->out.now());
}
bool multiplexer::unimplemented(std::uint32_t sequence) { return !impl_->over && impl_->unimplemented(sequence); }

void multiplexer::set_send_rate(std::uint64_t bytes_per_second) { impl_->turns.set_rate(bytes_per_second, impl_->out.now()); }
void multiplexer::set_idle_times(idle_times t) { impl_->set_idle_times(std::move(t)); }
void multiplexer::shut(const failure& why) { impl_->shut(why); }

outcome<std::shared_ptr<channel>> multiplexer::open(std::string_view type, byte_view body, channel_observer& who,
                                                    const open_wishes& wishes)
{
    return impl_->open(type, body, who, wishes);
}
std::shared_ptr<channel> multiplexer::accept(std::uint64_t token, channel_observer& who, byte_view body)
{
    return impl_->accept(token, who, body);
}
void multiplexer::refuse(std::uint64_t token, open_failure reason, std::string_view text) { impl_->refuse(token, reason, text); }

outcome<void> multiplexer::request_global(std::string_view name, bool want_reply, byte_view body, std::uint64_t token)
{
    if (impl_->over)
        return *impl_->over;
    return impl_->globals.request(name, want_reply, body, token);
}
void multiplexer::abandon_global(std::uint64_t token) noexcept { impl_->globals.abandon(token); }
void multiplexer::reply_global(std::uint64_t token, bool success, byte_view body)
{
    if (!impl_->over)
        impl_->globals.reply(token, success, body);
}

std::size_t multiplexer::channel_count() const noexcept { return impl_->channels.size(); }
std::size_t multiplexer::terminals() const noexcept { return impl_->terminals; }
std::uint64_t multiplexer::channels_opened() const noexcept { return impl_->channels_opened; }
std::size_t multiplexer::undecided() const noexcept { return impl_->undecided.size(); }
duration multiplexer::rtt() const noexcept { return impl_->pool.rtt(); }
void multiplexer::feed_rtt(duration sample) noexcept
{
    if (sample > duration::zero())
        impl_->pool.measured(sample);
}

} // namespace sshoal::mux
