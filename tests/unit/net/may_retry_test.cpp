// Which failures another try may mend.
#include "catch.hpp"

#include "sshoal/failure_detail.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::test {
namespace {

failure goodbye(disconnect_reason reason, std::vector<std::string> tried = {})
{
    failure_detail d;
    d.disconnect_reason = reason;
    d.tried = std::move(tried);
    return with_detail(failure(errc::disconnected), std::move(d));
}

} // namespace

TEST_CASE("may_retry(): refused, lost and timed out")
{
    namespace net = boost::asio::error;
    for (const error_code code : {error_code(net::connection_refused), error_code(net::connection_reset),
                                  error_code(net::timed_out), error_code(net::host_unreachable), error_code(net::eof),
                                  error_code(net::network_unreachable), error_code(net::host_not_found_try_again),
                                  error_code(net::broken_pipe)})
        CHECK(may_retry(code));
    for (const errc code : {errc::connection_lost, errc::disconnected, errc::timed_out, errc::keepalive_timeout}) {
        CHECK(may_retry(code));
        CHECK(may_retry(failure(code, "root@h:22")));
        CHECK(may_retry(error(failure(code))));
    }
}

TEST_CASE("may_retry(): keys, log-in, options, a changed host key and a cancellation stay as they are")
{
    for (const errc code : {errc::host_key_changed, errc::host_key_unknown, errc::host_key_rejected, errc::no_host_key_verifier,
                            errc::authentication_failed, errc::no_common_algorithm, errc::bad_key, errc::passphrase_required,
                            errc::file_error, errc::invalid_argument, errc::unknown_algorithm, errc::closed, errc::protocol_error,
                            errc::channel_open_refused, errc::request_refused, errc::bad_identification})
        CHECK_FALSE(may_retry(code));
    CHECK_FALSE(may_retry(error_code(boost::asio::error::operation_aborted)));
    CHECK_FALSE(may_retry(error_code(boost::asio::error::host_not_found)));
    CHECK_FALSE(may_retry(error_code()));
    CHECK_FALSE(may_retry(failure()));
}

TEST_CASE("may_retry(): the reason of DISCONNECT counts, and so does the log-in")
{
    CHECK(may_retry(goodbye(disconnect_reason::by_application)));
    CHECK(may_retry(goodbye(disconnect_reason::too_many_connections)));
    CHECK(may_retry(goodbye(disconnect_reason::service_not_available)));
    CHECK_FALSE(may_retry(goodbye(disconnect_reason::host_not_allowed_to_connect)));
    CHECK_FALSE(may_retry(goodbye(disconnect_reason::no_more_auth_methods_available)));
    CHECK_FALSE(may_retry(goodbye(disconnect_reason::illegal_user_name)));
    CHECK_FALSE(may_retry(goodbye(disconnect_reason::by_application, {"publickey (6 keys)"})));
}

} // namespace sshoal::test
