#include "forward/reach.hpp"

#include "sshoal/result_of.hpp"

namespace sshoal::forward {

awaitable<stream_outcome> reach_by_channel(connection through, outcome<opening> what)
{
    if (!what)
        co_return what.error();
    auto opening = result_of(through.open_channel(std::string(what->type), what->body));
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

open_failure reason_of(const failure& why) noexcept
{
    const error_code& code = why.code();
    if (code.category() == open_failure_category())
        return open_failure(code.value());
    if (code == errc::too_many_channels || code == errc::too_many_pending)
        return open_failure::resource_shortage;
    return open_failure::connect_failed;
}

std::string text_of(const failure& why)
{
    return why.code().category() == open_failure_category() && !why.context().empty() ? why.context() : why.code().message();
}

} // namespace sshoal::forward
