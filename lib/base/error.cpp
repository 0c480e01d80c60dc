#include "sshoal/error.hpp"

#include <cstdio>

namespace sshoal {
namespace {

const char* describe(errc e) noexcept
{
    switch (e) {
    case errc::protocol_error: return "the peer broke the SSH protocol";
    case errc::malformed_message: return "malformed message";
    case errc::bad_identification: return "the other end does not speak SSH 2.0";
    case errc::packet_too_large: return "packet too large";
    case errc::mac_mismatch: return "packet integrity check failed";
    case errc::decompression_failed: return "compressed data is damaged or inflates past the limit";
    case errc::unexpected_message: return "message not allowed at this time";
    case errc::window_overrun: return "the peer sent more data than it was allowed to";
    case errc::no_common_algorithm: return "no algorithm in common with the peer";
    case errc::key_exchange_failed: return "key exchange failed";
    case errc::host_key_rejected: return "host key verification failed";
    case errc::no_host_key_verifier: return "no host key verifier was given, so the connection is refused";
    case errc::unknown_algorithm: return "unknown algorithm";
    case errc::host_key_unknown: return "the host key is not known";
    case errc::host_key_changed: return "the host key has changed";
    case errc::authentication_failed: return "authentication failed";
    case errc::channel_open_refused: return "the peer refused to open the channel";
    case errc::channel_closed: return "channel is closed";
    case errc::request_refused: return "the peer refused the request";
    case errc::end_of_file: return "end of file was already sent";
    case errc::too_many_channels: return "too many channels on this connection";
    case errc::operation_in_progress: return "an operation of this kind is already in progress";
    case errc::capture_limit: return "the command's output is larger than the capture limit";
    case errc::message_too_long: return "too long for one message";
    case errc::line_too_long: return "more text than the limit allows";
    case errc::text_not_found: return "the stream ended before the text that was waited for";
    case errc::connection_lost: return "connection lost";
    case errc::disconnected: return "the peer disconnected";
    case errc::closed: return "connection is closed";
    case errc::timed_out: return "timed out";
    case errc::keepalive_timeout: return "the peer does not answer keepalive messages";
    case errc::too_many_pending: return "too many unfinished requests from the peer";
    case errc::proxy_refused: return "the proxy did not make the connection";
    case errc::bad_key: return "damaged or unacceptable key";
    case errc::bad_passphrase: return "wrong passphrase";
    case errc::passphrase_required: return "the private key is encrypted and needs a passphrase";
    case errc::unsupported_key: return "unsupported key type or file format";
    case errc::bad_signature: return "bad signature";
    case errc::file_error: return "local file error";
    case errc::agent_failure: return "agent failure";
    case errc::files_differ: return "the files differ";
    case errc::bad_configuration: return "bad configuration";
    case errc::invalid_argument: return "invalid argument";
    case errc::not_supported: return "not supported";
    }
    return "unknown sshoal error";
}

const char* describe(disconnect_reason r) noexcept
{
    switch (r) {
    case disconnect_reason::host_not_allowed_to_connect: return "host not allowed to connect";
    case disconnect_reason::protocol_error: return "protocol error";
    case disconnect_reason::key_exchange_failed: return "key exchange failed";
    case disconnect_reason::reserved: return "reserved";
    case disconnect_reason::mac_error: return "MAC error";
    case disconnect_reason::compression_error: return "compression error";
    case disconnect_reason::service_not_available: return "service not available";
    case disconnect_reason::protocol_version_not_supported: return "protocol version not supported";
    case disconnect_reason::host_key_not_verifiable: return "host key not verifiable";
    case disconnect_reason::connection_lost: return "connection lost";
    case disconnect_reason::by_application: return "disconnected by application";
    case disconnect_reason::too_many_connections: return "too many connections";
    case disconnect_reason::auth_cancelled_by_user: return "authentication cancelled by user";
    case disconnect_reason::no_more_auth_methods_available: return "no more authentication methods available";
    case disconnect_reason::illegal_user_name: return "illegal user name";
    }
    return "unknown disconnect reason";
}

const char* describe(open_failure f) noexcept
{
    switch (f) {
    case open_failure::administratively_prohibited: return "administratively prohibited";
    case open_failure::connect_failed: return "connect failed";
    case open_failure::unknown_channel_type: return "unknown channel type";
    case open_failure::resource_shortage: return "resource shortage";
    }
    return "unknown reason";
}

// Boost's error_category has a public destructor that is not virtual; these objects are never deleted through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
template <class Enum>
class category final : public error_category {
public:
    explicit constexpr category(const char* name) noexcept : name_(name) {}
    const char* name() const noexcept override { return name_; }
    std::string message(int value) const override { return describe(Enum(value)); }
    const char* message(int value, char*, std::size_t) const noexcept override { return describe(Enum(value)); }

private:
    const char* name_;
};
#pragma GCC diagnostic pop

/// Returns the length of the UTF-8 sequence at the start of `t`, or 0 if there is none.
std::size_t utf8_length(std::string_view t) noexcept
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(t[i]); };
    const auto lead = at(0);
    const std::size_t n = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (n == 0 || t.size() < n)
        return 0;
    for (std::size_t i = 1; i < n; ++i)
        if ((at(i) & 0xc0) != 0x80)
            return 0;
    // Overlong forms, surrogates, values past U+10FFFF, and the C1 control characters, which terminals obey.
    if ((lead == 0xe0 && at(1) < 0xa0) || (lead == 0xed && at(1) > 0x9f) || (lead == 0xf0 && at(1) < 0x90)
        || (lead == 0xf4 && at(1) > 0x8f) || (lead == 0xc2 && at(1) < 0xa0))
        return 0;
    return n;
}

} // namespace

