// compression.hpp - zlib streams over the payloads of one direction (RFC 4253 §6.2, RFC 1950). Only the delayed form that starts
// after log-in (zlib@openssh.com) is implemented; a stream lives from one NEWKEYS to the next.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/error.hpp"

#include <memory>

struct z_stream_s;

namespace sshoal::transport {

class deflater {
public:
    deflater();
    ~deflater();
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;

    /// Returns the compressed payload of `head` followed by `body`. The view is valid until the next call.
    byte_view compress(byte_view head, byte_view body);

private:
    void feed(byte_view part, int flush, std::size_t& used);

    std::unique_ptr<z_stream_s> stream_;
    bytes out_;
};

class inflater {
public:
    explicit inflater(std::size_t max_payload);
    ~inflater();
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    /// Returns the decompressed payload. The view is valid until the next call. Errors: decompression_failed for damaged data,
    /// and as soon as the output exceeds the limit; malformed_message if there is no output.
    outcome<byte_view> decompress(byte_view payload);

private:
    std::unique_ptr<z_stream_s> stream_;
    std::size_t max_payload_;
    bytes out_;
};

} // namespace sshoal::transport
