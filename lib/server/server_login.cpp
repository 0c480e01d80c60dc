// The part of a server's connection between the log-in flow and the application's authenticator. It also signs with the host key.
#include "server/server_state.hpp"

#include "sshoal/run_on.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace sshoal::server {
void server_state::on_sign(transport::host_sign_question q)
{
    const private_key& key = settings_->host_keys.at(q.host_key);
    if (!settings_->get().work) {
        core().host_signature(key.sign(q.algorithm, q.data));
        kick();
        return;
    }
    auto signing = sign(self(), signing::signature_work{key, std::move(q.algorithm), std::move(q.data)});
    asio::co_spawn(strand(), std::move(signing), asio::detached);
}

awaitable<void> server_state::sign(std::shared_ptr<server_state> self, signing::signature_work work)
{
    outcome<bytes> signature = failure(errc::key_exchange_failed);
    try {
        auto signing = run_on(self->settings_->get().work, std::move(work));
        signature = co_await std::move(signing);
    } catch (const boost::system::system_error& e) {
        signature = failure(e.code(), "signing with the host key");
    } catch (const std::exception& e) {
        signature = failure(errc::key_exchange_failed, std::string("signing with the host key: ") + e.what());
    }
    self->core().host_signature(std::move(signature));
    self->kick();
}

void server_state::on_server_attempt(auth_attempt a)
{
    auto deciding = decide(self(), std::move(a));
    asio::co_spawn(strand(), std::move(deciding), asio::detached);
}

std::string server_state::objection(const permissions& allowed)
{
    const endpoint remote = driver().remote();
    if (!allowed.may_come_from(remote.address()))
        return "it is not allowed from " + printable(remote.describe(), 128);
    if (allowed.expiry && std::chrono::system_clock::now() >= *allowed.expiry)
        return "its time is over";
    return {};
}

awaitable<void> server_state::decide(std::shared_ptr<server_state> self, auth_attempt a)
{
    const bool grants_nothing = a.what == auth_attempt::kind::key_query;
    if (a.what != auth_attempt::kind::none && self->end_ == login_end::no_attempt)
        self->end_ = login_end::failed;
    auth_decision d;
    std::string problem;
    try {
        if (const auto authenticator = self->settings_->get().authenticator) {
            self->last_user_ = a.user;
            auth_request r(std::move(a));
            r.remote = self->driver().remote();
            r.local = self->driver().local();
            r.work = self->settings_->get().work;
            auto deciding = authenticator->decide(std::move(r));
            auth_decision made = co_await std::move(deciding);
            d = std::move(made);
        }
    } catch (const std::exception& e) {
        problem = std::string("the authenticator failed: ") + e.what();
    } catch (...) {
        problem = "the authenticator failed";
    }
    if (!problem.empty())
        self->log(log_level::warning, problem);
    if (d.what == auth_decision::kind::reject && d.unknown_user)
        self->end_ = login_end::unknown_user;
    if (d.what == auth_decision::kind::reject && d.hang_up) {
        self->end_ = login_end::refused;
        self->driver().disconnect(disconnect_reason::by_application, "connection refused");
        co_return;
    }
    const bool passes = d.what == auth_decision::kind::accept || d.what == auth_decision::kind::more;
    const std::string why_not = passes && d.allowed ? self->objection(*d.allowed) : std::string();
    if (!why_not.empty()) {
        self->log(log_level::info, "rejected a log-in of " + printable(self->last_user_, 64) + ": " + why_not);
        d = auth_decision();
    }
    if (d.what == auth_decision::kind::accept && !grants_nothing) {
        if (const auto watch = self->watch_) {
            auto admitting = watch->admit();
            const bool admitted = co_await std::move(admitting);
            if (!admitted)
                d = auth_decision();
        }
    }
    self->core().decide(std::move(d));
    self->kick();
}

} // namespace sshoal::server
