// exchange.hpp - the few bytes that are spoken on a stream before its own bytes: SOCKS, HTTP CONNECT, the header of the PROXY
// protocol.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/byte_stream.hpp"

#include <chrono>

namespace sshoal::net {

/// One end's part of an exchange, without I/O.
class exchange {
public:
    virtual ~exchange() = default;
    /// Returns: the bytes that the other end gets now; it is asked at first and after each take(). Empty after the second call.
    virtual bytes to_send() = 0;
    /// Returns: the number of bytes that may be read next, at least 1 while more are wanted. No byte behind the exchange is read.
    virtual std::size_t wanted() const noexcept = 0;
    /// `from` holds at least one byte, and wanted() at most. Returns: whether more bytes are wanted.
    virtual bool take(byte_view from) = 0;
    /// Returns: the reason for which the exchange ended without success; no failure if it succeeded.
    virtual failure why() const = 0;
    /// Returns: the failure for a stream that ends too early.
    virtual failure ended_early() const = 0;
};

/// An exchange over a reader that has wanted(), take() and why(), and whose state is `reading` while it wants more. `R` outlives it.
template <class R>
class exchange_of : public exchange {
public:
    explicit exchange_of(R& reader) noexcept : reader_(reader) {}
    bytes to_send() override { return {}; }
    std::size_t wanted() const noexcept override { return reader_.wanted(); }
    bool take(byte_view from) override { return reader_.take(from) == R::state::reading; }
    failure why() const override { return reader_.why(); }

protected:
    R& reader_;
};

/// Carries out an exchange. A limit of 0 is none.
/// Returns: no failure if the exchange succeeded; why() or ended_early() of the exchange; errc::timed_out; operation_aborted if it was
/// cancelled; the stream's error. Lifetime: the caller keeps stream and exchange. Cancellation: terminal, if the stream's waits
/// honour it.
awaitable<failure> carry_out(byte_stream& with, exchange& what, std::chrono::nanoseconds limit);

} // namespace sshoal::net
