// message.hpp - what the message structs have in common.
// Each has one encoder and one decoder. Decoded views point into the payload and live as long as it does. A decoder reads every
// field, then asks once whether all of them fit and nothing is left over; any doubt is errc::malformed_message.
#pragma once

#include "sshoal/error.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

#include <type_traits>
#include <utility>

namespace sshoal::wire {

/// A reader behind the message number; it has failed already where the payload is empty or carries another message.
inline reader open_message(byte_view payload, std::uint8_t number) noexcept
{
    reader r(payload);
    if (r.u8() != number)
        r.fail();
    return r;
}

template <class M>
result<std::remove_cvref_t<M>> close_message(const reader& r, M&& m)
{
    if (!r.finished())
        return make_error_code(errc::malformed_message);
    return std::forward<M>(m);
}

/// Replaces the content of `out` with the encoded message.
template <class Buffer, class M>
void encode_to(Buffer& out, const M& m)
{
    out.clear();
    basic_writer<Buffer> w(out);
    m.encode(w);
}

template <class M>
bytes encoded(const M& m)
{
    bytes out;
    encode_to(out, m);
    return out;
}

} // namespace sshoal::wire
