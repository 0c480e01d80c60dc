#include "sshoal/failure_detail.hpp"

#include <boost/asio/error.hpp>

namespace sshoal {

bool may_retry(const error_code& code) noexcept
{
    namespace e = boost::system::errc;
    for (const errc ours : {errc::connection_lost, errc::disconnected, errc::timed_out, errc::keepalive_timeout})
        if (code == ours)
            return true;
    for (const auto theirs : {e::connection_refused, e::connection_reset, e::connection_aborted, e::broken_pipe, e::timed_out,
                              e::host_unreachable, e::network_unreachable, e::network_down, e::network_reset})
        if (code == theirs)
            return true;
    return code == boost::asio::error::eof || code == boost::asio::error::host_not_found_try_again;
}

bool may_retry(const failure& f) noexcept
{
    if (!may_retry(f.code()))
        return false;
    const failure_detail* const d = f.detail();
    if (f.code() != errc::disconnected || !d)
        return true;
    if (!d->tried.empty())
        return false; // during the log-in: too many keys, for instance
    if (!d->disconnect_reason)
        return true;
    switch (*d->disconnect_reason) {
    case disconnect_reason::connection_lost:
    case disconnect_reason::by_application:
    case disconnect_reason::too_many_connections:
    case disconnect_reason::service_not_available: return true;
    default: return false;
    }
}

} // namespace sshoal
