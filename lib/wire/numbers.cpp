#include "wire/numbers.hpp"

#include <array>

namespace sshoal::wire {

namespace {

struct label {
    std::array<char, 16> text{};
    std::size_t size = 0;

    constexpr void add(std::string_view t)
    {
        for (const char c : t)
            text[size++] = c;
    }
};

constexpr label numbered(std::string_view prefix, unsigned n)
{
    label l;
    l.add(prefix);
    l.text[l.size++] = '(';
    if (n >= 100)
        l.text[l.size++] = char('0' + n / 100);
    if (n >= 10)
        l.text[l.size++] = char('0' + n / 10 % 10);
    l.text[l.size++] = char('0' + n % 10);
    l.text[l.size++] = ')';
    return l;
}

// The names are built at compile time, so that message_name() can return a view for every number.
constexpr auto fallback = [] {
    std::array<label, 256> all{};
    for (unsigned n = 0; n < 256; ++n) {
        const bool kex = n >= number::first_kex_specific && n <= number::last_kex_specific;
        const bool auth = n >= number::first_userauth_specific && n <= number::last_userauth_specific;
        all[n] = numbered(kex ? "SSH_MSG_KEX " : auth ? "SSH_MSG_AU " : "unknown ", n);
    }
    return all;
}();

} // namespace

std::string_view message_name(std::uint8_t n) noexcept
{
    switch (n) {
    case number::disconnect: return "SSH_MSG_DISCONNECT";
    case number::ignore: return "SSH_MSG_IGNORE";
    case number::unimplemented: return "SSH_MSG_UNIMPLEMENTED";
    case number::debug: return "SSH_MSG_DEBUG";
    case number::service_request: return "SSH_MSG_SERVICE_REQUEST";
    case number::service_accept: return "SSH_MSG_SERVICE_ACCEPT";
    case number::ext_info: return "SSH_MSG_EXT_INFO";
    case number::newcompress: return "SSH_MSG_NEWCOMPRESS";
    case number::kexinit: return "SSH_MSG_KEXINIT";
    case number::newkeys: return "SSH_MSG_NEWKEYS";
    case number::kexdh_init: return "SSH_MSG_KEX_INIT (30)";
    case number::kexdh_reply: return "SSH_MSG_KEX_REPLY (31)";
    case number::kex_dh_gex_init: return "SSH_MSG_KEX_DH_GEX_INIT";
    case number::kex_dh_gex_reply: return "SSH_MSG_KEX_DH_GEX_REPLY";
    case number::kex_dh_gex_request: return "SSH_MSG_KEX_DH_GEX_REQUEST";
    case number::userauth_request: return "SSH_MSG_USERAUTH_REQUEST";
    case number::userauth_failure: return "SSH_MSG_USERAUTH_FAILURE";
    case number::userauth_success: return "SSH_MSG_USERAUTH_SUCCESS";
    case number::userauth_banner: return "SSH_MSG_USERAUTH_BANNER";
    case number::userauth_pk_ok: return "SSH_MSG_USERAUTH_PK_OK, PASSWD_CHANGEREQ or INFO_REQUEST (60)";
    case number::userauth_info_response: return "SSH_MSG_USERAUTH_INFO_RESPONSE (61)";
    case number::global_request: return "SSH_MSG_GLOBAL_REQUEST";
    case number::request_success: return "SSH_MSG_REQUEST_SUCCESS";
    case number::request_failure: return "SSH_MSG_REQUEST_FAILURE";
    case number::channel_open: return "SSH_MSG_CHANNEL_OPEN";
    case number::channel_open_confirmation: return "SSH_MSG_CHANNEL_OPEN_CONFIRMATION";
    case number::channel_open_failure: return "SSH_MSG_CHANNEL_OPEN_FAILURE";
    case number::channel_window_adjust: return "SSH_MSG_CHANNEL_WINDOW_ADJUST";
    case number::channel_data: return "SSH_MSG_CHANNEL_DATA";
    case number::channel_extended_data: return "SSH_MSG_CHANNEL_EXTENDED_DATA";
    case number::channel_eof: return "SSH_MSG_CHANNEL_EOF";
    case number::channel_close: return "SSH_MSG_CHANNEL_CLOSE";
    case number::channel_request: return "SSH_MSG_CHANNEL_REQUEST";
    case number::channel_success: return "SSH_MSG_CHANNEL_SUCCESS";
    case number::channel_failure: return "SSH_MSG_CHANNEL_FAILURE";
    case number::ping: return "SSH_MSG_PING";
    case number::pong: return "SSH_MSG_PONG";
    default: return {fallback[n].text.data(), fallback[n].size};
    }
}

} // namespace sshoal::wire
