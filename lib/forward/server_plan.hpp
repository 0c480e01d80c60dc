// server_plan.hpp - the part of a plan that everything a server forwards for one client has in common.
#pragma once

#include "forward/run.hpp"
#include "sshoal/forward_server.hpp"

namespace sshoal::forward {

/// `parent` is null for the run of the connection itself. The caller sets the way to the target.
inline plan server_plan(const server_connection& client, const serve_options& how, std::string_view what, std::shared_ptr<run> parent)
{
    plan p(client);
    p.what = what;
    p.max_streams = how.streams().max_streams();
    p.users = how.per_user();
    p.user = client.user();
    p.parent = std::move(parent);
    return p;
}

} // namespace sshoal::forward
