#include "transport/kex.hpp"
#include "wire/kex_messages.hpp"

namespace sshoal::transport {
namespace {

using crypto::kex_shape;

failure malformed(const char* message) { return {errc::malformed_message, std::string("damaged ") + message}; }

struct server_reply {
    byte_view host_key, value, signature;
};

template <class M>
server_reply fields(const M& m, byte_view M::*value) noexcept
{
    return {m.host_key, m.*value, m.signature};
}

/// The decoders check the number too, so another method's message does not pass.
outcome<server_reply> decode_reply(kex_shape shape, byte_view packet)
{
    using namespace wire::msg;
    if (shape == kex_shape::ecdh) {
        if (auto m = ecdh_reply::decode(packet))
            return fields(*m, &ecdh_reply::public_value);
    } else if (shape == kex_shape::dh) {
        if (auto m = dh_reply::decode(packet))
            return fields(*m, &dh_reply::f);
    } else if (auto m = gex_reply::decode(packet)) {
        return fields(*m, &gex_reply::f);
    }
    return malformed("key exchange reply");
}

bytes encode_init(kex_shape shape, byte_view value)
{
    bytes payload;
    wire::writer w(payload);
    w.u8(shape == kex_shape::group_exchange ? wire::number::kex_dh_gex_init : wire::number::kex_ecdh_init);
    write_public_value(w, shape, value);
    return payload;
}

struct exchange_group {
    std::unique_ptr<crypto::key_agreement> agreement;
    bytes middle; ///< min || n || max || p || g, for the exchange hash
};

outcome<exchange_group> accept_group(const kex_context& cx, const wire::msg::gex_request& asked, byte_view packet)
{
    const auto m = wire::msg::gex_group::decode(packet);
    if (!m)
        return malformed("group of the group exchange");
    crypto::dh_group group{copy_of(m->p), copy_of(m->g)};
    if (const auto fits = crypto::check_group(group, least_group_bits, most_group_bits); !fits)
        return failure(fits.error(), "the server's group for the key exchange is not acceptable");
    auto made = crypto::make_group_agreement(group, *cx.random);
    if (!made)
        return failure(made.error(), "the server's group for the key exchange is not acceptable");
    exchange_group result;
    result.agreement = std::move(*made);
    wire::writer(result.middle).u32(asked.min).u32(asked.preferred).u32(asked.max).mpint(group.p).mpint(group.g);
    return result;
}

/// Everything about the reply that can be decided without asking anybody.
outcome<kex_result> verify_reply(const kex_context& cx, crypto::key_agreement& agreement, bytes middle, byte_view our_value,
                                 byte_view packet)
{
    const auto reply = decode_reply(cx.method->shape, packet);
    if (!reply)
        return reply.error();
    auto key = public_key::from_blob(reply->host_key);
    if (!key)
        return key.error();
    const auto algorithms = key->signature_algorithms();
    if (!wire::contains(std::span(algorithms), cx.host_key_algorithm))
        return failure(errc::key_exchange_failed, "the server's host key is not of the type that was agreed");
    if (cx.known_host_key && !(*key == *cx.known_host_key))
        return failure(errc::host_key_rejected, "the server changed its host key in the middle of the connection");

    auto secret = agreement.complete(reply->value);
    if (!secret)
        return failure(secret.error(), "the server's public value for the key exchange is not acceptable");
    wire::writer w(middle);
    write_public_value(w, cx.method->shape, our_value);
    write_public_value(w, cx.method->shape, reply->value);

    kex_result result;
    result.secret = std::move(*secret);
    result.hash = exchange_hash(cx, reply->host_key, middle, result.secret);
    if (!key->verify(cx.host_key_algorithm, result.hash, reply->signature))
        return failure(errc::bad_signature, "the server's signature of the key exchange does not verify");
    result.host_key = std::move(*key);
    return result;
}

} // namespace

flow<outcome<kex_result>> client_exchange(const kex_context& cx, kex_port& port, kex_inbox& inbox)
{
    exchange_group group;
    if (cx.method->shape == kex_shape::group_exchange) {
        wire::msg::gex_request ask;
        ask.min = least_group_bits;
        ask.preferred = std::uint32_t(preferred_group_bits(cx.strength));
        ask.max = most_group_bits;
        port.send_kex(wire::encoded(ask));
        const byte_view packet = co_await inbox.packets.next();
        outcome<exchange_group> accepted = accept_group(cx, ask, packet);
        if (!accepted)
            co_return accepted.error();
        group = std::move(*accepted);
    } else {
        group.agreement = crypto::make_key_agreement(*cx.method, *cx.random);
    }

    const bytes value = group.agreement->initiate();
    port.send_kex(encode_init(cx.method->shape, value));
    const byte_view packet = co_await inbox.packets.next();
    outcome<kex_result> verified = verify_reply(cx, *group.agreement, std::move(group.middle), value, packet);
    group.agreement.reset(); // the private value is not needed while somebody looks at a fingerprint
    if (!verified || cx.known_host_key)
        co_return verified;

    host_key_question question;
    question.key = verified->host_key;
    question.algorithm = cx.host_key_algorithm;
    port.ask_host_key(std::move(question));
    const failure refused = co_await inbox.verdicts.next();
    if (refused)
        co_return refused;
    co_return verified;
}

} // namespace sshoal::transport
