// error.hpp - error codes, disconnect reasons and the exception that awaitable members throw (RFC 4253 §11, RFC 4254 §5.1).
#pragma once

#include <sshoal/api.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace sshoal SSHOAL_API {

using boost::system::error_category;
using boost::system::error_code;

template <class T>
using result = boost::system::result<T>;

/// The errors that a program may want to tell apart. The text of an `error` explains the single case.
enum class errc {
    // The peer broke the protocol, or the bytes were damaged.
    protocol_error = 1,        ///< a message that is malformed or not allowed in this state
    malformed_message,         ///< a field is cut short, too long, or followed by bytes that do not belong to it
    bad_identification,        ///< the other end does not speak SSH 2.0 (RFC 4253 §4.2)
    packet_too_large,          ///< a packet longer than the limit
    mac_mismatch,              ///< integrity check failed
    decompression_failed,      ///< compressed data is damaged, or inflates past the limit
    unexpected_message,        ///< known message at a time when it is not allowed
    window_overrun,            ///< the peer sent more than the window or the maximum packet size allows
    // Key exchange and trust.
    no_common_algorithm = 20,  ///< the two ends share no algorithm in one of the slots
    key_exchange_failed,       ///< a public value, group or signature of the key exchange was refused
    host_key_rejected,         ///< the verifier refused the host key: revoked, none of the expected ones, or the program said no
    no_host_key_verifier,      ///< connect() was called without saying how host keys are verified
    unknown_algorithm,         ///< a name in a preference list that sshoal does not implement
    host_key_unknown,          ///< known_hosts has nothing about this host
    host_key_changed,          ///< known_hosts has other keys for this host; an attacker may be in between
    // Log-in.
    authentication_failed = 40, ///< no method was accepted, or there are no tries left
    // Channels and requests.
    channel_open_refused = 60, ///< the peer refused to open the channel; context() has its reason
    channel_closed,            ///< the channel was closed by either side
    request_refused,           ///< the peer answered a request with failure
    end_of_file,               ///< this side has already sent EOF on this channel
    too_many_channels,         ///< the connection has as many channels as its limit allows
    operation_in_progress,     ///< an operation of this kind is under way, and only one at a time is allowed
    capture_limit,             ///< the command wrote more than run() was told to keep
    message_too_long,          ///< a command, name or body is longer than limits::max_message; nothing was sent
    line_too_long,             ///< a line, or the text before the one that read_until() waits for, is longer than the limit
    text_not_found,            ///< the stream ended before the text that read_until() waits for; context() has the last text
    // The connection as a whole.
    connection_lost = 80,      ///< the stream ended or failed without a DISCONNECT
    disconnected,              ///< the peer sent DISCONNECT; context() has its reason and text
    closed,                    ///< this side has closed the connection
    timed_out,                 ///< a deadline passed
    keepalive_timeout,         ///< the peer did not answer as many keepalives as the limits allow
    too_many_pending,          ///< a bounded queue is full: the peer does not finish the things that it started
    proxy_refused,             ///< the proxy on the way did not make the connection; context() has what it said
    // Keys and files.
    bad_key = 100,             ///< a key, signature or certificate is damaged or has unacceptable parameters
    bad_passphrase,            ///< the private key is encrypted and the passphrase does not open it
    passphrase_required,       ///< the private key is encrypted and no passphrase was given
    unsupported_key,           ///< a key type or file format that sshoal does not read
    bad_signature,             ///< a signature does not verify
    file_error,                ///< a file cannot be read; context() says which and why
    agent_failure,             ///< the agent refused, or answered nonsense
    files_differ,              ///< a copied file is not the same as its source
    bad_configuration,         ///< a line of a configuration cannot be used; context() says where it is and why
    // Use of the library.
    invalid_argument = 120,    ///< an option or argument is out of its range
    not_supported,             ///< the peer or this build of sshoal does not offer this
};

