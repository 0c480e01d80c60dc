// message.hpp - the common base of all message structs: each struct lists its fields once, in fields().
// codec<M> reads and writes a message by walking that list (fields.hpp); the .cpp file of the message compiles codec<M>, once.
// Decoded views point into the payload and live as long as the payload does. Decoding reads every field, then checks once that
// all of them fit and that nothing is left over; otherwise the result is errc::malformed_message.
#pragma once

#include "sshoal/error.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace sshoal::wire {

/// Reads and writes messages of type M. If M has a `number`, the encoded message begins with that number.
template <class M>
struct codec {
    static result<M> decode(byte_view payload);
    static void encode(writer& w, const M& m);
};

/// Writes messages that may hold a secret.
template <class M>
struct secret_codec {
    static void encode(secure_writer& w, const M& m);
};

template <class M>
void encode(writer& w, const M& m)
{
    codec<M>::encode(w, m);
}
template <class M>
void encode(secure_writer& w, const M& m)
{
    secret_codec<M>::encode(w, m);
}

/// A message that consists of its number.
template <std::uint8_t Number>
struct number_only {
    static constexpr std::uint8_t number = Number;

    static void fields(auto&, auto&) {}
    static result<number_only> decode(byte_view payload) { return codec<number_only>::decode(payload); }
};

/// Replaces the content of `out` with the encoded message.
template <class Buffer, class M>
void encode_to(Buffer& out, const M& m)
{
    out.clear();
    basic_writer<Buffer> w(out);
    encode(w, m);
}

template <class M>
bytes encoded(const M& m)
{
    bytes out;
    encode_to(out, m);
    return out;
}

/// Returns a reader positioned behind the message number. The reader has failed if the payload has another number or is empty.
inline reader open_message(byte_view payload, std::uint8_t number) noexcept
{
    reader r(payload);
    if (r.u8() != number)
        r.fail();
    return r;
}

} // namespace sshoal::wire
