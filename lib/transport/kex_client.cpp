#include "transport/kex.hpp"
#include "transport/peer_quirks.hpp"
#include "wire/kex_messages.hpp"

#include <algorithm>
#include <bit>

namespace sshoal::transport {
namespace {

using crypto::kex_shape;

struct server_reply {
    byte_view host_key, value, signature;
};

template <class M>
server_reply fields(const M& m, byte_view M::*value) noexcept
{
    return {m.host_key, m.*value, m.signature};
}

/// The decoders also check the message number, so a message of another method is refused.
outcome<server_reply> decode_reply(kex_shape shape, byte_view packet)
{
    using namespace wire::msg;
    if (shape == kex_shape::octet_strings) {
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
    using namespace wire::msg;
    if (shape == kex_shape::octet_strings)
        return wire::encoded(ecdh_init{value});
    return shape == kex_shape::dh ? wire::encoded(dh_init{value}) : wire::encoded(gex_init{value});
}

/// Our half of the exchange, when the group is known.
struct our_half {
    std::unique_ptr<crypto::key_agreement> agreement;
    bytes middle; ///< group exchange: min || n || max || p || g, for the exchange hash
    bytes value;
    std::size_t group_bits = 0; ///< group exchange: of p
};

// Both notes have the text of OpenSSH's client, for which scripts search.
std::string request_note(const wire::msg::gex_request& ask)
{
    return "SSH2_MSG_KEX_DH_GEX_REQUEST(" + std::to_string(ask.min) + "<" + std::to_string(ask.preferred) + "<"
           + std::to_string(ask.max) + ") sent";
}

std::string group_note(const our_half& half)
{
    std::size_t set = 0;
    for (const std::byte b : half.value)
        set += std::size_t(std::popcount(std::to_integer<unsigned>(b)));
    return "bits set: " + std::to_string(set) + '/' + std::to_string(half.group_bits);
}

/// Returns the bits of a number that may begin with any number of zero bytes.
std::size_t bit_length(byte_view number)
{
    while (!number.empty() && number[0] == std::byte(0))
        number = number.subspan(1);
    return number.empty() ? 0 : 8 * (number.size() - 1) + std::size_t(std::bit_width(std::to_integer<unsigned>(number[0])));
}

/// Makes our public value in the fixed group of the method.
struct initiate_work {
    std::unique_ptr<crypto::key_agreement> agreement;

    void keep() noexcept {}
    outcome<our_half> operator()()
    {
        our_half half;
        half.agreement = std::move(agreement);
        half.value = half.agreement->initiate();
        return half;
    }
};

/// Makes our public value in the group that the server chose, if that group is acceptable.
struct accept_group_work {
    wire::msg::gex_request asked;
    borrowed_bytes packet;
    crypto::random_source& random;

    void keep() { packet.keep(); }
    outcome<our_half> operator()()
    {
        const auto m = wire::msg::gex_group::decode(packet.view());
        if (!m)
            return malformed("group of the group exchange");
        crypto::dh_group group{copy_of(m->p), copy_of(m->g)};
        if (const auto fits = crypto::check_group(group, least_group_bits, most_group_bits); !fits)
            return failure(fits.error(), "the server's group for the key exchange is not acceptable");
        auto made = crypto::make_group_agreement(group, random);
        if (!made)
            return failure(made.error(), "the server's group for the key exchange is not acceptable");
        our_half half;
        half.agreement = std::move(*made);
        half.group_bits = bit_length(group.p);
        wire::writer(half.middle).u32(asked.min).u32(asked.preferred).u32(asked.max).mpint(group.p).mpint(group.g);
        half.value = half.agreement->initiate();
        return half;
    }
};

/// Checks everything in the reply that needs no answer from the application.
struct verify_reply_work {
    verify_reply_work(const kex_context& cx, our_half&& half, byte_view reply)
        : method(*cx.method), ours(std::move(half)), head(hash_head(cx)), algorithm(view_of(cx.host_key_algorithm)), packet(reply)
    {
        if (cx.known_host_key)
            known_host_key = *cx.known_host_key;
        keeps_zeros = hashes_zeros(cx, cx.server_identification);
    }

    void keep()
    {
        algorithm.keep();
        packet.keep();
    }
    outcome<kex_result> operator()()
    {
        outcome<kex_result> result = verify();
        ours.agreement.reset(); // the private value is not needed while the user looks at a fingerprint
        return result;
    }

    const crypto::kex_info& method; ///< refers to a constant table
    our_half ours;
    bytes head;
    presented_key known_host_key;
    bool keeps_zeros = false;
    borrowed_bytes algorithm, packet;

private:
    outcome<kex_result> verify()
    {
        const auto reply = decode_reply(method.shape, packet.view());
        if (!reply)
            return reply.error();
        auto key = presented_key::from_blob(reply->host_key);
        if (!key)
            return key.error();
        const std::string_view agreed = text_of(algorithm.view());
        if (!key->has_algorithm(agreed))
            return failure(errc::key_exchange_failed, "the server's host key is not of the type that was agreed");
        if (known_host_key && !(*key == known_host_key))
            return failure(errc::host_key_rejected, "the server changed its host key in the middle of the connection");

        auto secret = ours.agreement->complete(reply->value);
        if (!secret)
            return failure(secret.error(), "the server's public value for the key exchange is not acceptable");
        wire::writer w(ours.middle);
        write_public_value(w, method.shape, ours.value);
        write_public_value(w, method.shape, reply->value);
        add_host_key(head, reply->host_key);

        kex_result result;
        result.secret = keeps_zeros ? with_zeros_in_front(std::move(*secret)) : std::move(*secret);
        result.hash = crypto::digest(method.hash, {head, ours.middle, result.secret});
        if (!key->verify(agreed, result.hash, reply->signature))
            return failure(errc::bad_signature, "the server's signature of the key exchange does not verify");
        result.host_key = std::move(*key);
        return result;
    }
};

} // namespace

flow<outcome<kex_result>> client_exchange(const kex_context& cx, kex_port& port, kex_inbox& inbox)
{
    our_half half;
    if (cx.method->shape == kex_shape::group_exchange) {
        wire::msg::gex_request ask;
        ask.min = least_group_bits;
        ask.preferred = std::uint32_t(preferred_group_bits(cx.strength));
        if (quirks_of(cx.server_identification).refuses_large_groups)
            ask.preferred = std::min<std::uint32_t>(ask.preferred, 4096);
        ask.max = most_group_bits;
        port.send_kex(wire::encoded(ask));
        port.note(request_note(ask));
        const byte_view packet = co_await inbox.packets.next();
        accept_group_work work{ask, borrowed_bytes(packet), random_for(cx, port)};
        outcome<our_half> accepted = co_await computed(port, inbox.work, work);
        if (!accepted)
            co_return accepted.error();
        half = std::move(*accepted);
        port.note(group_note(half));
    } else {
        initiate_work work{crypto::make_key_agreement(*cx.method, random_for(cx, port))};
        outcome<our_half> made = co_await computed(port, inbox.work, work);
        half = std::move(*made);
    }

    port.send_kex(encode_init(cx.method->shape, half.value));
    const byte_view packet = co_await inbox.packets.next();
    verify_reply_work work(cx, std::move(half), packet);
    outcome<kex_result> verified = co_await computed(port, inbox.work, work);
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
