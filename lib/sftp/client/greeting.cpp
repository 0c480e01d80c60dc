// The beginning of a client session: INIT, VERSION, and the server's limits.

#include "sftp/client/operations.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::packet;
using sftp_protocol::type;

namespace {

/// Returns: the text that came instead of an answer, made printable.
std::string quoted_noise(byte_view what)
{
    constexpr std::size_t most = 200;
    if (what.empty())
        return {};
    const std::string_view text(reinterpret_cast<const char*>(what.data()), std::min(what.size(), most));
    return " It said: \"" + printable(text, 4 * most) + '"';
}

} // namespace

awaitable<outcome<void>> client_core::exchange_versions(client_core& self)
{
    packet hello(type::init);
    hello.u32(sftp_protocol::protocol_version);
    const bytes init = std::move(hello).finish();
    error_code ec;
    co_await self.stream_->write(init, ec);
    for (;;) {
        const auto found = self.in_.next();
        if (!found)
            co_return failure(errc::protocol_error, "the server does not speak SFTP; does its shell print something at log-in?"
                                                        + quoted_noise(self.in_.pending()));
        if (*found) {
            wire::reader in(**found);
            const type t = type(in.u8());
            self.version = in.u32();
            if (!in.ok() || t != type::version)
                co_return failure(errc::protocol_error, "SFTP " + name_of(t) + " where VERSION was expected");
            if (self.version == 0 || self.version > sftp_protocol::protocol_version)
                co_return failure(errc::protocol_error,
                                  "the server insists on SFTP version " + std::to_string(self.version));
            auto pairs = sftp_protocol::decode_extensions(in);
            if (!pairs)
                co_return failure(pairs.error(), "SFTP VERSION");
            self.extensions = std::move(*pairs);
            co_return outcome<void>();
        }
        const std::span<std::byte> room = self.in_.prepare(1024);
        const std::size_t n = co_await self.stream_->read_some(room, ec);
        if (ec)
            co_return failure(ec);
        if (n == 0)
            co_return failure(errc::connection_lost,
                              "the server ended SFTP before it began" + quoted_noise(self.in_.pending()));
        self.in_.commit(n);
    }
}

awaitable<outcome<void>> client_core::ask_limits()
{
    auto asking = extended_request(shared_from_this(), std::string(extension::limits), bytes());
    outcome<bytes> said = co_await std::move(asking);
    if (said) {
        wire::reader in(*said);
        server_limits l;
        for (std::uint64_t* v : {&l.packet_length, &l.read_length, &l.write_length, &l.open_handles})
            *v = in.u64();
        if (in.ok())
            limits = l;
    } else if (over()) {
        co_return said.error();
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> client_core::greet(std::shared_ptr<client_core> self)
{
    outcome<void> agreed = co_await exchange_versions(*self);
    if (!agreed) {
        self->end(agreed.error());
        co_return agreed;
    }
    spawn(self->strand(), read_loop(self), self->end_of_loop());
    if (self->supports(extension::limits)) {
        outcome<void> told = co_await self->ask_limits();
        if (!told)
            co_return told;
    }
    // Every server takes this much, even if it reports no limits (§3).
    constexpr std::uint64_t usual = 32768, least = 1024;
    const std::uint64_t most = std::min<std::uint64_t>(sftp_protocol::most_data_bytes, self->options_.max_packet() - 1024);
    const auto size = [&](std::uint64_t said) { return std::size_t(std::clamp(said == 0 ? usual : said, least, most)); };
    self->read_size_ = size(self->limits.read_length);
    self->write_size_ = size(self->limits.write_length);
    co_return outcome<void>();
}

} // namespace sshoal::sftp
