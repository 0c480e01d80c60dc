#include "sshoal/client.hpp"

#include "base/access.hpp"
#include "base/duration_text.hpp"
#include "trust/host_name.hpp"
#include "net/strand.hpp"
#include "client/agent_keeping.hpp"
#include "client/client_state.hpp"
#include "client/connecting.hpp"
#include "client/configured.hpp"
#include "client/credentials.hpp"
#include "client/route.hpp"
#include "net/crossing.hpp"
#include "net/dialling.hpp"
#include "connection/settings_from.hpp"
#include "sshoal/run_on.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <variant>

namespace sshoal {
namespace {

using client::client_state;
using conn::connection_handle;
using handle_ptr = std::shared_ptr<connection_handle>;

/// Returns: whether the time has passed; false if the wait was cancelled.
awaitable<bool> pause_for(std::chrono::milliseconds t)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, t);
    error_code ec;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
}

/// Returns: a failure with the text to write instead, if a user or a port was written into the name of the host.
failure check_host(const std::string& host)
{
    if (host.empty())
        return failure(errc::invalid_argument, "no host name");
    const auto colon = host.find(':');
    const bool has_port = colon != std::string::npos && colon == host.rfind(':'); // more colons: an IPv6 address
    if (!has_port && host.find_first_of("@/[") == std::string::npos)
        return {};
    const outcome<login_target> meant = parse_target(host);
    if (!meant)
        return meant.error();
    std::string advice = "write connect(\"" + printable(meant->host) + "\", options)";
    if (!meant->user.empty())
        advice += ", give the user with options.user(\"" + printable(meant->user) + "\")";
    if (meant->port != 0)
        advice += ", give the port with options.port(" + std::to_string(meant->port) + ")";
    return failure(errc::invalid_argument, "\"" + printable(host) + "\" is more than the name of a host: " + advice
                                               + ", or write connect(parse_target(text).value(), options)");
}

/// Leaves out of a failure to dial what connect() writes in front: the host, and its address if that is the host.
failure without_host(const failure& f, const std::string& host, std::uint16_t port)
{
    std::string text = f.context();
    for (const std::string& known : {printable(host), endpoint(host, port).describe()}) {
        if (text == known)
            text.clear();
        else if (text.starts_with(known + ": "))
            text.erase(0, known.size() + 2);
    }
    return f.with_context(std::move(text));
}

struct preference {
    std::shared_ptr<host_key_verifier> verifier;
    host_identity server;
    std::vector<std::string> operator()() const { return verifier->preferred_algorithms(server); }
};

/// Algorithms of keys that the verifier knows for this host go first, so that the server shows a key that can be verified.
algorithms prefer_known(algorithms a, const std::vector<std::string>& known)
{
    std::vector<std::string> names = a.host_keys();
    std::stable_partition(names.begin(), names.end(),
                          [&](const std::string& n) { return std::find(known.begin(), known.end(), n) != known.end(); });
    std::string list;
    for (const std::string& n : names)
        list += (list.empty() ? "" : ",") + n;
    a.host_keys(list);
    return a;
}

/// Connects, and waits for the end of the log-in, or of the first key exchange if the log-in is made by steps.
awaitable<outcome<handle_ptr>> reach(executor strand, std::unique_ptr<byte_stream> stream, std::string host,
                                     client_options options, bool by_steps)
{
    const client_options::impl& o = options.get();
    const asio::cancellation_state before = co_await asio::this_coro::cancellation_state;
    const asio::cancellation_type had = before.cancelled();
    client::credentials ours;
    outcome<void> gathered = co_await client::gather(o, ours);
    if (!gathered)
        co_return gathered.error();
    // If the agent was not asked because of a cancellation, the log-in must not go on without its keys.
    const asio::cancellation_state asked_to_stop = co_await asio::this_coro::cancellation_state;
    if (asked_to_stop.cancelled() != had)
        co_return net::aborted();
    if (!stream) {
        auto dialling = client::reach_server(options, host);
        net::stream_outcome reached = co_await std::move(dialling);
        if (!reached)
            co_return without_host(reached.error(), host, o.port);
        stream = std::move(*reached);
    }
    host_identity who;
    who.host = host;
    who.port = o.port;
    who.alias = o.host_key_alias;
    auto settings = std::make_shared<engine::settings>();
    settings->name = client::name_of(o, host);
    settings->transport.self = role::client;
    settings->transport.algos = o.algorithms;
    if (o.verifier) {
        std::vector<std::string> known;
        preference look_up{o.verifier, who};
        if (o.verifier->preference_waits()) {
            auto looking = run_on(disk_threads(), std::move(look_up));
            known = co_await std::move(looking);
        } else {
            known = look_up();
        }
        settings->transport.algos = prefer_known(o.algorithms, known);
    }
    settings->transport.software = o.software;
    settings->transport.dump = o.dump;
    conn::apply(o.limits, *settings);
    settings->traffic = o.traffic;

    std::string missing = ours.missing(o);
    auto state = std::make_shared<client_state>(strand, std::move(stream), std::move(settings), options, std::move(host),
                                                std::move(ours.identities), std::move(missing));
    for (const auto& [level, note] : ours.notes)
        state->log(level, note);
    auto handle = std::make_shared<connection_handle>(state);
    if (by_steps)
        state->log_in_by_steps();
    state->start();
    auto waiting = by_steps ? client_state::established(state) : client_state::logged_in(state);
    const outcome<void> there = co_await std::move(waiting);
    if (!there)
        co_return there.error();
    if (o.keeper && !by_steps) {
        auto keeping = client::keep_in_agent(state, o.keeper);
        co_await std::move(keeping);
    }
    co_return std::move(handle);
}

