// opens.cpp - channel opens in both directions (RFC 4254 §5.1).
#include "mux/multiplexer_impl.hpp"

#include "mux/message_length.hpp"
#include "wire/connection_messages.hpp"

#include <algorithm>

namespace sshoal::mux {

namespace msg = wire::msg;

failure multiplexer::impl::on_open(byte_view payload)
{
    const auto m = msg::channel_open::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_CHANNEL_OPEN"};
    if (m->max_packet == 0) {
        refuse_open(m->sender, m->type, open_failure::administratively_prohibited, "maximum packet size is zero");
        return {};
    }
    if (full() || undecided.size() >= options.max_undecided_opens) {
        refuse_open(m->sender, m->type, open_failure::resource_shortage, "too many channels");
        return {};
    }
    if (too_much_unread()) {
        refuse_open(m->sender, m->type, open_failure::resource_shortage, "closed channels have too much unread data");
        return {};
    }
    const std::uint32_t serial = ++next_serial;
    std::string type = reporter.notes() || idle ? std::string(m->type) : std::string();
    const std::uint32_t slot = undecided.insert({serial, m->sender, m->window, m->max_packet, std::move(type)});
    const incoming_open o{std::uint64_t(serial) << 32 | slot, m->type, m->rest, m->window, m->max_packet};
    user.on_open(o);
    return {};
}

std::optional<multiplexer::impl::undecided_open> multiplexer::impl::decide(std::uint64_t token)
{
    const auto slot = std::uint32_t(token);
    const undecided_open* const found = undecided.find(slot);
    if (!found || found->serial != token >> 32)
        return std::nullopt;
    return undecided.take(slot);
}

std::shared_ptr<channel> multiplexer::impl::accept(std::uint64_t token, channel_observer& who, byte_view body)
{
    const auto o = decide(token);
    if (!o)
        return nullptr;
    constexpr std::size_t other_fields = 1 + 4 * 4;
    if (other_fields + body.size() > options.max_message) {
        refuse_open(o->remote_id, o->type, open_failure::resource_shortage, "the confirmation would be too long");
        return nullptr;
    }
    auto c = std::make_shared<channel_impl>(*this, who, o->remote_id, o->window, o->max_packet);
    assign_number(c);
    ++channels_opened;
    watch(*c, o->type);
    if (event_notes* const n = reporter.notes())
        n->accepted(c->local_id(), o->type);
    msg::channel_open_confirmation m;
    m.recipient = o->remote_id;
    m.sender = c->local_id();
    m.window = pool.initial();
    m.max_packet = pool.max_packet();
    m.rest = body;
    send(m);
    return c;
}

void multiplexer::impl::refuse(std::uint64_t token, open_failure reason, std::string_view text)
{
    if (const auto o = decide(token))
        refuse_open(o->remote_id, o->type, reason, text);
}

void multiplexer::impl::refuse_open(std::uint32_t recipient, std::string_view type, open_failure reason, std::string_view text)
{
    if (event_notes* const n = over ? nullptr : reporter.notes())
        n->refused(type, reason, text);
    msg::channel_open_failure m;
    m.recipient = recipient;
    m.reason = std::uint32_t(reason);
    m.description = text;
    send(m);
}

outcome<std::shared_ptr<channel>> multiplexer::impl::open(std::string_view type, byte_view body, channel_observer& who,
                                                          const open_wishes& wishes)
{
    if (over)
        return *over;
    if (full())
        return failure(errc::too_many_channels);
    msg::channel_open m;
    m.type = type;
    m.max_packet = wishes.max_packet == 0 ? pool.max_packet() : std::min(wishes.max_packet, pool.max_packet());
    m.rest = body;
    wire::encode_to(scratch, m);
    if (failure f = check_length("the open of a channel of type", type, scratch.size(), options))
        return f;
    auto c = std::make_shared<channel_impl>(*this, who, wishes);
    assign_number(c);
    watch(*c, type);
    if (event_notes* const n = reporter.notes())
        n->opening(c->local_id(), type, wishes.name);
    m.window = c->local_window();
    m.sender = c->local_id();
    wire::encode_to(scratch, m);
    c->set_open_ticket(awaited.add(awaited_replies::kind::open, c->local_id()));
    send_question(c->open_ticket());
    return std::shared_ptr<channel>(std::move(c));
}

outcome<std::shared_ptr<channel_impl>> multiplexer::impl::opening_channel(std::uint8_t n, std::uint32_t id)
{
    const auto* const found = channels.find(id);
    if (!found || (*found)->confirmed())
        return failure(errc::protocol_error, std::string(wire::message_name(n)) + " for channel " + std::to_string(id)
                                                 + ", for which none is awaited");
    return *found;
}

failure multiplexer::impl::on_open_confirmation(byte_view payload)
{
    const auto m = msg::channel_open_confirmation::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_CHANNEL_OPEN_CONFIRMATION"};
    const auto found = opening_channel(m->number, m->recipient);
    if (!found)
        return found.error();
    awaited.over((*found)->open_ticket());
    ++channels_opened;
    if (event_notes* const n = reporter.notes())
        n->confirmed(m->recipient);
    return (*found)->receive_confirmation(m->sender, m->window, m->max_packet, m->rest);
}

failure multiplexer::impl::on_open_failure(byte_view payload)
{
    const auto m = msg::channel_open_failure::decode(payload);
    if (!m)
        return {m.error(), "SSH_MSG_CHANNEL_OPEN_FAILURE"};
    const auto found = opening_channel(m->number, m->recipient);
    if (!found)
        return found.error();
    awaited.over((*found)->open_ticket());
    (*found)->receive_open_failure(open_failure(m->reason), m->description);
    return {};
}

} // namespace sshoal::mux
