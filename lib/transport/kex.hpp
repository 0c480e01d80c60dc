// kex.hpp - one key exchange from negotiation to the exchange hash, as a flow that waits for packets and answers (RFC 4253 §8,
// RFC 5656 §4, RFC 8731, RFC 4419).
#pragma once

#include "base/work.hpp"
#include "crypto/key_agreement.hpp"
#include "transport/transport.hpp"
#include "wire/writer.hpp"

namespace sshoal::transport {

/// The services of the transport that a key exchange uses. The ends of its jobs are put into kex_inbox::work.
class kex_port : public work_port {
public:
    virtual void send_kex(byte_view payload) = 0;
    virtual void ask_host_key(host_key_question) = 0; ///< the answer is put into kex_inbox::verdicts
    virtual void ask_signature(host_sign_question) = 0;    ///< the answer is put into kex_inbox::signatures
    virtual void note(std::string_view) {}            ///< tells a step, for the log

protected:
    ~kex_port() = default;
};

/// The mailboxes at which a key exchange waits.
struct kex_inbox {
    mailbox<byte_view> packets; ///< messages 30 to 49; a view is valid until the next suspension
    mailbox<failure> verdicts;
    mailbox<outcome<bytes>> signatures;
    mailbox<job_done> work;
};

/// The facts that both ends know when the method is agreed. Everything referred to must outlive the flow.
struct kex_context {
    const settings* config = nullptr;
    crypto::random_source* random = nullptr;
    const crypto::kex_info* method = nullptr;
    std::string_view host_key_algorithm;
    std::size_t strength = 0; ///< bytes of the longest negotiated cipher key
    std::string_view client_identification, server_identification;
    byte_view client_init, server_init;           ///< the payloads of the KEXINITs
    const presented_key* known_host_key = nullptr; ///< client, on a rekey: the host key of the first exchange
};

/// Returns the failure for a message of the key exchange whose fields cannot be read.
inline failure malformed(const char* message) { return {errc::malformed_message, std::string("damaged ") + message}; }

struct kex_result {
    secure_bytes secret;    ///< K, as it enters hashes
    bytes hash;             ///< H
    presented_key host_key; ///< client: the verified one
};

// Errors: key_exchange_failed, bad_key, bad_signature, host_key_rejected, malformed_message, unexpected_message, and the failures
// given as answers to questions.
flow<outcome<kex_result>> client_exchange(const kex_context& context, kex_port& port, kex_inbox& inbox);
flow<outcome<kex_result>> server_exchange(const kex_context& context, kex_port& port, kex_inbox& inbox);

// -- shared by client and server ----------------------------------------------------------------------------------------------
inline constexpr std::size_t least_group_bits = 2048; // RFC 8270
inline constexpr std::size_t most_group_bits = 8192;

/// Returns the group size that a client requests.
std::size_t preferred_group_bits(std::size_t strength) noexcept;
/// Returns the group that the server chooses for a request. Errors: key_exchange_failed for limits that make no sense or that no
/// group meets.
outcome<crypto::dh_group> choose_group(const std::vector<crypto::dh_group>& moduli, crypto::random_source& random,
                                       std::size_t least, std::size_t preferred, std::size_t most);

/// Returns the start of the hash input of H: both identifications, both KEXINITs, the host key.
bytes hash_head(const kex_context& context);
void add_host_key(bytes& head, byte_view host_key);
/// Returns H. `middle` holds the values that the method puts between the host key and K.
bytes exchange_hash(const kex_context& context, byte_view host_key, byte_view middle, byte_view secret);

/// Returns the generator for a private value: a job on another thread must not use the connection's own generator.
inline crypto::random_source& random_for(const kex_context& context, const work_port& port)
{
    return port.takes_work() ? crypto::system_random() : *context.random;
}

/// Returns whether K enters hashes with its leading zeros; see peer_quirks.
bool hashes_zeros(const kex_context& context, std::string_view peer_identification) noexcept;

/// Writes a public value into the hash input: an ECDH value is a string, a finite-field value an mpint.
void write_public_value(wire::writer& w, crypto::kex_shape shape, byte_view value);

} // namespace sshoal::transport
