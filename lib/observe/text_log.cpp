// Events as lines of text.
#include "base/duration_text.hpp"
#include "observe/sinks.hpp"
#include "sshoal/algorithms.hpp"

#include <algorithm>
#include <utility>

namespace sshoal {

std::string_view name_of(log_level level) noexcept
{
    switch (level) {
    case log_level::error: return "error";
    case log_level::warning: return "warning";
    case log_level::info: return "info";
    case log_level::debug: return "debug";
    case log_level::trace: break;
    }
    return "trace";
}

namespace observe {
namespace {

std::string listed_names(std::span<const std::string> names)
{
    std::string all;
    for (const std::string& n : names)
        all += (all.empty() ? "" : ", ") + printable(n, 64);
    return all;
}

constexpr std::size_t bytes_in_a_row = 16;

std::string hexadecimal(std::size_t value, unsigned digits)
{
    std::string text;
    for (unsigned shift = digits * 4; shift > 0; shift -= 4)
        text += "0123456789abcdef"[value >> (shift - 4) & 15];
    return text;
}

std::string offset(std::size_t at) { return hexadecimal(at, at > 0xffff ? 8 : 4) + "  "; }

/// Returns: "0010  62 63 ...  6a ...  bcdefghij".
std::string row(std::size_t at, std::span<const std::byte> bytes)
{
    std::string digits, letters;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto b = std::to_integer<unsigned char>(bytes[i]);
        digits += (i == bytes_in_a_row / 2 ? " " : "") + hexadecimal(b, 2) + " ";
        letters += b >= 0x20 && b < 0x7f ? char(b) : '.';
    }
    digits.resize(3 * bytes_in_a_row + 1, ' ');
    return offset(at) + digits + " " + letters;
}

std::string quoted(std::string_view text) { return "\"" + printable(text, 64) + "\""; }

class lines_of_text final : public event_sink {
public:
    lines_of_text(log_function to, log_level most) : to_(std::move(to)), most_(most) {}

    bool wants_messages(log_level l) const noexcept override { return l <= most_; }
    bool wants_packets() const noexcept override { return log_level::trace <= most_; }

    void on_event(const event_origin& from, const event& e) override
    {
        const log_level level = level_of(from, e);
        if (level > most_)
            return;
        if (const std::string text = text_of(from, e); !text.empty())
            to_(level, name(from, e) + text);
        if (const auto* const p = e.as<events::packet>(); p && !p->bytes.empty())
            write_rows(name(from, e) + (p->outgoing ? "> " : "< "), *p);
    }

private:
    static log_level level_of(const event_origin& from, const event& e) noexcept
    {
        switch (e.kind()) {
        case event_kind::message: return e.as<events::message>()->level;
        case event_kind::peer_debug:
            return e.as<events::peer_debug>()->always_display ? log_level::info : log_level::debug;
        case event_kind::listening:
        case event_kind::connection_dropped:
        case event_kind::connection_ended:
        case event_kind::forwarding_refused:
        case event_kind::link_up: return log_level::info;
        case event_kind::forwarding_failed:
        case event_kind::link_down: return log_level::warning;
        case event_kind::link_ended:
            return e.as<events::link_ended>()->why->code() == errc::closed ? log_level::info : log_level::error;
        case event_kind::auth_refused:
        case event_kind::logged_in: return from.server ? log_level::info : log_level::debug;
        case event_kind::channel_refused:
            return e.as<events::channel_refused>()->by_peer ? log_level::info : log_level::debug;
        case event_kind::forwarding_started:
        case event_kind::forwarding_ended: return from.connection == 0 ? log_level::info : log_level::debug; // 0: a tunnel's
        case event_kind::packet: return log_level::trace;
        default: return log_level::debug;
        }
    }

    /// The name of the connection: "[127.0.0.1 port 39004] " before log-in, "[alice@127.0.0.1 port 39004] " from then on.
    static std::string name(const event_origin& from, const event& e)
    {
        if (from.connection == 0 || e.kind() == event_kind::connection_started)
            return {};
        std::string all = "[";
        if (!from.user.empty()) {
            all += printable(from.user, 64);
            all += '@';
        }
        if (from.remote)
            all += from.remote->describe();
        return all + "] ";
    }

