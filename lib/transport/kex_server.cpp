#include "transport/kex.hpp"
#include "transport/negotiate.hpp"
#include "transport/peer_quirks.hpp"
#include "wire/kex_messages.hpp"

#include <algorithm>

namespace sshoal::transport {
namespace {

using crypto::kex_shape;

outcome<byte_view> decode_init(kex_shape shape, byte_view packet)
{
    using namespace wire::msg;
    if (shape == kex_shape::octet_strings) {
        if (auto m = ecdh_init::decode(packet))
            return m->public_value;
    } else if (shape == kex_shape::dh) {
        if (auto m = dh_init::decode(packet))
            return m->e;
    } else if (auto m = gex_init::decode(packet)) {
        return m->e;
    }
    return malformed("first message of the key exchange");
}

bytes encode_reply(kex_shape shape, byte_view host_key, byte_view value, byte_view signature)
{
    using namespace wire::msg;
    if (shape == kex_shape::octet_strings)
        return wire::encoded(ecdh_reply{host_key, value, signature});
    return shape == kex_shape::dh ? wire::encoded(dh_reply{host_key, value, signature})
                                  : wire::encoded(gex_reply{host_key, value, signature});
}

struct exchange_group {
    std::unique_ptr<crypto::key_agreement> agreement;
    bytes middle; ///< min || n || max || p || g, for the exchange hash
    bytes answer;
};

outcome<exchange_group> answer_request(const kex_context& cx, crypto::random_source& random, byte_view packet)
{
    // The older request names one size only (RFC 4419 §5). PuTTY up to 0.64 and programs derived from it send no other.
    wire::msg::gex_request asked;
    const auto old = wire::msg::gex_request_old::decode(packet);
    if (old) {
        asked.preferred = std::clamp(old->preferred, std::uint32_t(least_group_bits), std::uint32_t(most_group_bits));
        asked.min = std::uint32_t(least_group_bits);
        asked.max = std::uint32_t(most_group_bits);
    } else if (const auto m = wire::msg::gex_request::decode(packet)) {
        asked = *m;
    } else {
        return malformed("group exchange request");
    }
    auto group = choose_group(cx.config->moduli, *cx.random, asked.min, asked.preferred, asked.max);
    if (!group)
        return group.error();
    auto made = crypto::make_group_agreement(*group, random);
    if (!made)
        return failure(made.error(), "our own group for the key exchange is not usable");
    exchange_group result;
    result.agreement = std::move(*made);
    // The hash covers the request as it was sent, not as it was clamped (RFC 4419 §3).
    wire::writer middle(result.middle);
    if (old)
        middle.u32(old->preferred);
    else
        middle.u32(asked.min).u32(asked.preferred).u32(asked.max);
    middle.mpint(group->p).mpint(group->g);
    result.answer = wire::encoded(wire::msg::gex_group{group->p, group->g});
    return result;
}

struct server_half {
    kex_result keys;
    bytes reply_value;
};

/// Computes our answer to the client's value, the keys, and the hash to be signed.
struct respond_work {
    std::unique_ptr<crypto::key_agreement> agreement;
    const crypto::kex_info& method; ///< refers to a constant table
    bytes head, middle;
    borrowed_bytes packet;
    bool keeps_zeros;

    void keep() { packet.keep(); }
    outcome<server_half> operator()()
    {
        const std::unique_ptr<crypto::key_agreement> once = std::move(agreement);
        const auto theirs = decode_init(method.shape, packet.view());
        if (!theirs)
            return theirs.error();
        auto response = once->respond(*theirs);
        if (!response)
            return failure(response.error(), "the client's public value for the key exchange is not acceptable");
        wire::writer w(middle);
        write_public_value(w, method.shape, *theirs);
        write_public_value(w, method.shape, response->reply);

        server_half half;
        half.keys.secret = keeps_zeros ? with_zeros_in_front(std::move(response->secret)) : std::move(response->secret);
        half.keys.hash = crypto::digest(method.hash, {head, middle, half.keys.secret});
        half.reply_value = std::move(response->reply);
        return half;
    }
};

} // namespace

flow<outcome<kex_result>> server_exchange(const kex_context& cx, kex_port& port, kex_inbox& inbox)
{
    const std::size_t which = find_host_key(cx.config->host_keys, cx.host_key_algorithm);
    if (which == cx.config->host_keys.size())
        co_return failure(errc::no_common_algorithm, "no host key for the agreed algorithm");
    const presented_key& host_key = cx.config->host_keys[which];

    exchange_group group;
    if (cx.method->shape == kex_shape::group_exchange) {
        const byte_view request = co_await inbox.packets.next();
        outcome<exchange_group> answered = answer_request(cx, random_for(cx, port), request);
        if (!answered)
            co_return answered.error();
        group = std::move(*answered);
        port.send_kex(group.answer);
    } else {
        group.agreement = crypto::make_key_agreement(*cx.method, random_for(cx, port));
    }

    const byte_view packet = co_await inbox.packets.next();
    respond_work work{std::move(group.agreement), *cx.method, hash_head(cx), std::move(group.middle), borrowed_bytes(packet),
                      hashes_zeros(cx, cx.client_identification)};
    add_host_key(work.head, host_key.blob());
    outcome<server_half> half = co_await computed(port, inbox.work, work);
    if (!half)
        co_return half.error();

    host_sign_question question;
    question.host_key = which;
    question.algorithm = presented_key::signature_algorithm(cx.host_key_algorithm);
    question.data = half->keys.hash;
    port.ask_signature(std::move(question));
    const outcome<bytes> signature = co_await inbox.signatures.next();
    if (!signature)
        co_return signature.error();

    port.send_kex(encode_reply(cx.method->shape, host_key.blob(), half->reply_value, *signature));
    co_return std::move(half->keys);
}

} // namespace sshoal::transport
