#include "scp_old.hpp"

#include <sshoal/local_file_system.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <unistd.h>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;
using sshoal::byte_stream;
using sshoal::transfer_result;

constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./~-+:,@%=*?[]{}";

/// One word for the server's shell, which interprets wildcards and braces as users of scp expect, and nothing else.
std::string word_for_shell(const std::string& path)
{
    if (path.find_first_not_of(plain) == std::string::npos)
        return path.empty() ? "." : path;
    std::string out;
    for (const char c : path) {
        if (c == '\n')
            out += "'\n'";
        else if (plain.find(c) == std::string_view::npos && static_cast<unsigned char>(c) < 0x80)
            (out += '\\') += c;
        else
            out += c;
    }
    return out;
}

/// Until the end of `from`, or until `to` takes no more.
awaitable<void> pump(byte_stream& from, byte_stream& to, sshoal::process at_to)
{
    std::vector<std::byte> buffer(256 * 1024);
    for (;;) {
        sshoal::error_code ec;
        std::size_t n = from.try_read(buffer, ec);
        if (n == 0 && ec == asio::error::would_block) {
            ec = co_await from.wait_readable();
            if (!ec)
                continue;
        }
        if (n == 0)
            break;
        std::span<const std::byte> rest(buffer.data(), n);
        while (!rest.empty()) {
            n = to.try_write(rest, ec);
            rest = rest.subspan(n);
            if (n == 0 && ec == asio::error::would_block)
                ec = co_await to.wait_writable();
            if (n == 0 && ec)
                break;
        }
        if (!rest.empty())
            break;
    }
    // Each answers the other, so what has been said has been heard.
    if (!at_to) {
        to.close();
        co_return;
    }
    try {
        co_await at_to.in().send_eof();
    } catch (const sshoal::error&) {
        // it has ended by itself
    }
}

awaitable<void> show_errors(sshoal::process p)
{
    try {
        std::vector<std::byte> text(1024);
        for (;;) {
            const std::size_t n = co_await p.err().read_some(text);
            if (n == 0)
                break;
            (void)!::write(2, text.data(), n);
        }
    } catch (const sshoal::error&) {
        // the copy reports it
    }
}

} // namespace

sshoal::scp::options scp_old::options() const
{
    sshoal::scp::options o;
    o.recursive(line_.recursive).preserve(line_.preserve).rate(line_.remote.rate);
    if (meter_ != nullptr)
        o.progress(meter_->function());
    return o;
}

std::string scp_old::command(const char* direction, const std::string& path) const
{
    std::string text = "scp";
    text += line_.remote.loud > 0 ? " -v" : "";
    text += line_.recursive ? " -r" : "";
    text += line_.preserve ? " -p" : "";
    text += line_.sources.size() > 1 && *direction == 't' ? " -d" : "";
    return text + " -" + direction + ' ' + (path.starts_with('-') ? "-- " : "") + word_for_shell(path);
}

awaitable<sshoal::connection> scp_old::connection_to(scp_old& self, remote_place place, bool second)
{
    const std::string key
        = place.user.value_or("") + '@' + place.host + ':' + std::to_string(place.port.value_or(0)) + (second ? "/2" : "");
    const auto known = self.connections_.find(key);
    if (known != self.connections_.end())
        co_return known->second.connection;
    auto going = log_in(self.line_.remote, place);
    logged_in l = co_await std::move(going);
    sshoal::connection c = l.connection;
    self.connections_.emplace(key, std::move(l));
    co_return c;
}

awaitable<scp_old::started> scp_old::start(scp_old& self, remote_place place, std::string command, bool second)
{
    started s;
    if (self.line_.remote.program) {
        auto starting = start_by_program(self.line_.remote, place, command, false, patience_for_status, self.keep_);
        s.stream = co_await std::move(starting);
        co_return std::move(s);
    }
    sshoal::connection c = co_await connection_to(self, place, second);
    auto starting = c.start(std::move(command));
    s.process = co_await std::move(starting);
    sshoal::spawn(s.process, show_errors(s.process));
    s.stream = sshoal::make_channel_stream(s.process.io());
    co_return std::move(s);
}

awaitable<transfer_result> scp_old::send(scp_old& self, std::vector<std::string> paths)
{
    const copy_place& target = self.line_.target;
    if (!self.line_.remote.program) {
        sshoal::connection c = co_await connection_to(self, target.at, true);
        auto sending = sshoal::scp::send(c, std::move(paths), target.path.empty() ? "." : target.path, self.options());
        transfer_result r = co_await std::move(sending);
        co_return r;
    }
    started s = co_await start(self, target.at, self.command("t", target.path), true);
    auto sending = sshoal::scp::send(std::move(s.stream), std::move(paths), self.options());
    transfer_result r = co_await std::move(sending);
    co_return r;
}

awaitable<transfer_result> scp_old::receive(scp_old& self, copy_place source)
{
    if (!self.line_.remote.program) {
        sshoal::connection c = co_await connection_to(self, source.at, false);
        auto receiving = sshoal::scp::receive(c, source.path, self.line_.target.path, self.options());
        transfer_result r = co_await std::move(receiving);
        co_return r;
    }
    started s = co_await start(self, source.at, self.command("f", source.path), false);
    auto receiving = sshoal::scp::receive(std::move(s.stream), source.path, self.line_.target.path, self.options());
    transfer_result r = co_await std::move(receiving);
    co_return r;
}

awaitable<transfer_result> scp_old::between(scp_old& self, copy_place source)
{
    using namespace asio::experimental::awaitable_operators;
    if (self.line_.remote.rate > 0)
        throw sshoal::error(sshoal::failure(sshoal::errc::not_supported, "-l, between two servers by the old protocol (-O),"));
    started from = co_await start(self, source.at, self.command("f", source.path), false);
    started to = co_await start(self, self.line_.target.at, self.command("t", self.line_.target.path), true);
    auto both = pump(*from.stream, *to.stream, to.process) && pump(*to.stream, *from.stream, from.process);
    co_await std::move(both);
    transfer_result r;
    for (const started* s : {&from, &to}) {
        if (!s->process)
            continue;
        sshoal::process p = s->process;
        const sshoal::exit_info how = co_await p.wait();
        if (how.status.value_or(0) != 0)
            r.skipped.emplace_back("scp", sshoal::failure(sshoal::errc::request_refused, how.describe()));
    }
    co_return r;
}

awaitable<int> serve_scp(std::string command)
{
    const sshoal::executor ex = co_await asio::this_coro::executor;
    auto stream = sshoal::make_descriptor_stream(ex, ::dup(0), ::dup(1));
    sshoal::sftp::local_options where;
    where.start(".");
    auto files = sshoal::sftp::make_local_file_system(where);
    auto serving = sshoal::scp::serve(std::move(stream), std::move(command), std::move(files));
    const bool well = co_await std::move(serving);
    co_return well ? 0 : 1;
}

} // namespace programs