    static std::string text_of(const event_origin& from, const event& e);

    /// Writes the bytes of a packet, sixteen to a row, and how many are not shown.
    void write_rows(const std::string& before, const events::packet& p) const
    {
        for (std::size_t at = 0; at < p.bytes.size(); at += bytes_in_a_row)
            to_(log_level::trace, before + row(at, p.bytes.subspan(at, std::min(bytes_in_a_row, p.bytes.size() - at))));
        if (p.size > p.bytes.size())
            to_(log_level::trace,
                before + offset(p.bytes.size()) + "(" + std::to_string(p.size - p.bytes.size()) + " more not shown)");
    }

    const log_function to_;
    const log_level most_;
};

std::string dropped(const events::connection_dropped& d)
{
    const std::string many = std::to_string(d.count);
    std::string text = "dropped " + d.remote->describe() + ": ";
    switch (d.reason) {
    case events::drop_reason::max_connections: return text + many + " connections are open";
    case events::drop_reason::max_startups: return text + many + " connections are not logged in yet";
    case events::drop_reason::max_per_source: return text + many + " connections come from this address";
    case events::drop_reason::source_penalty: break;
    }
    return text + "this address has failed to log in too often";
}

/// Returns: "aes128-ctr with hmac-sha2-256"; compression is named if there is any.
std::string protection(const std::string& cipher, const std::string& mac, const std::string& compression)
{
    const bool zipped = !compression.empty() && compression != "none";
    return cipher + (mac.empty() ? "" : " with " + mac) + (zipped ? ", " + compression : "");
}

std::string keys_in_use(const event_origin& from, const events::key_exchange_done& k)
{
    if (!k.first)
        return "NEWKEYS sent and received: new keys are in use";
    const negotiated& n = *k.algorithms;
    const std::string begin = from.server ? "" : "NEWKEYS sent and received: the connection is encrypted; ";
    const std::string out = protection(n.cipher_out, n.mac_out, n.compression_out);
    const std::string in = protection(n.cipher_in, n.mac_in, n.compression_in);
    return begin + "peer is " + printable(k.peer) + "; " + n.kex + ", " + n.host_key + ", " + out
           + (in == out ? "" : " (out); " + in + " (in)");
}

std::string ended(const failure& why)
{
    return "connection ended: " + why.code().message() + (why.context().empty() ? "" : ": " + why.context());
}

/// Returns: "channel 3", or "channel 3 (backup)".
std::string channel_text(std::uint32_t number, std::string_view name)
{
    return "channel " + std::to_string(number) + (name.empty() ? "" : " (" + printable(name, 64) + ")");
}

std::string opened(const events::channel_opened& c)
{
    return channel_text(c.number, c.name) + " of type " + quoted(c.type) + " is open";
}

std::string refused(const events::channel_refused& c)
{
    if (!c.by_peer)
        return "the peer refused a channel of type " + quoted(c.type);
    return "refused channel of type " + quoted(c.type);
}

std::string closed(const events::channel_closed& c)
{
    return channel_text(c.number, c.name) + " is closed: " + std::to_string(c.bytes_in) + " bytes in, "
           + std::to_string(c.bytes_out) + " out";
}

/// Returns: "local forwarding of 127.0.0.1 port 8080 to db port 5432".
std::string forwarding_text(const events::of_forwarding& f)
{
    std::string text = std::string(f.what) + " forwarding";
    if (f.bound->what() != endpoint::kind::none)
        text += " of " + printable(f.bound->describe());
    if (f.target->what() != endpoint::kind::none)
        text += " to " + printable(f.target->describe());
    return text;
}

std::string forwarding_over(const events::forwarding_ended& f)
{
    return forwarding_text(f) + " ended: " + std::to_string(f.opened) + " streams, " + std::to_string(f.refused) + " refused, "
           + std::to_string(f.bytes_to_target) + " bytes to the target, " + std::to_string(f.bytes_from_target) + " from there; "
           + f.why->message();
}

std::string no_stream(const events::forwarding_refused& f)
{
    const std::string from = f.originator->what() == endpoint::kind::none ? "" : " for " + printable(f.originator->describe());
    return forwarding_text(f) + from + " failed: " + f.why->message();
}

std::string link_lost(const events::link_down& d)
{
    using std::chrono::milliseconds;
    return printable(d.name) + " is down: " + d.why->message() + "; the next attempt follows in "
           + duration_text(std::chrono::ceil<milliseconds>(d.delay));
}

/// Returns: "; key ssh-ed25519 SHA256:..."; empty if the event has no key.
template <class Event>
std::string with_key(const Event& e)
{
    return e.key ? "; key " + std::string(e.key_type) + " " + std::string(e.fingerprint) : std::string();
}

/// Returns: the line; empty for an event that the text log leaves out.
std::string lines_of_text::text_of(const event_origin& from, const event& e)
{
    using namespace events;
    switch (e.kind()) {
    case event_kind::message: return std::string(e.as<message>()->text);
    case event_kind::listening: return "listening on " + e.as<listening>()->address->describe();
    case event_kind::connection_dropped: return dropped(*e.as<connection_dropped>());
    case event_kind::connection_started: return from.server ? "connection from " + from.remote->describe() : std::string();
    case event_kind::key_exchange_started: return e.as<key_exchange_started>()->first ? "" : "key exchange begins";
    case event_kind::host_key_shown: {
        const auto& shown = *e.as<host_key_shown>();
        return "host key " + std::string(shown.type) + " " + std::string(shown.fingerprint);
    }
    case event_kind::key_exchange_done: return keys_in_use(from, *e.as<key_exchange_done>());
    case event_kind::auth_refused: {
        const auto& r = *e.as<auth_refused>();
        return from.server ? "rejected " + printable(r.method, 64) + " for " + printable(r.user, 64) + with_key(r) : std::string();
    }
    case event_kind::logged_in: {
        const auto& in = *e.as<logged_in>();
        return "logged in with " + listed_names(in.methods) + with_key(in);
    }
    case event_kind::channel_opened: return opened(*e.as<channel_opened>());
    case event_kind::channel_refused: return refused(*e.as<channel_refused>());
    case event_kind::channel_closed: return closed(*e.as<channel_closed>());
    case event_kind::peer_debug: return "peer says: " + std::string(e.as<peer_debug>()->text);
    case event_kind::packet: {
        const packet& p = *e.as<packet>();
        return (p.outgoing ? "> " : "< ") + std::string(p.name) + " " + std::to_string(p.size);
    }
    case event_kind::connection_ended: return ended(*e.as<connection_ended>()->why);
    case event_kind::forwarding_started: return forwarding_text(*e.as<forwarding_started>());
    case event_kind::forwarding_ended: return forwarding_over(*e.as<forwarding_ended>());
    case event_kind::forwarding_refused: return no_stream(*e.as<forwarding_refused>());
    case event_kind::forwarding_failed: {
        const auto& f = *e.as<forwarding_failed>();
        return forwarding_text(f) + " does not listen: " + f.why->message();
    }
    case event_kind::link_up: return printable(e.as<link_up>()->name) + " is up";
    case event_kind::link_down: return link_lost(*e.as<link_down>());
    case event_kind::link_ended: {
        const auto& over = *e.as<link_ended>();
        const bool by_program = over.why->code() == errc::closed;
        const std::string name = printable(over.name);
        return by_program ? name + " is not kept any more: " + over.why->context() : name + " is given up: " + over.why->message();
    }
    case event_kind::version_exchanged:
    case event_kind::auth_attempted:
    case event_kind::auth_accepted:
    case event_kind::request_received:
    case event_kind::request_answered:
    case event_kind::peer_ignore: break;
    }
    return {};
}

} // namespace

std::shared_ptr<event_sink> text_log(log_function to, log_level most)
{
    return to ? std::make_shared<lines_of_text>(std::move(to), most) : nullptr;
}

} // namespace observe
} // namespace sshoal
