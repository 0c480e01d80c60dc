#include "transport/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace sshoal::transport {
namespace {

constexpr std::size_t first_block = 4096;

Bytef* at(bytes& b, std::size_t offset) { return reinterpret_cast<Bytef*>(b.data()) + offset; }
// zlib only reads the bytes at next_in, but its declaration may lack the const.
Bytef* input(byte_view b) { return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(b.data())); }

} // namespace

deflater::deflater() : stream_(std::make_unique<z_stream_s>())
{
    if (deflateInit(stream_.get(), Z_DEFAULT_COMPRESSION) != Z_OK)
        throw std::bad_alloc();
}

deflater::~deflater() { deflateEnd(stream_.get()); }

void deflater::feed(byte_view part, int flush, std::size_t& used)
{
    stream_->next_in = input(part);
    stream_->avail_in = uInt(part.size());
    do {
        if (out_.size() - used < 64)
            out_.resize(std::max(first_block, out_.size() * 2));
        stream_->next_out = at(out_, used);
        stream_->avail_out = uInt(out_.size() - used);
        [[maybe_unused]] const int rc = deflate(stream_.get(), flush);
        assert(rc == Z_OK || rc == Z_BUF_ERROR);
        used = out_.size() - stream_->avail_out;
    } while (stream_->avail_out == 0 || stream_->avail_in > 0); // room left in the output means that the flush is complete
}

byte_view deflater::compress(byte_view head, byte_view body)
{
    std::size_t used = 0;
    if (!head.empty())
        feed(head, body.empty() ? Z_PARTIAL_FLUSH : Z_NO_FLUSH, used);
    if (!body.empty())
        feed(body, Z_PARTIAL_FLUSH, used);
    return byte_view(out_).first(used);
}

inflater::inflater(std::size_t max_payload) : stream_(std::make_unique<z_stream_s>()), max_payload_(max_payload)
{
    if (inflateInit(stream_.get()) != Z_OK)
        throw std::bad_alloc();
}

inflater::~inflater() { inflateEnd(stream_.get()); }

outcome<byte_view> inflater::decompress(byte_view payload)
{
    stream_->next_in = input(payload);
    stream_->avail_in = uInt(payload.size());
    std::size_t used = 0;
    for (;;) {
        if (used == out_.size()) {
            // One byte past the limit shows that the limit is exceeded; no more bytes are stored.
            if (used > max_payload_)
                return failure(errc::decompression_failed, "a compressed packet inflates past the limit");
            out_.resize(std::min(std::max(first_block, out_.size() * 2), max_payload_ + 1));
        }
        stream_->next_out = at(out_, used);
        stream_->avail_out = uInt(out_.size() - used);
        const int rc = inflate(stream_.get(), Z_PARTIAL_FLUSH);
        used = out_.size() - stream_->avail_out;
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            return failure(errc::decompression_failed, "compressed data is damaged");
        if (stream_->avail_out > 0) // all output of this input has been produced
            break;
    }
    if (stream_->avail_in > 0)
        return failure(errc::decompression_failed, "compressed data is damaged");
    if (used > max_payload_)
        return failure(errc::decompression_failed, "a compressed packet inflates past the limit");
    if (used == 0)
        return failure(errc::malformed_message, "a compressed packet without a payload");
    return byte_view(out_).first(used);
}

} // namespace sshoal::transport
