// The part of a server's connection that signs with the host key and has log-ins decided: between the flow, which speaks in bytes
// and secrets, and the application's authenticator.
#include "server/server_state.hpp"

#include "sshoal/run_on.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace sshoal::server {
namespace {

struct request_filler {
    auth_request& r;
    void operator()(const auth::none_attempt&) { r.what = auth_request::kind::none; }
    void operator()(auth::key_query& a) { fill_key(auth_request::kind::key_query, a); }
    void operator()(auth::key_attempt& a) { fill_key(auth_request::kind::key, a); }
    void operator()(const auth::password_attempt& a)
    {
        r.what = a.new_password ? auth_request::kind::new_password : auth_request::kind::password;
        r.password = a.password.view();
        if (a.new_password)
            r.new_password = a.new_password->view();
    }
    void operator()(const auth::interactive_attempt&) { r.what = auth_request::kind::interactive; }
    void operator()(const auth::interactive_answers& a)
    {
        r.what = auth_request::kind::answers;
        for (const secret_text& t : a.answers)
            r.answers.emplace_back(t.view());
    }

private:
    template <class A>
    void fill_key(auth_request::kind what, A& a)
    {
        r.what = what;
        r.key = std::move(a.key);
        r.key_algorithm = std::move(a.algorithm);
    }
};

auth::decision to_flow(auth_decision made)
{
    auth::decision d;
    switch (made.what) {
    case auth_decision::kind::reject: break;
    case auth_decision::kind::accept: d.what = auth::decision::kind::accept; break;
    case auth_decision::kind::more: d.what = auth::decision::kind::partial; break;
    case auth_decision::kind::change_password: d.what = auth::decision::kind::change_password; break;
    case auth_decision::kind::ask: d.what = auth::decision::kind::ask; break;
    }
    d.methods = std::move(made.methods);
    d.text = std::move(made.text);
    d.name = std::move(made.name);
    for (auth_decision::prompt& p : made.prompts)
        d.prompts.push_back({std::move(p.text), p.echo});
    return d;
}

} // namespace

void server_state::on_sign(transport::sign_question q)
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

void server_state::on_server_attempt(auth::attempt a)
{
    auto deciding = decide(self(), std::move(a));
    asio::co_spawn(strand(), std::move(deciding), asio::detached);
}

awaitable<void> server_state::decide(std::shared_ptr<server_state> self, auth::attempt a)
{
    const bool grants_nothing = std::holds_alternative<auth::key_query>(a.kind);
    auth::decision d;
    std::string trouble;
    try {
        if (const auto authenticator = self->settings_->get().authenticator) {
            auth_request r;
            r.user = std::move(a.user);
            self->last_user_ = r.user;
            r.remote = self->driver().remote();
            r.work = self->settings_->get().work;
            r.succeeded = std::move(a.succeeded);
            self->dialogue_round_ = std::holds_alternative<auth::interactive_answers>(a.kind) ? self->dialogue_round_ + 1 : 0;
            r.round = self->dialogue_round_;
            std::visit(request_filler{r}, a.kind);
            auto deciding = authenticator->decide(std::move(r));
            auth_decision made = co_await std::move(deciding);
            d = to_flow(std::move(made));
        }
    } catch (const std::exception& e) {
        trouble = std::string("the authenticator failed: ") + e.what();
    } catch (...) {
        trouble = "the authenticator failed";
    }
    if (!trouble.empty())
        self->log(log_level::warning, trouble);
    if (d.what == auth::decision::kind::accept && !grants_nothing) {
        if (const auto watch = self->watch_) {
            auto admitting = watch->admit();
            const bool admitted = co_await std::move(admitting);
            if (!admitted)
                d = auth::decision();
        }
    }
    self->core().decide(std::move(d));
    self->kick();
}

} // namespace sshoal::server
