#include "transport/message_policy.hpp"

#include "wire/numbers.hpp"

#include <array>

namespace sshoal::transport {
namespace {

constexpr verdict handle = verdict::handle;
constexpr verdict ignored = verdict::ignore;
constexpr verdict unknown = verdict::unimplemented;
constexpr verdict drop = verdict::drop;

/// One row of the table: the verdicts for messages from..to in every phase. Messages in no row are unassigned; see `unassigned`.
struct row {
    std::uint8_t from, to;
    // kexinit, kex, service, auth, auth_busy, connected, rekey, auth_rekey, closing
    verdict client[phase_count];
    verdict server[phase_count];
};

namespace n = wire::number;

// The first exchange accepts 2, 3 and 4 only from peers without strict key exchange; judge() checks this. RFC 4253 §7.1 allows 1
// to 4 during a rekey; they are not answered there. To handle 2 and 4 is to tell them as events, where they are encrypted.
constexpr row rows[] = {
    {n::disconnect, n::disconnect,
        {handle, handle, handle, handle, handle, handle, handle, handle, ignored},
        {handle, handle, handle, handle, handle, handle, handle, handle, ignored}},
    {n::ignore, n::ignore,
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored},
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored}},
    {n::unimplemented, n::unimplemented, // ends the wait for a reply to a message that may have been sent before a rekey
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored},
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored}},
    {n::debug, n::debug,
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored},
        {ignored, ignored, handle, handle, handle, handle, handle, handle, ignored}},
    // Some clients (paramiko) ask for the service again before each log-in method, but never while a request is pending.
    {n::service_request, n::service_request,
        {drop, drop, drop, drop, drop, drop, drop, drop, ignored},
        {drop, drop, handle, handle, drop, drop, drop, drop, ignored}},
    {n::service_accept, n::service_accept,
        {drop, drop, handle, drop, drop, drop, drop, drop, ignored},
        {drop, drop, drop, drop, drop, drop, drop, drop, ignored}},
    // RFC 8308 §2.4 names two moments. Every other moment of the log-in is accepted too, but not before encryption starts. Some
    // servers repeat EXT_INFO after a rekey, which is harmless.
    {n::ext_info, n::ext_info,
        {drop, drop, handle, handle, handle, ignored, drop, drop, ignored},
        {drop, drop, handle, handle, handle, ignored, drop, drop, ignored}},
    {n::kexinit, n::kexinit,
        {handle, drop, handle, handle, handle, handle, drop, drop, ignored},
        {handle, drop, handle, handle, handle, handle, drop, drop, ignored}},
    {n::newkeys, n::newkeys,
        {drop, handle, drop, drop, drop, drop, handle, handle, ignored},
        {drop, handle, drop, drop, drop, drop, handle, handle, ignored}},
    {n::first_kex_specific, n::last_kex_specific,
        {drop, handle, drop, drop, drop, drop, handle, handle, ignored},
        {drop, handle, drop, drop, drop, drop, handle, handle, ignored}},
    // RFC 4252 §5.1: requests may be pipelined, and those behind the success are silently ignored.
    {n::userauth_request, n::userauth_request,
        {drop, drop, drop, drop, drop, drop, drop, drop, ignored},
        {drop, drop, drop, handle, handle, ignored, drop, drop, ignored}},
    // These are accepted only as answers to a pending request: an unrequested SUCCESS has no effect. After the log-in they are
    // late and change nothing; some servers send them, and a banner is shown whenever it arrives.
    {n::userauth_failure, n::userauth_success,
        {drop, drop, drop, drop, handle, unknown, drop, drop, ignored},
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored}},
    {n::userauth_banner, n::userauth_banner,
        {drop, drop, drop, handle, handle, handle, drop, drop, ignored},
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored}},
    {54, 59, // authentication, unassigned
        {drop, drop, drop, unknown, unknown, unknown, drop, drop, ignored},
        {drop, drop, drop, unknown, unknown, unknown, drop, drop, ignored}},
    {n::first_userauth_specific, n::last_userauth_specific,
        {drop, drop, drop, drop, handle, unknown, drop, drop, ignored},
        {drop, drop, drop, drop, handle, unknown, drop, drop, ignored}},
    {n::global_request, n::request_failure,
        {drop, drop, drop, drop, drop, handle, drop, drop, ignored},
        {drop, drop, drop, drop, drop, handle, drop, drop, ignored}},
    {83, 89, // connection, unassigned
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored},
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored}},
    {n::channel_open, n::channel_failure,
        {drop, drop, drop, drop, drop, handle, drop, drop, ignored},
        {drop, drop, drop, drop, drop, handle, drop, drop, ignored}},
    {101, 127, // connection, unassigned
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored},
        {drop, drop, drop, drop, drop, unknown, drop, drop, ignored}},
    {n::ping, n::pong, // never answered before log-in
        {drop, drop, ignored, ignored, ignored, handle, drop, drop, ignored},
        {drop, drop, ignored, ignored, ignored, handle, drop, drop, ignored}},
    {0, 0, // not a message number
        {drop, drop, drop, drop, drop, drop, drop, drop, ignored},
        {drop, drop, drop, drop, drop, drop, drop, drop, ignored}},
};
constexpr verdict unassigned[phase_count] = {drop, drop, unknown, unknown, unknown, unknown, drop, drop, ignored};

using column = std::array<verdict, 256>;
using table = std::array<std::array<column, phase_count>, 2>;

consteval table make_table()
{
    table t{};
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t p = 0; p < std::size_t(phase_count); ++p) {
            for (verdict& v : t[r][p])
                v = unassigned[p];
            for (const row& line : rows)
                for (std::size_t number = line.from; number <= line.to; ++number)
                    t[r][p][number] = r == std::size_t(role::client) ? line.client[p] : line.server[p];
        }
    return t;
}

constexpr table verdicts = make_table();

} // namespace

std::string_view name_of(phase p) noexcept
{
    constexpr std::string_view names[phase_count] = {
        "before KEXINIT", "the first key exchange", "before a service is requested", "log-in", "log-in, with a request under way",
        "connected", "a key exchange", "a key exchange during log-in", "closing"};
    return names[std::size_t(p)];
}

verdict judge(role receiver, phase at, std::uint8_t number, bool strict) noexcept
{
    if (strict && at == phase::kex && number >= n::ignore && number <= n::debug)
        return drop;
    return verdicts[std::size_t(receiver)][std::size_t(at)][number];
}

} // namespace sshoal::transport
