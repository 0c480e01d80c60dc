#include "sftp_peers.hpp"

#include <fstream>

namespace rig {

void put_on_disk(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string on_disk(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

using sftp_protocol::type;

awaitable<sftp::client> client_of(std::shared_ptr<sftp::file_system> files, sftp::serve_options options,
                                  sftp::client_options ours, std::size_t capacity)
{
    const executor here = co_await asio::this_coro::executor;
    auto ends = make_memory_streams(here, here, capacity);
    (void)beside::start(here, sftp::serve(std::move(ends.second), std::move(files), std::move(options)));
    auto opening = sftp::open(std::move(ends.first), std::move(ours));
    sftp::client c = co_await std::move(opening);
    co_return c;
}

// -- scripted servers ---------------------------------------------------------------------------------------------------------

std::uint64_t asked::offset() const
{
    wire::reader in = fields();
    (void)in.string();
    return in.u64();
}

std::uint32_t asked::length() const
{
    wire::reader in = fields();
    (void)in.string();
    (void)in.u64();
    return in.u32();
}

void answers::status(std::uint32_t id, sftp::status s, std::string_view text)
{
    packet p = request(type::status, id);
    p.u32(std::uint32_t(s)).string(text).string("en");
    add(std::move(p));
}
void answers::handle(std::uint32_t id, std::string_view handle)
{
    packet p = request(type::handle, id);
    add(std::move(p.string(handle)));
}
void answers::data(std::uint32_t id, std::string_view data)
{
    packet p = request(type::data, id);
    add(std::move(p.string(data)));
}
void answers::attrs(std::uint32_t id, const sftp::attributes& a)
{
    packet p = request(type::attrs, id);
    add(std::move(p.attrs(a)));
}
void answers::names(std::uint32_t id, const std::vector<sftp::directory_entry>& entries)
{
    packet p = request(type::name, id);
    p.u32(std::uint32_t(entries.size()));
    for (const sftp::directory_entry& e : entries)
        p.string(e.name).string(e.long_name).attrs(e.attrs);
    add(std::move(p));
}

namespace {

/// One whole request out of what has come.
bool take_request(bytes& in, asked& into)
{
    if (in.size() < 4 || in.size() < 4 + std::size_t(load_u32(in.data())))
        return false;
    const std::size_t length = load_u32(in.data());
    REQUIRE(length >= 5);
    into.what = type(in[4]);
    into.id = load_u32(&in[5]);
    into.rest.assign(in.begin() + 9, in.begin() + 4 + std::ptrdiff_t(length));
    in.erase(in.begin(), in.begin() + 4 + std::ptrdiff_t(length));
    return true;
}

awaitable<void> send_all(byte_stream& to, const bytes& all)
{
    for (std::size_t done = 0; done < all.size();) {
        error_code ec;
        done += to.try_write(byte_view(all).subspan(done), ec);
        if (ec == asio::error::would_block)
            ec = co_await to.wait_writable();
        if (ec)
            co_return;
    }
}

awaitable<void> perform(std::unique_ptr<byte_stream> stream, script play, std::shared_ptr<performance> seen)
{
    bytes in, room(65536);
    for (;;) {
        answers a;
        asked q;
        while (!a.hang_up && take_request(in, q)) {
            ++seen->requests;
            play(q, a);
        }
        co_await send_all(*stream, a.out);
        if (a.hang_up) {
            stream->close();
            co_return;
        }
        error_code ec;
        const std::size_t n = stream->try_read(room, ec);
        seen->bytes_received += n;
        append(in, byte_view(room).first(n));
        if (ec == asio::error::would_block)
            ec = co_await stream->wait_readable();
        if (ec)
            break;
    }
    seen->client_gone = true;
}

} // namespace

awaitable<sftp::client> scripted::open()
{
    const executor here = co_await asio::this_coro::executor;
    auto ends = make_memory_streams(here, here);
    script play = script_;
    if (greets_)
        play = [inner = script_, names = extensions_](const asked& q, answers& a) {
            if (q.what != type::init)
                return inner(q, a);
            packet p(type::version);
            p.u32(3);
            for (const std::string& n : names)
                p.string(n).string("1");
            a.add(std::move(p));
        };
    auto performing = perform(std::move(ends.second), std::move(play), seen_);
    (void)beside::start(here, std::move(performing));
    auto opening = sftp::open(std::move(ends.first), ours_);
    sftp::client c = co_await std::move(opening);
    co_return c;
}

awaitable<bool> scripted::left()
{
    for (int i = 0; i < 2000 && !seen_->client_gone; ++i)
        co_await pause_for(std::chrono::milliseconds(5));
    co_return seen_->client_gone;
}

// -- files that fail ----------------------------------------------------------------------------------------------------------

namespace {

class troubled_file final : public sftp::open_file {
public:
    troubled_file(troubled_files& all, std::shared_ptr<sftp::open_file> f) : all_(all), file_(std::move(f))
    {
        all_.most_open = std::max(all_.most_open, ++all_.files_open);
    }
    ~troubled_file() override { --all_.files_open; }
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        co_await all_.wait();
        if (++all_.reads == all_.bad_read)
            co_return sftp::fail_errno(all_.number);
        auto reading = file_->read(offset, into.first(std::min(into.size(), all_.most_read)));
        outcome<std::size_t> n = co_await std::move(reading);
        co_return n;
    }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        co_await all_.wait();
        if (++all_.writes == all_.bad_write)
            co_return sftp::fail_errno(all_.number);
        auto writing = file_->write(offset, from);
        outcome<void> done = co_await std::move(writing);
        co_return done;
    }
    awaitable<outcome<sftp::attributes>> stat() override { return file_->stat(); }
    awaitable<outcome<void>> set_attributes(sftp::attributes a) override { return file_->set_attributes(std::move(a)); }
    awaitable<outcome<void>> sync() override
    {
        if (all_.bad_sync != 0)
            co_return sftp::fail_errno(all_.bad_sync);
        co_return outcome<void>();
    }
    awaitable<outcome<void>> close() override
    {
        if (all_.bad_close != 0)
            co_return sftp::fail_errno(all_.bad_close);
        co_return outcome<void>();
    }

private:
    troubled_files& all_;
    std::shared_ptr<sftp::open_file> file_;
};

} // namespace

awaitable<void> troubled_files::wait() const
{
    if (delay.count() > 0)
        co_await pause_for(delay);
}

awaitable<outcome<std::shared_ptr<sftp::open_file>>> troubled_files::open(std::string path, sftp::open_mode mode,
                                                                          sftp::attributes initial)
{
    ++opens;
    while (holds_opens)
        co_await pause_for(std::chrono::milliseconds(1));
    if (bad_open != 0)
        co_return sftp::fail_errno(bad_open);
    auto opening = files_->open(std::move(path), mode, std::move(initial));
    outcome<std::shared_ptr<sftp::open_file>> f = co_await std::move(opening);
    if (!f)
        co_return f;
    co_return std::shared_ptr<sftp::open_file>(std::make_shared<troubled_file>(*this, std::move(*f)));
}

awaitable<outcome<sftp::attributes>> troubled_files::stat(std::string path)
{
    co_await wait();
    auto asking = files_->stat(std::move(path));
    outcome<sftp::attributes> a = co_await std::move(asking);
    co_return a;
}

} // namespace rig
