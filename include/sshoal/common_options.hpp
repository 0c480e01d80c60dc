// common_options.hpp - the options that client_options and server_options have in common.
#pragma once

#include <sshoal/algorithms.hpp>
#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/log.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace sshoal::conn {
struct common_settings;
} // namespace sshoal::conn

namespace sshoal SSHOAL_API {

class event_sink;

/// The base of client_options and server_options. Setters return the options, so that calls can be chained in any order. A setter
/// does not fail: connect(), accept() and listener report errc::invalid_argument for the first value that cannot be used.
/// Copies of options share their content until one of them is changed.
template <class Options>
class common_options {
public:
    Options& algorithms(sshoal::algorithms a);
    /// Switches zlib@openssh.com on or off. A client prefers compression then, and a server offers it after no compression.
    Options& compression(bool on = true);
    Options& limits(sshoal::limits l);
    /// Asks a silent peer for a sign of life after each interval; `count` unanswered questions end the connection. The same as
    /// limits::keepalive_interval and keepalive_count, and stronger than those.
    Options& keepalive(std::chrono::milliseconds interval, unsigned count = 3);
    /// IPQoS: marks the packets of connections over TCP. Default: they are not marked.
    Options& traffic(traffic_classes classes);
    /// Sets the identification string (RFC 4253 §4.2): "SSH-2.0-", the software version, and a comment behind a space. Both are
    /// printable ASCII; the version has one character at least, and no spaces or '-'. Version, space and comment take at most 245
    /// bytes, so that the whole line takes at most 255 with its end. Default: "sshoal", without a comment.
    Options& software(std::string version, std::string comment = {});
    /// RequiredRSASize: shorter RSA keys are not used and not accepted, neither as host keys nor as keys of users. A server
    /// refuses a user's short key before the authenticator is asked. Default 2048; keys of less than 1024 bits are always refused.
    Options& required_rsa_bits(unsigned n);

    /// Declares a type of channel that the peer may open, or a global request that the peer may make. From the end of the log-in
    /// on, such channels and requests wait until connection::listen_channels() or listen_requests() takes them up. Without this,
    /// a channel or request that arrives before the program has made its acceptor is refused.
    /// Errors at start: errc::invalid_argument if a server declares "session", whose channels come from next_session().
    Options& listen_channels(std::string type, std::size_t most_waiting = default_waiting);
    Options& listen_requests(std::string name, std::size_t most_waiting = default_waiting);

    /// Sets the executor for long computations, such as that of an asio::thread_pool: the arithmetic of key exchanges, making and
    /// checking signatures, opening encrypted key files, and reading the files of authenticate_authorized_keys(). The
    /// connection's thread is free for other work meanwhile. An authenticator of the program's own finds the executor in
    /// auth_request::work. The executor's context must outlive these options, the connections and all their handles; a strand of
    /// the connections' own io_context is not enough if handles outlive that. Default: none; all computations run on the
    /// connection's strand.
    Options& work_executor(executor ex);
    Options& log(log_function f, log_level most = log_level::info);
    /// Shows the bytes of packets, to find out what a peer misunderstands: in events::packet::bytes, and in the log, at
    /// log_level::trace, as rows of hexadecimal digits. A packet is shown up to its first secret. Never shown are passwords, old
    /// and new; answers of keyboard-interactive; requests of log-in methods that sshoal does not know, behind the method's name;
    /// the values of key exchanges; cookies of X11; messages that sshoal does not know. Data that may be private, of channels,
    /// commands, variables and the bodies of other requests, is shown up to `most_data` bytes for each packet. Default: no bytes
    /// are shown, which costs nothing.
    Options& dump_packets(std::size_t most_data = 0);
    /// Sends events to this sink, beside the log; see <sshoal/events.hpp>. Null: no sink.
    Options& events(std::shared_ptr<event_sink> to);

private:
    friend Options;
    common_options() = default;
    conn::common_settings& common();
};

} // namespace sshoal
