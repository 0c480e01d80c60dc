#include "sshoal/client.hpp"

#include "net/strand.hpp"
#include "session/client_state.hpp"
#include "session/operation.hpp"
#include "session/settings_from.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <variant>

namespace sshoal {
namespace {

using session::client_state;
using session::connection_handle;

/// Returns: whether the time has passed; false where the wait was cancelled.
awaitable<bool> pause_for(std::chrono::milliseconds t)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, t);
    error_code ec;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
}

awaitable<outcome<std::unique_ptr<byte_stream>>> reach(std::string host, std::string port, std::chrono::milliseconds limit)
{
    using namespace asio::experimental::awaitable_operators;
    if (limit <= std::chrono::milliseconds::zero()) {
        outcome<std::unique_ptr<byte_stream>> s = co_await connect_tcp(std::move(host), std::move(port));
        co_return std::move(s);
    }
    const std::string shown = printable(host) + " port " + port;
    auto race = connect_tcp(std::move(host), std::move(port)) || pause_for(limit);
    auto first = co_await std::move(race);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    if (!std::get<1>(first))
        co_return session::aborted();
    co_return failure(errc::timed_out, "connecting to " + shown + " took longer than " + std::to_string(limit.count()) + " ms");
}

/// Keys from all the sources, in order.
awaitable<outcome<std::vector<std::shared_ptr<signer>>>> gather(const client_options::impl& o, std::string& notes)
{
    std::vector<std::shared_ptr<signer>> all;
    for (const identity_source& source : o.identities) {
        if (const auto* s = std::get_if<std::shared_ptr<signer>>(&source)) {
            all.push_back(*s);
        } else if (const auto* file = std::get_if<identity_file_source>(&source)) {
            outcome<std::shared_ptr<signer>> loaded = load_signer(file->path, o.passphrase);
            if (!loaded)
                co_return loaded.error();
            all.push_back(std::move(*loaded));
        } else {
            sshoal::agent a(std::get<agent_source>(source).path);
            outcome<std::vector<std::shared_ptr<signer>>> held = co_await a.identities();
            if (held)
                all.insert(all.end(), held->begin(), held->end());
            else
                notes = "agent: " + held.error().code().message() + ": " + held.error().context();
        }
    }
    co_return std::move(all);
}

/// Algorithms for keys that the verifier knows for this host go first, so that the key it can verify is the one that is shown.
algorithms prefer_known(algorithms a, const std::vector<std::string>& types)
{
    std::vector<std::string> names = a.host_keys();
    std::stable_partition(names.begin(), names.end(), [&](const std::string& n) {
        const std::string type = n.starts_with("rsa-sha2-") ? "ssh-rsa" : n;
        return std::find(types.begin(), types.end(), type) != types.end();
    });
    std::string list;
    for (const std::string& n : names)
        list += (list.empty() ? "" : ",") + n;
    a.host_keys(list);
    return a;
}

awaitable<outcome<connection>> log_in(executor strand, std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    const client_options::impl& o = options.get();
    const asio::cancellation_state before = co_await asio::this_coro::cancellation_state;
    const asio::cancellation_type had = before.cancelled();
    std::string notes;
    outcome<std::vector<std::shared_ptr<signer>>> identities = co_await gather(o, notes);
    if (!identities)
        co_return identities.error();
    // An agent that was left unasked because of a cancellation is no reason to go on without it.
    const asio::cancellation_state asked_to_stop = co_await asio::this_coro::cancellation_state;
    if (asked_to_stop.cancelled() != had)
        co_return session::aborted();
    const std::string port = std::to_string(o.port);
    if (!stream) {
        outcome<std::unique_ptr<byte_stream>> reached = co_await reach(host, port, o.connect_timeout);
        if (!reached)
            co_return reached.error();
        stream = std::move(*reached);
    }
    auto settings = std::make_shared<engine::settings>();
    settings->transport.self = role::client;
    settings->transport.algos = prefer_known(o.algorithms, o.verifier->known_types(host, port));
    settings->transport.software = o.software;
    session::apply(o.limits, *settings);

    auto state = std::make_shared<client_state>(strand, std::move(stream), std::move(settings), options, std::move(host), port,
                                                std::move(*identities));
    if (!notes.empty())
        state->log(log_level::info, notes);
    auto handle = std::make_shared<connection_handle>(state);
    state->start();
    outcome<void> in = co_await client_state::logged_in(state);
    if (!in)
        co_return in.error();
    co_return connection(std::move(handle));
}

awaitable<connection> connect_on_strand(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    if (failure f = options.get().check())
        throw error(f);
    const executor here = co_await asio::this_coro::executor;
    executor home = stream ? stream->home() : executor();
    const executor strand = home ? home : net::strand_for(here);
    outcome<connection> c = co_await session::on_strand(strand, log_in(strand, std::move(stream), std::move(host), std::move(options)));
    if (!c)
        throw error(c.error());
    co_return std::move(*c);
}

} // namespace

awaitable<connection> connect(std::string host, client_options options)
{
    return connect_on_strand(nullptr, std::move(host), std::move(options));
}

awaitable<connection> connect(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    return connect_on_strand(std::move(stream), std::move(host), std::move(options));
}

} // namespace sshoal