awaitable<outcome<handle_ptr>> reach_in_time(executor strand, std::unique_ptr<byte_stream> stream, std::string host,
                                             client_options options, bool by_steps)
{
    using namespace asio::experimental::awaitable_operators;
    const std::chrono::milliseconds limit = options.get().timeout;
    auto race = reach(std::move(strand), std::move(stream), std::move(host), std::move(options), by_steps) || pause_for(limit);
    auto first = co_await std::move(race);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    if (!std::get<1>(first))
        co_return net::aborted();
    co_return failure(errc::timed_out, "not logged in within " + duration_text(limit));
}

awaitable<connection> logged_in_connection(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    auto reaching = client::reach_or_throw(std::move(stream), std::move(host), std::move(options), false);
    handle_ptr handle = co_await std::move(reaching);
    co_return detail::access::make<connection>(std::move(handle));
}

} // namespace

namespace client {

std::string name_of(const client_options::impl& o, const std::string& host)
{
    const bool is_address_6 = host.find(':') != std::string::npos;
    return (o.user.empty() ? "" : printable(o.user, 64) + "@") + (is_address_6 ? "[" + printable(host) + "]" : printable(host))
           + ":" + std::to_string(o.port);
}

failure with_name(const std::string& name, const failure& f)
{
    if (f.context().starts_with(name)) // the connection ended as soon as the client was logged in
        return f;
    return f.with_context(f.context().empty() ? name : name + ": " + f.context());
}

awaitable<std::shared_ptr<connection_handle>> reach_or_throw(std::unique_ptr<byte_stream> stream, std::string host,
                                                             client_options options, bool by_steps)
{
    if (options.get().config) {
        auto looking = configured(std::move(options), host);
        std::pair<std::string, client_options> found = co_await std::move(looking);
        host = std::move(found.first);
        options = std::move(found.second);
    }
    const std::string name = name_of(options.get(), host);
    if (!stream)
        if (failure f = check_host(host))
            throw error(f);
    if (failure f = options.get().check(!by_steps))
        throw error(with_name(name, f));
    const executor here = co_await asio::this_coro::executor;
    executor home = stream ? stream->home() : executor();
    const executor strand = home ? home : net::strand_for(here);
    const bool limited = options.get().timeout > std::chrono::milliseconds::zero();
    auto reaching = (limited ? reach_in_time : reach)(strand, std::move(stream), std::move(host), std::move(options), by_steps);
    outcome<handle_ptr> reached = co_await net::or_failure(strand, std::move(reaching));
    if (!reached)
        throw error(with_name(name, reached.error()));
    co_return std::move(*reached);
}

} // namespace client

awaitable<connection> connect(std::string host, client_options options)
{
    return logged_in_connection(nullptr, std::move(host), std::move(options));
}

awaitable<connection> connect(const login_target& to, client_options options)
{
    return connect(nullptr, to, std::move(options));
}

awaitable<connection> connect(std::unique_ptr<byte_stream> stream, const login_target& to, client_options options)
{
    if (!to.user.empty())
        options.user(to.user);
    if (to.port != 0)
        options.port(to.port);
    return logged_in_connection(std::move(stream), to.host, std::move(options));
}

awaitable<connection> connect(std::unique_ptr<byte_stream> stream, std::string host, client_options options)
{
    return logged_in_connection(std::move(stream), std::move(host), std::move(options));
}

} // namespace sshoal
