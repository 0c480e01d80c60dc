#include "sftp/client/client_request.hpp"

#include "sftp/client/handles.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

client_request& client_request::needs(const client_core& core, std::string_view extension_name)
{
    if (!core.supports(extension_name))
        refused = not_supported(extension_name);
    return *this;
}

bool pending_answer::over()
{
    if (result_)
        return true;
    if (!sent_) {
        sent_ = true;
        failure f = request_.refused;
        for (const auto& h : request_.handles)
            if (h && !f)
                f = h->usable();
        if (!f)
            f = reply_.send(std::move(request_.packet), request_.expected, request_.late);
        if (f) {
            result_.emplace(std::move(f));
            return true;
        }
    }
    if (!reply_.done())
        return false;
    if (failure f = reply_.refusal(request_.what))
        result_.emplace(std::move(f));
    else if (reply_.kind() == sftp_protocol::type::status)
        result_.emplace(bytes());
    else
        result_.emplace(std::move(reply_.body()));
    return true;
}

void pending_answer::woken(wake w)
{
    if (w != wake::cancelled)
        return;
    // The requested handle may have come in the same turn.
    if (reply_.done() && reply_.kind() == sftp_protocol::type::handle && request_.late == late_reply::close_handle)
        core_.close_unwanted(wire::reader(reply_.body()));
    result_.emplace(failure(error_code(asio::error::operation_aborted)));
}

} // namespace sshoal::sftp
