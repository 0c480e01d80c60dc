#include "auth/client_userauth.hpp"

#include "auth/display_text.hpp"
#include "sshoal/failure_detail.hpp"

#include <algorithm>

namespace sshoal::auth {
namespace {

constexpr unsigned most_banners = 64;

outcome<void> show_banner(client_userauth& st, const received& message)
{
    const auto banner = wire::msg::userauth_banner::decode(message.payload());
    if (!banner)
        return malformed("USERAUTH_BANNER");
    if (++st.banners > most_banners)
        return failure(errc::protocol_error, "the server sends banners without end");
    st.link.on_banner(display_text(banner->text, longest_banner));
    return {};
}

void add(std::string& list, std::string_view item, std::string_view separator)
{
    if (!list.empty())
        list += separator;
    list += item;
}

} // namespace

bool client_userauth::server_takes(std::string_view method) const
{
    return !list_known || std::find(can_continue.begin(), can_continue.end(), method) != can_continue.end();
}

void client_userauth::leave_out(std::string_view method)
{
    note = "the server does not implement the method " + std::string(method);
    if (method == wire::msg::auth_none::method)
        none_over = true;
    else if (method == wire::msg::auth_publickey::method)
        next_identity = settings.identities.size();
    else if (method == wire::msg::auth_password::method)
        password_over = true;
    else
        interactive_over = true;
}

std::vector<std::string> client_userauth::tried_methods() const
{
    std::vector<std::string> all;
    if (keys_offered > 0)
        all.push_back("publickey (" + std::to_string(keys_offered) + (keys_offered == 1 ? " key)" : " keys)"));
    if (dialogues_begun > 0)
        all.emplace_back("keyboard-interactive");
    if (passwords_sent > 0)
        all.emplace_back("password");
    return all;
}

std::string client_userauth::tried() const
{
    std::string text;
    for (const std::string& method : tried_methods())
        add(text, method, ", ");
    return text;
}

void client_userauth::note_progress() const
{
    if (!settings.progress)
        return;
    client_progress& p = *settings.progress;
    p.tried = tried();
    p.methods = tried_methods();
    p.keys_offered = keys_offered;
    p.list_known = list_known;
    p.server_takes = can_continue;
}

failure client_userauth::nothing_left() const
{
    const std::string all = tried();
    std::string list;
    for (const std::string& method : can_continue)
        add(list, method, ",");
    std::string text = all.empty() ? "nothing to try" : "tried " + all;
    if (all.empty() && !settings.missing.empty())
        text += ": " + settings.missing;
    text += list.empty() ? "; the server accepts nothing" : "; the server accepts " + printable(list);
    if (!note.empty())
        text += "; " + note;
    failure_detail detail;
    detail.server_methods = can_continue;
    detail.tried = tried_methods();
    return with_detail(failure(errc::authentication_failed, std::move(text)), std::move(detail));
}

flow<outcome<received>> next_reply(client_userauth& st)
{
    for (;;) {
        received message = co_await next_message(st.link);
        if (message.number() != wire::number::userauth_banner) {
            st.link.reply_due(false);
            co_return message;
        }
        const outcome<void> shown = show_banner(st, message);
        if (!shown)
            co_return shown.error();
    }
}

void tell_attempted(const client_userauth& st, std::string_view method)
{
    if (!st.link.wants_events())
        return;
    events::auth_attempted e;
    e.user = st.settings.user;
    e.method = method;
    st.link.on_event(e);
}

namespace {

void tell_refused(const client_userauth& st, std::string_view method)
{
    if (!st.link.wants_events())
        return;
    events::auth_refused e;
    e.user = st.settings.user;
    e.method = method;
    e.methods = st.can_continue;
    const std::string fingerprint = method == wire::msg::auth_publickey::method ? name_key(e, st.tried_key) : std::string();
    e.fingerprint = fingerprint;
    st.link.on_event(e);
}

void tell_accepted(const client_userauth& st, std::string_view method, bool partial)
{
    if (!st.link.wants_events())
        return;
    events::auth_accepted e;
    e.user = st.settings.user;
    e.method = method;
    e.partial = partial;
    st.link.on_event(e);
}

} // namespace

outcome<step> conclude(client_userauth& st, std::string_view method, const received& reply, std::uint8_t own)
{
    if (own != 0 && reply.number() == own)
        return step::proceed;
    const bool proof = std::exchange(st.proof_sent, false);
    if (reply.number() == wire::number::userauth_success) {
        if (!wire::msg::userauth_success::decode(reply.payload()))
            return malformed("USERAUTH_SUCCESS");
        st.so_far.method = method;
        st.so_far.methods.emplace_back(method);
        st.so_far.proof_given |= proof;
        if (method == wire::msg::auth_publickey::method)
            st.so_far.key = st.tried_key;
        tell_accepted(st, method, false);
        return step::success;
    }
    if (reply.number() == wire::number::unimplemented) {
        st.leave_out(method);
        tell_refused(st, method);
        return step::failed;
    }
    if (reply.number() != wire::number::userauth_failure)
        return unexpected(reply.number(), "as the reply to method " + std::string(method));
    const auto refused = wire::msg::userauth_failure::decode(reply.payload());
    if (!refused)
        return malformed("USERAUTH_FAILURE");
    st.can_continue.assign(refused->methods.begin(), refused->methods.end());
    st.list_known = true;
    st.note_progress();
    // Method none proves nothing, so it does not count as a partial success.
    if (!refused->partial_success || method == wire::msg::auth_none::method) {
        if (method != wire::msg::auth_none::method)
            tell_refused(st, method);
        return step::failed;
    }
    st.so_far.methods.emplace_back(method);
    st.so_far.proof_given |= proof;
    if (method == wire::msg::auth_publickey::method)
        st.so_far.key = st.tried_key;
    tell_accepted(st, method, true);
    return step::partial;
}

flow<outcome<step>> attempt_none(client_userauth& st)
{
    st.none_sent = true;
    send_request(st, wire::msg::auth_none{});
    outcome<received> reply = co_await next_reply(st);
    if (!reply)
        co_return reply.error();
    co_return conclude(st, wire::msg::auth_none::method, *reply);
}

} // namespace sshoal::auth
