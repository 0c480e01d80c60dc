#include "server_listeners.hpp"

#include <sshoal/service_manager.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

/// Returns: all addresses of a name, as numbers. A name that cannot be looked up stays as it is, and listening fails with the
/// reason.
std::vector<std::string> addresses_of(const std::string& host, const std::string& family)
{
    ::addrinfo hints = {};
    hints.ai_family = family == "inet" ? AF_INET : family == "inet6" ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    ::addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
        return {host};
    std::vector<std::string> all;
    for (const ::addrinfo* a = found; a != nullptr; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0
            && std::find(all.begin(), all.end(), text) == all.end())
            all.emplace_back(text);
    }
    ::freeaddrinfo(found);
    return all.empty() ? std::vector<std::string>{host} : all;
}

void tell_listening(const sshoal::listener& l) { say(verbosity::info, "Server listening on " + l.local().describe()); }

} // namespace

server_listeners::server_listeners(asio::io_context& context, taker take)
    : context_(context)
    , take_(std::move(take))
{
    for (sshoal::owned_descriptor& socket : sshoal::inherited_sockets())
        inherited_.push_back(sshoal::listen_address::inherited(std::move(socket)));
}

server_listeners::places server_listeners::wanted_by(const sshoal::sshd_settings& settings)
{
    std::vector<sshoal::sshd_listen> named = settings.listen;
    const std::string& family = settings.address_family;
    if (named.empty())
        named.emplace_back().host = family == "inet" ? "0.0.0.0" : "::";
    places all;
    for (const sshoal::sshd_listen& one : named)
        for (const std::uint16_t port : one.port ? std::vector<std::uint16_t>{*one.port} : settings.ports)
            for (const std::string& host : addresses_of(one.host, family))
                if (place at{host, port, settings.listen.empty() && family == "any"};
                    std::find(all.begin(), all.end(), at) == all.end())
                    all.push_back(std::move(at));
    return all;
}

void server_listeners::start(const sshoal::sshd_settings& settings, const sshoal::server_options& options)
{
    if (!inherited_.empty())
        return start_inherited(options);
    for (const place& at : wanted_by(settings))
        if (const sshoal::error_code ec = open(at, options))
            tell_failure(at, ec);
    if (open_.empty())
        throw config_error("Cannot bind any address.");
}

void server_listeners::start_inherited(const sshoal::server_options& options)
{
    for (const sshoal::listen_address& at : inherited_) {
        try {
            open_.push_back({place(), sshoal::listener(context_, at, options)});
        } catch (const sshoal::error& e) {
            throw config_error("Cannot listen at a socket of the service manager: " + e.context());
        }
        begin(open_.back().socket);
    }
}

void server_listeners::follow_options(const sshoal::server_options& options)
{
    for (open_place& p : open_) {
        p.socket.set_options(options);
        tell_listening(p.socket);
    }
}

awaitable<bool> server_listeners::change(const sshoal::sshd_settings& settings, const sshoal::server_options& options)
{
    if (!inherited_.empty()) {
        follow_options(options);
        co_return true;
    }
    const places wanted = wanted_by(settings);
    const auto is_wanted = [&](const open_place& p) { return std::find(wanted.begin(), wanted.end(), p.at) != wanted.end(); };
    places blocked; // perhaps by a socket of the old configuration: "::" takes the port of all addresses
    for (const place& at : wanted) {
        if (is_open(at))
            continue;
        const sshoal::error_code ec = open(at, options);
        const bool ours = std::any_of(open_.begin(), open_.end(),
                                      [&](const open_place& p) { return !is_wanted(p) && p.at.port == at.port; });
        if (ec == boost::system::errc::address_in_use && ours)
            blocked.push_back(at);
        else if (ec)
            tell_failure(at, ec);
    }
    const auto first_gone = std::stable_partition(open_.begin(), open_.end(), is_wanted);
    if (first_gone == open_.begin() && blocked.empty())
        co_return false;
    std::vector<open_place> gone(std::make_move_iterator(first_gone), std::make_move_iterator(open_.end()));
    open_.erase(first_gone, open_.end());
    follow_options(options);
    for (open_place& p : gone) {
        p.socket.close();
        co_await asio::post(p.socket.get_executor(), asio::use_awaitable); // then the address is free
    }
    for (const place& at : blocked)
        co_await open_soon(at, options);
    co_return !open_.empty();
}

/// Another thread that starts a program holds all descriptors for a moment, those that were closed just now among them.
awaitable<void> server_listeners::open_soon(place at, sshoal::server_options options)
{
    constexpr int attempts = 100;
    constexpr std::chrono::milliseconds between{20};
    sshoal::error_code ec = open(at, options);
    for (int i = 1; ec == boost::system::errc::address_in_use && i < attempts; ++i) {
        co_await sshoal::sleep_for(between);
        ec = open(at, options);
    }
    if (ec)
        tell_failure(at, ec);
}

void server_listeners::close()
{
    for (open_place& p : open_)
        p.socket.close();
    open_.clear();
}

bool server_listeners::is_open(const place& at) const
{
    return std::any_of(open_.begin(), open_.end(), [&](const open_place& p) { return p.at == at; });
}

sshoal::error_code server_listeners::open(const place& at, const sshoal::server_options& options)
{
    // An address that is named takes only its own family, as under sshd. A machine without IPv6 has no "::".
    sshoal::error_code ec = open_socket(at, at.host, options);
    if (ec && at.any && at.host == "::")
        ec = open_socket(at, "0.0.0.0", options);
    if (ec)
        return ec;
    begin(open_.back().socket);
    return {};
}

void server_listeners::begin(const sshoal::listener& made)
{
    tell_listening(made);
    sshoal::spawn(made, accept_all(made, take_));
}

sshoal::error_code server_listeners::open_socket(const place& at, const std::string& host, const sshoal::server_options& options)
{
    try {
        open_.push_back({at, sshoal::listener(context_, sshoal::listen_address(host, at.port).v6_only(!at.any), options)});
        return {};
    } catch (const sshoal::error& e) {
        return e.code();
    }
}

void server_listeners::tell_failure(const place& at, const sshoal::error_code& why)
{
    say(verbosity::error, "Bind to port " + std::to_string(at.port) + " on " + at.host + " failed: " + why.message() + ".");
}

awaitable<void> server_listeners::accept_all(sshoal::listener l, taker take)
{
    try {
        for (;;) {
            sshoal::server_connection c = co_await l.accept();
            take(std::move(c));
        }
    } catch (const sshoal::error& e) {
        if (e.code() != sshoal::errc::closed)
            say(verbosity::error, std::string("listening ended: ") + e.what());
    }
}

} // namespace programs
