// fuzz_sftp_client.cpp - what servers send to our SFTP client. The first byte chooses: parts of the protocol alone (replies, names,
// attributes, patterns), or a whole session over a stream whose other end says what the input says while the client opens, reads,
// lists, walks, removes and asks. "@@@@" where a packet's number stands is replaced by that of the oldest request unanswered.
#include "sftp/protocol/glob_pattern.hpp"
#include "sftp/protocol/messages.hpp"
#include "sshoal/sftp.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>

using namespace sshoal;
using sftp_protocol::type;

namespace {

constexpr std::size_t most_read = 1024 * 1024;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void decode_parts(byte_view all)
{
    {
        wire::reader in(all);
        const auto names = sftp_protocol::decode_names(in);
        require(!names || names->size() <= all.size() / 12);
        if (names)
            for (const sftp::directory_entry& e : *names)
                (void)sftp::long_name(e, sftp::file_time(), e.long_name);
    }
    {
        wire::reader in(all);
        const sftp::attributes a = sftp_protocol::decode_attributes(in);
        require(a.extended.size() <= sftp_protocol::most_extended_attributes);
        if (in.ok()) { // what was read is written and read again the same
            bytes again;
            sftp_protocol::encode_attributes(again, a);
            wire::reader back(again);
            require(sftp_protocol::decode_attributes(back) == a && back.finished());
        }
    }
    {
        wire::reader in(all);
        const auto s = sftp_protocol::decode_status(in);
        if (in.ok() && s.code != sftp::status::ok)
            require(!sftp_protocol::failure_of(s, "x").message().empty());
    }
    wire::reader pairs(all);
    (void)sftp_protocol::decode_extensions(pairs);
    wire::reader vfs(all);
    (void)sftp_protocol::decode_statvfs(vfs);
    const std::string_view text = text_of(all);
    const std::size_t cut = std::min<std::size_t>(text.find('\n'), text.size());
    const std::string_view pattern = text.substr(0, cut).substr(0, 200), name = text.substr(cut).substr(0, 200);
    const bool matches = sftp_protocol::glob_matches(pattern, name);
    if (!sftp_protocol::has_wildcard(pattern) && pattern.find('\\') == pattern.npos && pattern.find('[') == pattern.npos)
        require(matches == (pattern == name));
    for (const std::string& part : sftp_protocol::parts_of(pattern))
        require(part == "/" || part.find('/') == part.npos);
    (void)sftp_protocol::unquoted(pattern);
}

/// Says what the input says, packet by packet, each when there is a request to answer.
class script final : public byte_stream {
public:
    script(byte_view all, std::size_t piece) : all_(copy_of(all)), piece_(piece) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        if (closed_ || at_ == all_.size()) {
            ec = asio::error::eof;
            return 0;
        }
        if (at_ == packet_end_)
            begin_packet();
        const std::size_t n = std::min({into.size(), packet_end_ - at_, piece_});
        std::memcpy(into.data(), &all_[at_], n);
        at_ += n;
        ec = {};
        return n;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        sent_.insert(sent_.end(), from.begin(), from.end());
        std::size_t at = 0;
        for (; sent_.size() - at >= 4 && sent_.size() - at - 4 >= load_u32(&sent_[at]); at += 4 + load_u32(&sent_[at])) {
            require(load_u32(&sent_[at]) >= 5 && load_u32(&sent_[at]) <= sftp_protocol::most_packet_bytes);
            if (sent_[at + 4] != std::byte(type::init))
                unanswered_.push_back(load_u32(&sent_[at + 5]));
        }
        sent_.erase(sent_.begin(), sent_.begin() + std::ptrdiff_t(at));
        ec = {};
        return from.size();
    }
    awaitable<error_code> wait_readable() override { co_return error_code(); }
    awaitable<error_code> wait_writable() override { co_return error_code(); }
    void close() noexcept override { closed_ = true; }

private:
    void begin_packet()
    {
        packet_end_ = all_.size();
        if (all_.size() - at_ < 4)
            return;
        packet_end_ = at_ + std::min(all_.size() - at_, 4 + std::size_t(load_u32(&all_[at_])));
        if (packet_end_ - at_ < 9 || load_u32(&all_[at_ + 5]) != 0x40404040)
            return;
        const std::uint32_t id = unanswered_.empty() ? 0 : unanswered_.front();
        if (!unanswered_.empty())
            unanswered_.pop_front();
        store_u32(&all_[at_ + 5], id);
    }

    bytes all_, sent_;
    std::deque<std::uint32_t> unanswered_;
    std::size_t at_ = 0, packet_end_ = 0, piece_;
    bool closed_ = false;
};

template <class T>
awaitable<void> quietly(awaitable<T> operation)
{
    try {
        (void)co_await std::move(operation);
    } catch (const boost::system::system_error&) {
    }
}

awaitable<void> read_file(sftp::client c)
{
    sftp::file f = co_await c.open("file", sftp::open_mode::read_write);
    std::vector<std::byte> some(1000);
    const std::size_t n = co_await f.read_at(5, some);
    require(n <= some.size());
    const std::string all = co_await f.read_all(most_read);
    require(all.size() <= most_read);
    co_await f.write(some);
    auto checking = f.check("md5,sha256");
    (void)co_await std::move(checking);
    co_await f.close();
}

awaitable<void> walk(sftp::client c)
{
    sftp::walker w = c.walk("top");
    for (int i = 0; i < 10'000; ++i) {
        const std::optional<sftp::walk_entry> e = co_await w.next();
        if (!e)
            break;
        require(bool(e->trouble) || sftp::is_plain_name(e->entry.name));
    }
}

awaitable<void> play(std::unique_ptr<byte_stream> stream, unsigned which)
{
    try {
        auto opening = sftp::open(std::move(stream));
        sftp::client c = co_await std::move(opening);
        const executor here = co_await asio::this_coro::executor;
        std::vector<std::uint32_t> ids{1, 2};
        if (which & 1)
            spawn(here, quietly(read_file(c)));
        if (which & 2)
            spawn(here, quietly(walk(c)));
        if (which & 4)
            spawn(here, quietly(c.names_of(ids, ids)));
        if (which & 8)
            spawn(here, quietly(c.glob("*/[a-z]*")));
        if (which & 16)
            spawn(here, quietly(c.remove_all("tree")));
        co_await quietly(c.stat("x"));
        co_await quietly(c.read_link("x"));
        co_await quietly(c.statvfs("x"));
        co_await quietly(c.list("d"));
        co_await quietly(c.create_directories("a/b"));
        co_await quietly(c.change_directory("d"));
        co_await quietly(c.read_all("r", most_read));
    } catch (const boost::system::system_error&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const byte_view all = view_of(std::span(data + 1, size - 1));
    if (data[0] & 0x80) {
        decode_parts(all);
        return 0;
    }
    constexpr std::size_t pieces[] = {1, 7, 64, most_read};
    asio::io_context ctx(1);
    const executor strand = asio::make_strand(ctx);
    spawn(strand, play(std::make_unique<script>(all, pieces[data[0] % 4]), data[0] >> 2));
    ctx.run();
    return 0;
}
