#include "sshoal/server_connection.hpp"

#include "base/access.hpp"
#include "net/strand.hpp"
#include "server/behind_proxy.hpp"
#include "server/server_state.hpp"
#include "net/crossing.hpp"

#include <boost/asio/post.hpp>

namespace sshoal {

using server::server_state;
using server::session_state;
using net::or_throw;

// -- sessions -----------------------------------------------------------------------------------------------------------------

server_session::server_session() noexcept = default;
server_session::server_session(channel c, std::shared_ptr<session_state> s) noexcept
    : channel_(std::move(c))
    , state_(std::move(s))
{
}

awaitable<std::optional<session_event>> server_session::next_event()
{
    return net::or_throw(get_executor(), session_state::next_event(conn::state_of(channel_), state_));
}

std::string server_session::client_identification() const
{
    if (!channel_)
        return {};
    return detail::access::make<connection>(detail::access::self(channel_)->connection).info().peer_identification;
}

awaitable<void> server_session::exit(std::uint32_t status)
{
    return net::or_throw(get_executor(), session_state::exit(conn::state_of(channel_), state_, status));
}

awaitable<void> server_session::exit_signal(std::string name, bool core_dumped, std::string message)
{
    return net::or_throw(get_executor(), session_state::exit_signal(conn::state_of(channel_), state_, std::move(name),
                                                               core_dumped, std::move(message)));
}

// -- session requests ---------------------------------------------------------------------------------------------------------

namespace {

void refuse_now(server::session_channel c)
{
    c.session->refuse(*c.channel);
    auto& link = static_cast<server_state&>(c.channel->link());
    link.program_refused(std::move(c));
}

} // namespace

server::undecided_session::~undecided_session()
{
    if (decided)
        return;
    const executor strand = asked.channel->strand();
    if (!strand || conn::running_on(strand)) { // without a strand, the io_context is gone
        refuse_now(std::move(asked));
        return;
    }
    connection->state->perform_if_possible(
        [asked = std::move(asked)](conn::connection_state&) mutable { refuse_now(std::move(asked)); });
}

server_session session_request::accept()
{
    if (!self_ || std::exchange(self_->decided, true))
        return server_session();
    const server::session_channel& asked = self_->asked;
    asked.session->accept(*asked.channel);
    auto handle = std::make_shared<conn::channel_handle>(asked.channel, self_->connection);
    return detail::access::make<server_session>(detail::access::make<channel>(std::move(handle)), asked.session);
}

void session_request::refuse()
{
    if (self_ && !std::exchange(self_->decided, true))
        refuse_now(std::move(self_->asked));
}

void session_request::refuse(const std::string& why)
{
    if (self_ && !self_->decided) {
        const char* const asked = what == kind::shell ? "shell" : what == kind::exec ? "exec" : "subsystem";
        self_->asked.session->log_refusal(asked, why);
    }
    refuse();
}

server_connection session_request::connection() const
{
    return self_ ? detail::access::make<server_connection>(self_->connection) : server_connection();
}

executor session_request::get_executor() const noexcept
{
    return self_ ? self_->connection->state->strand() : executor();
}

// -- the connection -----------------------------------------------------------------------------------------------------------

awaitable<std::optional<session_request>> server_connection::next_session()
{
    return net::or_throw_boxed(get_executor(), server_state::next_session(self_));
}

const std::string& server_connection::user() const noexcept
{
    static const std::string nobody;
    return self_ ? self_->state->core().server_log_in().user : nobody;
}

const presented_key& server_connection::user_key() const noexcept
{
    static const presented_key none;
    return self_ ? self_->state->core().server_log_in().key : none;
}

const sshoal::permissions& server_connection::permissions() const noexcept
{
    static const sshoal::permissions everything;
    return self_ ? static_cast<const server_state&>(*self_->state).allowed() : everything;
}

const std::any& server_connection::application_data() const noexcept
{
    static const std::any none;
    return self_ ? static_cast<const server_state&>(*self_->state).application_data() : none;
}

awaitable<server_connection> accept(std::unique_ptr<byte_stream> stream, server_options options)
{
    outcome<std::shared_ptr<const server::server_settings>> settings = server::make_server_settings(std::move(options));
    if (!settings)
        throw error(settings.error());
    const executor here = co_await asio::this_coro::executor;
    const executor home = stream->home();
    const executor strand = home ? home : net::strand_for(here);
    if (const auto& proxies = (*settings)->get().proxies) {
        auto reading = net::or_failure(strand, server::read_proxy_header(std::move(stream), *proxies));
        net::stream_outcome read = co_await std::move(reading);
        if (!read)
            throw error(read.error());
        stream = std::move(*read);
    }
    auto serving = server_state::serve(strand, std::move(stream), std::move(*settings));
    outcome<server_connection> c = co_await net::or_failure(strand, std::move(serving));
    if (!c)
        throw error(c.error());
    co_return std::move(*c);
}

} // namespace sshoal
