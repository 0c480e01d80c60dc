// fuzz_sftp_server.cpp - a whole session of the SFTP server over files in memory; the input is what the client sends. The first
// byte chooses how it is cut, and whether the client reads. Handles are chosen at random, so "H0@@@@@@@@@@" stands for the first
// one that the server has given, "H1..." for the second.
#include "sftp/protocol/requests.hpp"
#include "sshoal/memory_file_system.hpp"
#include "sshoal/sftp_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace sshoal;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// Decoded alone, each packet keeps to its bytes.
void decode(byte_view packet)
{
    sftp_protocol::request r;
    const auto d = sftp_protocol::decode_request(packet, r);
    const auto inside = [&](byte_view part) {
        return part.empty() || (part.data() >= packet.data() && part.data() + part.size() <= packet.data() + packet.size());
    };
    require(!d.well_formed || (inside(r.handle) && inside(r.second_handle) && inside(r.data)));
    require(!d.well_formed || r.path.size() + r.second_path.size() <= packet.size());
}

/// Gives the input in pieces and never waits.
class script final : public byte_stream {
public:
    script(byte_view all, std::size_t piece, bool reads) : all_(copy_of(all)), piece_(piece), reads_(reads) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        ec = {};
        fill_in_handles();
        // A piece of 0: packet by packet, so that a request can use the handle of the one before it.
        std::size_t n = piece_;
        if (n == 0 && all_.size() - at_ >= 4)
            n = 4 + std::size_t(load_u32(&all_[at_]));
        n = std::min({into.size(), all_.size() - at_, std::max<std::size_t>(n, 1)});
        if (n == 0) {
            ec = asio::error::eof;
            return 0;
        }
        std::memcpy(into.data(), &all_[at_], n);
        at_ += n;
        return n;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        if (!reads_ && (written_ += from.size()) > 4096) {
            ec = asio::error::broken_pipe;
            return 0;
        }
        ec = {};
        // Replies come whole, since all that is written is taken.
        for (std::size_t at = 0; from.size() - at >= 4;) {
            const std::size_t length = load_u32(&from[at]);
            require(length > 0 && length <= from.size() - at - 4);
            if (from[at + 4] == std::byte(sftp_protocol::type::handle))
                handles_.push_back(copy_of(from.subspan(at + 13, 12)));
            at += 4 + length;
        }
        return from.size();
    }
    awaitable<error_code> wait_readable() override { co_return error_code(); }
    awaitable<error_code> wait_writable() override { co_return error_code(); }
    void close() noexcept override { at_ = all_.size(); }

private:
    void fill_in_handles()
    {
        constexpr std::string_view mark = "@@@@@@@@@@";
        std::size_t from = at_;
        while (!handles_.empty()) {
            const std::size_t found = text_of(all_).find(mark, from);
            if (found == std::string_view::npos)
                return;
            from = found + 1;
            const std::size_t which = found >= at_ + 2 ? std::size_t(all_[found - 1]) - '0' : handles_.size();
            if (which < handles_.size() && all_[found - 2] == std::byte('H'))
                std::copy(handles_[which].begin(), handles_[which].end(), all_.begin() + std::ptrdiff_t(found - 2));
        }
    }

    bytes all_;
    std::vector<bytes> handles_;
    std::size_t at_ = 0, piece_, written_ = 0;
    bool reads_;
};

awaitable<void> serve_script(std::unique_ptr<byte_stream> stream)
{
    auto options = sftp::serve_options().max_handles(8);
    auto files = sftp::make_memory_file_system(sftp::memory_options().capacity(1 << 20).max_files(64));
    auto serving = sftp::serve(std::move(stream), std::move(files), std::move(options));
    try {
        co_await std::move(serving);
    } catch (const boost::system::system_error&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const byte_view all = view_of(std::span(data + 1, size - 1));
    for (std::size_t at = 0; all.size() - at >= 5;) {
        const std::size_t length = std::min<std::size_t>(load_u32(&all[at]), all.size() - at - 4);
        if (length == 0)
            break;
        decode(all.subspan(at + 4, length));
        at += 4 + length;
    }
    constexpr std::size_t pieces[] = {1, 7, 64, 4096, 0};
    asio::io_context ctx(1);
    spawn(ctx, serve_script(std::make_unique<script>(all, pieces[data[0] % 5], (data[0] & 0x80) == 0)));
    ctx.run();
    return 0;
}
