// handshake.hpp - connecting by steps: what a server shows before log-in, and log-in method by method (RFC 4252).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/client.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshoal::client {
class client_state;
} // namespace sshoal::client

namespace sshoal SSHOAL_API {

/// The lists of algorithms that a server offers, in its order (RFC 4253 §7.1).
class offered_algorithms {
public:
    offered_algorithms() {}
    std::vector<std::string> kex, host_keys, ciphers_in, ciphers_out, macs_in, macs_out, compression_in, compression_out;
};

/// The result of one step of a log-in.
enum class login_step {
    success, ///< logged in: take the connection with finish()
    partial, ///< the method succeeded, and the server demands another one too
    refused, ///< methods() of the object are up to date
    left_out ///< nothing was proved: the key cannot sign, the dialogue was given up, ...; note() says why
};

/// A connection between the key exchange and the end of the log-in. A cheap handle; dropping the last one closes the connection.
///
///     auto server = co_await handshake("example.org", client_options().user("alice"));
///     std::printf("%s\n", server.host_key().fingerprint().c_str());
///     server.trust_host_key();
///     std::vector<std::string> methods = co_await server.ask_methods();
///     const login_step s = co_await server.try_password("secret");
///     if (s == login_step::success)
///         connection c = server.finish();
///
/// Each step waits for the server's answer. Errors: the failure that ended the connection, as for connect();
/// errc::no_host_key_verifier if neither the verifier nor trust_host_key() has accepted the host key. Cancellation: terminal - the
/// connection is closed. Executor: any. One step at a time. The server's patience and limits::login_timeout go on meanwhile.
class login {
public:
    login() noexcept; ///< no connection
    explicit operator bool() const noexcept { return bool(self_); }

    // These functions tell what the server has shown. Executor: the strand.
    presented_key host_key() const;
    negotiated algorithms() const;                ///< those that were agreed on
    const offered_algorithms& offered() const noexcept;
    std::string peer_identification() const;      ///< "SSH-2.0-OpenSSH_9.2p1", printable
    endpoint remote() const;
    /// Returns: whether the verifier of the options, or trust_host_key(), has accepted the host key.
    bool host_key_trusted() const noexcept;
    /// Says that host_key() is the right one, if the options have no verifier.
    void trust_host_key();

    /// Asks with method "none" which methods the server takes for the user (RFC 4252 §5.2).
    /// Returns: the methods; empty if the server has let the user in without any proof, which finished() says.
    awaitable<std::vector<std::string>> ask_methods();
    /// Returns: the methods in the server's last answer.
    const std::vector<std::string>& methods() const noexcept;
    /// Returns: the reason for the last login_step::left_out.
    const std::string& note() const noexcept;

    /// Errors: errc::bad_key for an RSA key that is shorter than client_options::required_rsa_bits().
    awaitable<login_step> try_key(private_key key);
    awaitable<login_step> try_key(std::shared_ptr<signer> key);
    awaitable<login_step> try_password(std::string password);
    awaitable<login_step> try_interactive(interactive_function answer); ///< keyboard-interactive (RFC 4256)
    /// Goes on with all that the options hold, as connect() does. Errors: errc::authentication_failed as well.
    awaitable<connection> try_all();

    bool finished() const noexcept; ///< logged in
    /// Returns: the connection. Errors: errc::authentication_failed before the end of the log-in.
    connection finish();

    void close() noexcept;
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    struct handle;
    login(std::shared_ptr<conn::connection_handle> c, std::string name);
    awaitable<login_step> take(std::string method, std::function<failure(client::client_state&)> prepare);
    std::shared_ptr<handle> self_;
};

/// Connects as connect() does, up to the end of the first key exchange. Options without a verifier are accepted: the host key is
/// shown, and no step of the log-in is made before login::trust_host_key().
/// Returns, errors, cancellation, executor, lifetime: as for connect().
awaitable<login> handshake(std::string host, client_options options);
awaitable<login> handshake(std::unique_ptr<byte_stream> stream, std::string host, client_options options);

} // namespace sshoal
