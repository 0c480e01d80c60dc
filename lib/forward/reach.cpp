#include "forward/reach.hpp"

#include "net/connection_parts.hpp"
#include "sshoal/permissions.hpp"
#include "sshoal/result_of.hpp"

namespace sshoal::forward {
namespace {

awaitable<stream_outcome> not_permitted()
{
    co_return failure(make_error_code(open_failure::administratively_prohibited), "not among the targets that are permitted");
}

} // namespace

awaitable<stream_outcome> reach_by_channel(connection through, outcome<opening> what, std::string name)
{
    if (!what)
        co_return what.error();
    auto opening = result_of(through.open_channel(std::string(what->type), what->body, channel_options().name(std::move(name))));
    outcome<channel> opened = co_await std::move(opening);
    if (!opened)
        co_return opened.error();
    co_return make_channel_stream(std::move(*opened));
}

awaitable<stream_outcome> reach_by_socket(endpoint target, dial_options how)
{
    return target.is_unix() ? net::dial_unix(target.path())
                            : net::dial_tcp(target.address(), std::to_string(target.port()), std::move(how));
}

reach_function reach_from_here(const options& how, bool socks)
{
    permissions limits;
    if (socks)
        limits.permit_open = how.permit_open();
    return [dial = how.dial(), limits](endpoint to, endpoint) {
        return limits.may_open(to.address(), to.port()) || to.is_unix() ? reach_by_socket(std::move(to), dial) : not_permitted();
    };
}

std::string stream_name(const connection& through, const endpoint& originator, const endpoint& target)
{
    if (!net::wants_events(through))
        return {};
    const bool known = originator.what() != endpoint::kind::none;
    return (known ? originator.describe() + " to " : std::string("to ")) + target.describe();
}

open_failure reason_of(const failure& why) noexcept
{
    const error_code& code = why.code();
    if (code.category() == open_failure_category())
        return open_failure(code.value());
    if (code == errc::too_many_channels || code == errc::too_many_pending)
        return open_failure::resource_shortage;
    return open_failure::connect_failed;
}

std::string refusal_text(const failure& why)
{
    return why.code().category() == open_failure_category() && !why.context().empty() ? why.context() : why.code().message();
}

} // namespace sshoal::forward
