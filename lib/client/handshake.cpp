#include "sshoal/handshake.hpp"

#include "base/access.hpp"
#include "client/client_state.hpp"
#include "client/connecting.hpp"
#include "net/crossing.hpp"

namespace sshoal {

using client::client_state;

/// Holds the connection as a connection's handle does, and knows its name for errors.
struct login::handle {
    std::shared_ptr<conn::connection_handle> connection;
    std::string name;

    std::shared_ptr<client_state> state() const { return std::static_pointer_cast<client_state>(connection->state); }
};

namespace {

template <class T>
awaitable<T> named(std::string name, executor strand, awaitable<outcome<T>> step)
{
    outcome<T> done = co_await net::or_failure(std::move(strand), std::move(step));
    if (!done)
        throw error(client::with_name(name, done.error()));
    co_return std::move(*done);
}

failure no_login() { return failure(errc::closed, "an empty log-in"); }

} // namespace

login::login() noexcept = default;

presented_key login::host_key() const { return self_ ? self_->state()->core().wire().host_key() : presented_key(); }
negotiated login::algorithms() const { return self_ ? self_->state()->core().wire().agreed() : negotiated(); }
const offered_algorithms& login::offered() const noexcept
{
    static const offered_algorithms none;
    return self_ ? self_->state()->offered() : none;
}
std::string login::peer_identification() const
{
    return self_ ? printable(self_->state()->core().wire().peer_identification()) : std::string();
}
endpoint login::remote() const { return self_ ? self_->state()->driver().remote() : endpoint(); }
bool login::host_key_trusted() const noexcept { return self_ && self_->state()->host_key_trusted(); }
void login::trust_host_key()
{
    if (self_)
        self_->state()->trust_host_key();
}

const std::vector<std::string>& login::methods() const noexcept
{
    static const std::vector<std::string> none;
    return self_ ? self_->state()->server_methods() : none;
}
const std::string& login::note() const noexcept
{
    static const std::string none;
    return self_ ? self_->state()->step_note() : none;
}

awaitable<login_step> login::take(std::string method, std::function<failure(client_state&)> prepare)
{
    if (!self_)
        throw error(no_login());
    const std::shared_ptr<client_state> state = self_->state();
    return named(self_->name, state->strand(), client_state::take_step(state, std::move(method), std::move(prepare)));
}

awaitable<std::vector<std::string>> login::ask_methods()
{
    login self = *this; // the caller's object may go meanwhile
    auto asking = self.take("none", {});
    const login_step s = co_await std::move(asking);
    std::vector<std::string> all;
    if (s != login_step::success)
        all = self.methods();
    co_return std::move(all);
}

awaitable<login_step> login::try_key(private_key key)
{
    return try_key(key ? make_signer(std::move(key)) : nullptr);
}
awaitable<login_step> login::try_key(std::shared_ptr<signer> key)
{
    if (!key)
        throw error(failure(errc::invalid_argument, "try_key() without a key"));
    return take("publickey", [k = std::move(key)](client_state& s) { return s.use_long_key(k); });
}
awaitable<login_step> login::try_password(std::string password)
{
    auto kept = std::make_shared<const secret_text>(password);
    wipe(password.data(), password.size());
    return take("password", [kept](client_state& s) { return s.use_password(kept); });
}
awaitable<login_step> login::try_interactive(interactive_function answer)
{
    return take("keyboard-interactive", [a = std::move(answer)](client_state& s) { return s.use_dialogue(a); });
}

awaitable<connection> login::try_all()
{
    const std::shared_ptr<handle> self = self_;
    if (!self)
        throw error(no_login());
    auto trying = net::or_failure(self->state()->strand(), client_state::take_all_steps(self->state()));
    const outcome<void> done = co_await std::move(trying);
    if (!done)
        throw error(client::with_name(self->name, done.error()));
    co_return detail::access::make<connection>(self->connection);
}

bool login::finished() const noexcept { return self_ && self_->state()->core().authenticated(); }
connection login::finish()
{
    if (!finished())
        throw error(client::with_name(self_ ? self_->name : std::string(), failure(errc::authentication_failed, "not logged in yet")));
    return detail::access::make<connection>(self_->connection);
}

void login::close() noexcept
{
    if (self_)
        detail::access::make<connection>(self_->connection).close();
}
executor login::get_executor() const noexcept { return self_ ? self_->state()->strand() : executor(); }

namespace {

awaitable<login> begin_login(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    std::string name = client::name_of(options.get(), host);
    auto reaching = client::reach_or_throw(std::move(stream), std::move(host), std::move(options), true);
    auto handle = co_await std::move(reaching);
    co_return detail::access::make<login>(std::move(handle), std::move(name));
}

} // namespace

login::login(std::shared_ptr<conn::connection_handle> c, std::string name)
    : self_(std::make_shared<handle>(handle{std::move(c), std::move(name)}))
{
}

awaitable<login> handshake(std::string host, client_options options)
{
    return begin_login(nullptr, std::move(host), std::move(options));
}
awaitable<login> handshake(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    return begin_login(std::move(stream), std::move(host), std::move(options));
}

} // namespace sshoal
