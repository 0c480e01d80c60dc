#include "transport/packet_dump.hpp"

#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

#include <algorithm>

namespace sshoal::transport {
namespace {

namespace n = wire::number;
namespace msg = wire::msg;

/// The number of the message, and nothing behind it.
constexpr std::size_t number_only = 1;

class judge_of_message {
public:
    judge_of_message(byte_view payload, std::size_t most_data) noexcept : payload_(payload), most_data_(most_data) {}

    std::size_t all() const noexcept { return payload_.size(); }
    /// All but these last bytes, and `most_data` of them.
    std::size_t all_but(byte_view end) const noexcept { return all() - end.size() + std::min(end.size(), most_data_); }

    /// Messages that end in data of the application. What cannot be read is not shown.
    template <class Message>
    std::size_t with_rest() const noexcept
    {
        const auto m = Message::decode(payload_);
        return m ? all_but(m->rest) : number_only;
    }
    /// Messages whose first `fields` bytes are fields of the protocol.
    std::size_t behind(std::size_t fields) const noexcept
    {
        return std::min(all(), fields + std::min(most_data_, all()));
    }

    std::size_t log_in() const noexcept
    {
        const auto m = msg::userauth_request::decode(payload_);
        if (!m)
            return number_only;
        constexpr std::string_view without_secrets[] = {"none", "publickey", msg::auth_publickey_hostbound::method, "hostbased",
                                                        "keyboard-interactive"};
        const bool harmless = std::find(std::begin(without_secrets), std::end(without_secrets), m->method)
                              != std::end(without_secrets);
        return harmless ? all() : all() - m->rest.size();
    }
    std::size_t request() const noexcept
    {
        const auto m = msg::channel_request::decode(payload_);
        if (!m)
            return number_only;
        constexpr std::string_view fields_of_the_protocol[]
            = {"pty-req", "window-change", "signal", "break", "exit-status", "exit-signal", "subsystem"};
        if (std::find(std::begin(fields_of_the_protocol), std::end(fields_of_the_protocol), m->type)
            != std::end(fields_of_the_protocol))
            return all();
        return m->type == "x11-req" ? all() - m->rest.size() : all_but(m->rest);
    }

private:
    byte_view payload_;
    std::size_t most_data_;
};

} // namespace

std::size_t shown_bytes(byte_view payload, std::size_t most_data) noexcept
{
    if (payload.empty())
        return 0;
    const judge_of_message m(payload, most_data);
    switch (std::to_integer<std::uint8_t>(payload[0])) {
    case n::disconnect:
    case n::unimplemented:
    case n::debug:
    case n::service_request:
    case n::service_accept:
    case n::ext_info:
    case n::kexinit:
    case n::newkeys:
    case n::userauth_failure:
    case n::userauth_success:
    case n::userauth_banner:
    case n::userauth_info_request: // 60 comes from servers: questions, or a key
    case n::request_failure:
    case n::channel_open_failure:
    case n::channel_window_adjust:
    case n::channel_eof:
    case n::channel_close:
    case n::channel_success:
    case n::channel_failure: return m.all();
    case n::userauth_request: return m.log_in();
    case n::channel_request: return m.request();
    case n::global_request: return m.with_rest<msg::global_request>();
    case n::request_success: return m.with_rest<msg::request_success>();
    case n::channel_open: return m.with_rest<msg::channel_open>();
    case n::channel_open_confirmation: return m.with_rest<msg::channel_open_confirmation>();
    case n::ignore:
    case n::ping:
    case n::pong: return m.behind(1 + 4);
    case n::channel_data: return m.behind(msg::channel_data::overhead);
    case n::channel_extended_data: return m.behind(msg::channel_extended_data::overhead);
    default: return number_only;
    }
}

} // namespace sshoal::transport