const error_category& sshoal_category() noexcept
{
    static const category<errc> instance("sshoal");
    return instance;
}
const error_category& disconnect_category() noexcept
{
    static const category<disconnect_reason> instance("ssh.disconnect");
    return instance;
}
const error_category& open_failure_category() noexcept
{
    static const category<open_failure> instance("ssh.channel-open");
    return instance;
}

error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), sshoal_category()}; }
error_code make_error_code(disconnect_reason r) noexcept { return {static_cast<int>(r), disconnect_category()}; }
error_code make_error_code(open_failure f) noexcept { return {static_cast<int>(f), open_failure_category()}; }

failure::failure(error_code code, std::string context) : code_(code), context_(std::move(context)) {}
failure::failure(errc code, std::string context) : failure(make_error_code(code), std::move(context)) {}

failure failure::with_context(std::string context) const
{
    failure other(*this);
    other.context_ = std::move(context);
    return other;
}

std::string failure::message() const
{
    const std::string text = code_.message();
    return context_.empty() ? text : context_ + ": " + text;
}

namespace {

boost::system::system_error exception_for(const failure& f)
{
    // Drops the source location of the code, which Boost would put into what().
    const error_code plain(f.code().value(), f.code().category());
    return f.context().empty() ? boost::system::system_error(plain) : boost::system::system_error(plain, f.context());
}

} // namespace

error::error(const failure& f) : system_error(exception_for(f)), why_(f) {}
error::error(const error&) = default;
error& error::operator=(const error&) = default;
error::~error() = default;

void throw_exception_from_error(const failure& f, const boost::source_location&) { throw error(f); }

std::string printable(std::string_view text, std::size_t limit)
{
    std::string out;
    out.reserve(text.size() < limit ? text.size() : limit);
    while (!text.empty()) {
        if (out.size() >= limit)
            return out + "...";
        const auto c = static_cast<unsigned char>(text.front());
        std::size_t n = 1;
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            out += text.front();
        } else if (c >= 0x80 && (n = utf8_length(text)) != 0) {
            out += text.substr(0, n);
        } else {
            n = 1;
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, c == '\\' ? "\\\\" : "\\x%02x", unsigned(c));
            out += escaped;
        }
        text.remove_prefix(n);
    }
    return out;
}

} // namespace sshoal
