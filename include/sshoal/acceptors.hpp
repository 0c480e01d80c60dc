// acceptors.hpp - how a program takes the channels that its peer opens (RFC 4254 §5.1) and the global requests that its peer
// makes (RFC 4254 §4): one acceptor for each type of channel and for each name of a request.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/channel.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/limits.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal::conn {
struct acceptor_handle;
struct undecided_open;
struct unanswered_request;
} // namespace sshoal::conn

namespace sshoal SSHOAL_API {

/// A channel that the peer wants to open: the program accepts or refuses the channel. A channel that is dropped undecided is
/// refused.
class incoming_channel {
public:
    incoming_channel() {}
    std::string type;
    std::vector<std::byte> body; ///< the bytes that follow the maximum packet size on the wire

    /// Accepts the channel. `body` follows the maximum packet size in the confirmation; the peer finds the bytes in
    /// channel::confirmation() if the peer is sshoal.
    /// Returns: the channel; an empty handle if the channel is decided already or the connection has ended. Does not wait.
    /// Executor: the strand.
    channel accept(std::vector<std::byte> body = {});
    /// Refuses the channel. Does not wait. Executor: the strand.
    void refuse(open_failure reason = open_failure::administratively_prohibited, std::string text = {});

private:
    friend struct detail::access;
    std::shared_ptr<conn::undecided_open> self_;
};

/// A global request of the peer. A request that is dropped unanswered is refused.
class incoming_request {
public:
    incoming_request() {}
    std::string name;
    std::vector<std::byte> body;
    bool want_reply = false;

    /// Answers the request. A request without want_reply needs no answer. Does not wait. Executor: the strand.
    void answer(bool granted, std::vector<std::byte> body = {});

private:
    friend struct detail::access;
    std::shared_ptr<conn::unanswered_request> self_;
};

/// Takes the channels of one type that the peer opens; connection::listen_channels() makes the acceptor.
/// A cheap handle: copies refer to the same acceptor. The acceptor ends with close(), or when its last handle is gone: channels
/// that wait are refused as administratively prohibited, and later ones as of an unknown type.
/// Lifetime: an acceptor keeps its connection, as a channel does. Executor: any for accept() and close(); the strand for the
/// other functions. Handles may be dropped on any thread.
class channel_acceptor {
public:
    channel_acceptor() noexcept; ///< no acceptor
    explicit operator bool() const noexcept { return bool(self_); }

    const std::string& type() const noexcept;
    /// Waits for the next channel.
    /// Returns: the channel, undecided. Errors: the failure that ended the connection; errc::closed after close().
    /// Cancellation: terminal, partial, total - no channel is lost.
    awaitable<incoming_channel> accept();
    /// Returns: the next channel; nothing where none waits. Does not wait.
    std::optional<incoming_channel> try_accept();
    /// Ends the acceptor: at once on the strand, otherwise by a post. An accept() that waits fails with errc::closed.
    void close();
    executor get_executor() const noexcept; ///< the connection's strand; may be called on any thread

private:
    friend struct detail::access;
    explicit channel_acceptor(std::shared_ptr<conn::acceptor_handle> h) noexcept;
    std::shared_ptr<conn::acceptor_handle> self_;
};

/// Takes the global requests of one name that the peer makes; connection::listen_requests() makes the acceptor.
/// Copies, end, lifetime and executor are those of channel_acceptor. Requests that wait when the acceptor ends are refused, as
/// are later ones.
class request_acceptor {
public:
    request_acceptor() noexcept; ///< no acceptor
    explicit operator bool() const noexcept { return bool(self_); }

    const std::string& name() const noexcept;
    /// Waits for the next request.
    /// Returns: the request, unanswered. Errors: the failure that ended the connection; errc::closed after close().
    /// Cancellation: terminal, partial, total - no request is lost.
    awaitable<incoming_request> accept();
    /// Returns: the next request; nothing where none waits. Does not wait.
    std::optional<incoming_request> try_accept();
    /// Ends the acceptor: at once on the strand, otherwise by a post. An accept() that waits fails with errc::closed.
    void close();
    executor get_executor() const noexcept; ///< the connection's strand; may be called on any thread

private:
    friend struct detail::access;
    explicit request_acceptor(std::shared_ptr<conn::acceptor_handle> h) noexcept;
    std::shared_ptr<conn::acceptor_handle> self_;
};

} // namespace sshoal
