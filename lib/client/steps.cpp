// steps.cpp - the part of client_state that waits for the log-in, or makes it by steps: a step waits until the log-in asks for one, chooses a method, and
// waits for the next question, which brings the result.
#include "client/client_state.hpp"

#include "base/secure.hpp"
#include "net/crossing.hpp"
#include "wire/kex_messages.hpp"

namespace sshoal::client {

void client_state::keep_offer(byte_view kexinit)
{
    offered_ = std::make_unique<offered_algorithms>();
    const auto m = wire::msg::kexinit::decode(kexinit);
    if (!m)
        return;
    const auto list = [](const auto& names) { return std::vector<std::string>(names.begin(), names.end()); };
    offered_->kex = list(m->kex_algorithms);
    offered_->host_keys = list(m->server_host_key_algorithms);
    offered_->ciphers_out = list(m->encryption_client_to_server);
    offered_->ciphers_in = list(m->encryption_server_to_client);
    offered_->macs_out = list(m->mac_client_to_server);
    offered_->macs_in = list(m->mac_server_to_client);
    offered_->compression_out = list(m->compression_client_to_server);
    offered_->compression_in = list(m->compression_server_to_client);
}

/// Waits until `there` holds, or the connection has ended.
awaitable<outcome<void>> client_state::wait_until(std::shared_ptr<client_state> self, bool (*there)(const client_state&))
{
    while (!there(*self) && !self->ended()) {
        const parking::wake w = co_await self->login_done_.wait(asio::cancellation_type::terminal);
        if (w == parking::wake::cancelled && !there(*self) && !self->ended()) {
            self->driver().disconnect(disconnect_reason::auth_cancelled_by_user, "");
            co_return net::aborted();
        }
    }
    if (self->ended())
        co_return self->why_refused();
    co_return outcome<void>();
}

awaitable<outcome<void>> client_state::logged_in(std::shared_ptr<client_state> self)
{
    return wait_until(std::move(self), [](const client_state& s) { return s.is_logged_in(); });
}

awaitable<outcome<void>> client_state::established(std::shared_ptr<client_state> self)
{
    return wait_until(std::move(self), [](const client_state& s) { return s.established_; });
}

bool client_state::is_logged_in() const noexcept { return const_cast<client_state*>(this)->core().authenticated(); }

void client_state::choose(std::string method)
{
    step_asked_ = false;
    core().answer(auth::step_choice{std::move(method)});
    kick();
}

awaitable<outcome<login_step>> client_state::take_step(std::shared_ptr<client_state> self, std::string method,
                                                       std::function<failure(client_state&)> prepare)
{
    if (!self->key_trusted_)
        co_return failure(errc::no_host_key_verifier, "say that the host key is the right one, with trust_host_key() or a verifier");
    const auto asked_or_in = [](const client_state& s) { return s.step_asked_ || s.is_logged_in(); };
    auto asked = wait_until(self, asked_or_in);
    const outcome<void> ready = co_await std::move(asked);
    if (!ready)
        co_return ready.error();
    if (self->is_logged_in())
        co_return login_step::success;
    if (prepare)
        if (failure refused = prepare(*self))
            co_return refused;
    self->choose(std::move(method));
    auto concluding = wait_until(self, asked_or_in);
    const outcome<void> concluded = co_await std::move(concluding);
    if (!concluded)
        co_return concluded.error();
    if (self->is_logged_in())
        co_return login_step::success;
    const auth::step last = self->step_.last.value_or(auth::step::gave_up);
    co_return last == auth::step::partial  ? login_step::partial
              : last == auth::step::failed ? login_step::refused
                                           : login_step::left_out;
}

awaitable<outcome<void>> client_state::take_all_steps(std::shared_ptr<client_state> self)
{
    auto all = take_step(self, {}, [](client_state& s) {
        s.login_.by_steps = false;
        s.use_all_keys();
        return failure();
    });
    const outcome<login_step> done = co_await std::move(all);
    if (!done)
        co_return done.error();
    co_return outcome<void>();
}

namespace {

awaitable<std::optional<std::string>> typed_before(std::shared_ptr<const secret_text> password)
{
    std::optional<std::string> text(password->view());
    co_return text;
}

} // namespace

failure client_state::use_password(std::shared_ptr<const secret_text> password)
{
    options_.password([p = std::move(password)](std::string, unsigned) { return typed_before(p); });
    login_.has_password = true;
    return {};
}

failure client_state::use_dialogue(interactive_function answer)
{
    options_.interactive(std::move(answer));
    login_.has_interactive = true;
    return {};
}

failure client_state::use_long_key(std::shared_ptr<signer> key)
{
    const std::string why = too_short(key->key());
    if (!why.empty())
        return {errc::bad_key, "an " + why};
    use_key(std::move(key));
    return {};
}

} // namespace sshoal::client
