// bent_peer.hpp - a peer of either role that a test bends: it exchanges keys and logs in as any peer would, and every other
// message that arrives goes to a script, which answers with whatever it likes. Over a stream in memory, without sleeping.
#pragma once

#include "../async/ends.hpp"
#include "../unit/transport/pair.hpp"
#include "wire/connection_messages.hpp"
#include "wire/session_requests.hpp"

namespace rig {

namespace msg = wire::msg;
namespace number = wire::number;

class bent_peer : public std::enable_shared_from_this<bent_peer> {
public:
    /// A server shows host_key() and lets everybody in. A client logs in as "tester" with the password "right".
    static std::shared_ptr<bent_peer> make(role self);

    /// What to do with a message behind the log-in; `peer.say()` answers.
    std::function<void(bent_peer& peer, byte_view payload)> on_message;
    /// Sees the messages of the log-in first; true: they are dealt with.
    std::function<bool(bent_peer& peer, byte_view payload)> during_log_in;
    /// May bend what the transport is told before it starts.
    std::function<void(transport::settings&)> prepare;
    std::function<void(bent_peer& peer)> on_logged_in;
    bool sends_ext_info = true; ///< server: off, it has neither ping@openssh.com nor server-sig-algs

    /// Sends a payload, and the bytes of what was said so far.
    void say(byte_view payload);
    template <class M>
        requires requires { M::number; }
    void say(const M& m)
    {
        say(wire::encoded(m));
    }
    /// The sequence number of the message that is being answered: for UNIMPLEMENTED.
    std::uint32_t sequence() const noexcept;
    void unimplemented();
    /// The stream ends here: no DISCONNECT, no CLOSE.
    void hang_up();
    transport::transport& wire() { return *end_.t; }
    const std::vector<bytes>& received() const noexcept { return received_; }
    std::size_t count(std::uint8_t number) const;
    bool gone() const noexcept { return gone_; } ///< the other end has closed the stream

    /// Talks until the stream ends. The stream is of the coroutine's own strand.
    awaitable<void> talk(std::unique_ptr<byte_stream> stream);

private:
    explicit bent_peer(role self);
    failure heard(byte_view payload);
    bool log_in_step(byte_view payload);
    void flush();

    transport::test::end end_;
    role self_;
    std::unique_ptr<byte_stream> stream_;
    std::vector<bytes> received_;
    bool logged_in_ = false, gone_ = false, hung_up_ = false, write_blocked_ = false;
};

/// A client of ours at a bent server; both on this strand.
struct bent_link {
    std::shared_ptr<bent_peer> peer;
    connection client;
};
awaitable<connection> client_at(std::shared_ptr<bent_peer> server, client_options c = client_setup());
/// A server of ours that a bent client has logged in to.
awaitable<server_connection> server_for(std::shared_ptr<bent_peer> client, server_options s);
/// Lets in "tester" with the password "right".
server_options password_setup();

/// What a bent server says to an open and to requests, as far as a test does not care.
void confirm_open(bent_peer& peer, byte_view open, std::uint32_t window = 1 << 20);
std::string request_type(byte_view channel_request);

// What several tests say and look at.
std::uint8_t number_of(byte_view payload);
/// A message of a number and a channel, and nothing else.
bytes short_message(std::uint8_t n, std::uint32_t recipient = 0);
void say_data(bent_peer& p, std::uint32_t to, std::string_view text);
void say_request(bent_peer& p, std::uint32_t to, std::string_view type, bool want_reply, byte_view body = {});
void say_exit(bent_peer& p, std::uint32_t to, std::uint32_t status);

} // namespace rig