/// Reason codes of SSH_MSG_DISCONNECT; the numbers are those on the wire (RFC 4253 §11.1).
enum class disconnect_reason : std::uint32_t {
    host_not_allowed_to_connect = 1,
    protocol_error = 2,
    key_exchange_failed = 3,
    reserved = 4,
    mac_error = 5,
    compression_error = 6,
    service_not_available = 7,
    protocol_version_not_supported = 8,
    host_key_not_verifiable = 9,
    connection_lost = 10,
    by_application = 11,
    too_many_connections = 12,
    auth_cancelled_by_user = 13,
    no_more_auth_methods_available = 14,
    illegal_user_name = 15,
};

/// Reason codes of SSH_MSG_CHANNEL_OPEN_FAILURE; the numbers are those on the wire (RFC 4254 §5.1).
enum class open_failure : std::uint32_t {
    administratively_prohibited = 1,
    connect_failed = 2,
    unknown_channel_type = 3,
    resource_shortage = 4,
};

const error_category& sshoal_category() noexcept;
const error_category& disconnect_category() noexcept;
const error_category& open_failure_category() noexcept;

error_code make_error_code(errc) noexcept;
error_code make_error_code(disconnect_reason) noexcept;
error_code make_error_code(open_failure) noexcept;

struct failure_detail;

/// An error code, and text that explains it, with the file, the message or the peer's text in question. Control characters in
/// text that came from the peer are escaped, so that the text can be printed and logged.
class failure {
public:
    failure() = default;
    failure(error_code code, std::string context = {});
    failure(errc code, std::string context = {});

    const error_code& code() const noexcept { return code_; }
    const std::string& context() const noexcept { return context_; }
    /// Returns: text for people: "context: text of the code", or the text of the code alone.
    std::string message() const;
    explicit operator bool() const noexcept { return code_.failed(); }
    /// Returns: facts for programs (#include <sshoal/failure_detail.hpp>); null if there are none.
    const failure_detail* detail() const noexcept { return detail_.get(); }
    /// Returns: the same code and detail with another text.
    failure with_context(std::string context) const;

    /// Writes message().
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& to, const failure& f)
    {
        return to << f.message().c_str();
    }

private:
    friend SSHOAL_API failure with_detail(const failure&, failure_detail);
    error_code code_;
    std::string context_;
    std::shared_ptr<const failure_detail> detail_;
};

/// The exception that awaitable members throw. `code()` is for programs, `what()` is for people ("context: text of the code
/// [category:number]"), and `context()` is the explaining part of `what()`.
class error : public boost::system::system_error {
public:
    explicit error(const failure& f);
    error(const error&);
    error& operator=(const error&);
    ~error() override;
    const std::string& context() const noexcept { return why_.context(); }
    /// Returns: facts for programs (#include <sshoal/failure_detail.hpp>); null if there are none.
    const failure_detail* detail() const noexcept { return why_.detail(); }
    /// Returns: the failure that was thrown.
    const failure& why() const noexcept { return why_; }

private:
    failure why_;
};

/// Tells whether another try may help: the connection was refused, was lost or timed out, or the host or its name server cannot
/// be reached at the moment. Keys, passwords, options, a changed host key, a refused request and a cancellation stay as they are.
/// Returns: for a failure or an error, false also for a peer that has ended the connection because of the log-in, and for reasons
/// of DISCONNECT that time does not change.
bool may_retry(const error_code& code) noexcept;
bool may_retry(const failure& f) noexcept;
inline bool may_retry(errc e) noexcept { return may_retry(make_error_code(e)); }
inline bool may_retry(const error& e) noexcept { return may_retry(e.why()); }

/// A value, or a failure.
template <class T>
using outcome = boost::system::result<T, failure>;

/// Boost calls this when value() is asked of an outcome that holds a failure. Errors (thrown): error.
[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location&);

/// Makes text from a peer fit for a terminal or for one line of a log: control characters and invalid UTF-8 are escaped, and the
/// text is cut after `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 256);

} // namespace sshoal

namespace boost::system {
template <> struct is_error_code_enum<sshoal::errc> : std::true_type {};
template <> struct is_error_code_enum<sshoal::disconnect_reason> : std::true_type {};
template <> struct is_error_code_enum<sshoal::open_failure> : std::true_type {};
} // namespace boost::system
