#include "sftp_rig.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace rig {
namespace {

awaitable<void> serve_and_note(std::unique_ptr<byte_stream> s, std::shared_ptr<sftp::file_system> f, sftp::serve_options o,
                               std::shared_ptr<served> result)
{
    auto serving = failure_of(sftp::serve(std::move(s), std::move(f), std::move(o)));
    failure why = co_await std::move(serving);
    result->why = std::move(why);
    result->done = true;
}

} // namespace

awaitable<sftp_client> sftp_client::start(std::shared_ptr<sftp::file_system> files, sftp::serve_options options,
                                          std::size_t capacity)
{
    const executor here = co_await asio::this_coro::executor;
    sftp_client c;
    auto ends = make_memory_streams(here, here, capacity);
    c.stream_ = std::move(ends.first);
    auto serving = serve_and_note(std::move(ends.second), std::move(files), std::move(options), c.served_);
    auto starting = beside::start_here(std::move(serving));
    c.serving_ = std::make_shared<beside>(co_await std::move(starting));
    co_return std::move(c);
}

awaitable<sftp_client> sftp_client::begin(std::shared_ptr<sftp::file_system> files, sftp::serve_options options,
                                          std::size_t capacity)
{
    auto starting = start(std::move(files), std::move(options), capacity);
    sftp_client c = co_await std::move(starting);
    packet init(type::init);
    init.u32(3);
    auto asking = c.ask(std::move(init));
    const sftp_reply version = co_await std::move(asking);
    REQUIRE(version.what() == type::version);
    co_return std::move(c);
}

std::size_t sftp_client::try_send(byte_view all)
{
    error_code ec;
    return stream_->try_write(all, ec);
}

awaitable<void> sftp_client::send(bytes all)
{
    for (std::size_t done = 0; done < all.size();) {
        error_code ec;
        done += stream_->try_write(byte_view(all).subspan(done), ec);
        if (ec == asio::error::would_block)
            ec = co_await stream_->wait_writable();
        if (ec)
            co_return; // the server has gone
    }
}

bool sftp_client::nothing_there()
{
    std::byte b[4096];
    error_code ec;
    const std::size_t n = stream_->try_read(b, ec);
    append(in_, std::span(b).first(n));
    return in_.empty() && ec == asio::error::would_block;
}

awaitable<sftp_reply> sftp_client::receive()
{
    for (;;) {
        if (in_.size() >= 4 && in_.size() >= 4 + std::size_t(load_u32(in_.data()))) {
            const std::size_t length = load_u32(in_.data());
            sftp_reply r(bytes(in_.begin() + 4, in_.begin() + 4 + std::ptrdiff_t(length)));
            in_.erase(in_.begin(), in_.begin() + 4 + std::ptrdiff_t(length));
            co_return r;
        }
        const std::size_t had = in_.size();
        in_.resize(had + 300000);
        error_code ec;
        const std::size_t n = stream_->try_read(std::span(in_).subspan(had), ec);
        in_.resize(had + n);
        if (ec == asio::error::would_block)
            ec = co_await stream_->wait_readable();
        if (ec)
            co_return sftp_reply();
    }
}

awaitable<sftp_reply> sftp_client::ask(packet p)
{
    auto sending = send(std::move(p));
    co_await std::move(sending);
    auto receiving = receive();
    sftp_reply r = co_await std::move(receiving);
    co_return r;
}

awaitable<bytes> sftp_client::open(std::string path, sftp::open_mode mode)
{
    packet p = request(type::open, next_id());
    p.string(path).u32(std::uint32_t(mode)).u32(0);
    auto asking = ask(std::move(p));
    const sftp_reply r = co_await std::move(asking);
    co_return r.handle();
}

awaitable<sftp_reply> sftp_client::read(bytes handle, std::uint64_t offset, std::uint32_t length)
{
    packet p = request(type::read, next_id());
    p.string(handle).u64(offset).u32(length);
    return ask(std::move(p));
}

awaitable<sftp_reply> sftp_client::write(bytes handle, std::uint64_t offset, std::string data)
{
    packet p = request(type::write, next_id());
    p.string(handle).u64(offset).string(data);
    return ask(std::move(p));
}

awaitable<sftp_reply> sftp_client::close(bytes handle)
{
    packet p = request(type::close, next_id());
    p.string(handle);
    return ask(std::move(p));
}

awaitable<sftp_reply> sftp_client::path_request(type t, std::string path)
{
    packet p = request(t, next_id());
    p.string(path);
    if (t == type::mkdir || t == type::setstat)
        p.u32(0);
    return ask(std::move(p));
}

awaitable<void> sftp_client::put(std::string path, std::string text)
{
    auto opening = open(std::move(path), sftp::open_mode::overwrite);
    const bytes h = co_await std::move(opening);
    for (std::size_t at = 0; at < text.size(); at += 200000) {
        auto writing = write(h, at, text.substr(at, 200000));
        const sftp_reply r = co_await std::move(writing);
        REQUIRE(r.ok());
    }
    auto closing = close(h);
    const sftp_reply r = co_await std::move(closing);
    REQUIRE(r.ok());
}

awaitable<std::string> sftp_client::get(std::string path)
{
    auto opening = open(std::move(path), sftp::open_mode::read);
    const bytes h = co_await std::move(opening);
    std::string all;
    for (;;) {
        auto reading = read(h, all.size(), 0xffffffffu);
        const sftp_reply r = co_await std::move(reading);
        if (r.status() == sftp::status::eof)
            break;
        REQUIRE(r.what() == type::data);
        all += r.text();
    }
    auto closing = close(h);
    const sftp_reply r = co_await std::move(closing);
    REQUIRE(r.ok());
    co_return all;
}

awaitable<failure> sftp_client::end()
{
    for (int i = 0; i < 2000 && !served_->done; ++i)
        co_await pause_for(std::chrono::milliseconds(5));
    REQUIRE(served_->done);
    co_return served_->why;
}

awaitable<void> test_files::work(std::string what)
{
    events.push_back("+" + what);
    most_running = std::max(most_running, ++running);
    struct leaving {
        std::size_t& n;
        ~leaving() { --n; }
    } l{running};
    if (delay.count() > 0)
        co_await pause_for(delay);
    if (throws)
        throw std::runtime_error("secret words");
    events.push_back("-" + what);
}

namespace {

class test_file final : public sftp::open_file {
public:
    test_file(test_files& f, std::string n) : files_(f), name_(std::move(n)) { ++files_.files_open; }
    ~test_file() override { --files_.files_open; }
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        co_await files_.work("read " + name_);
        if (offset >= files_.size)
            co_return std::size_t(0);
        const std::size_t n = std::size_t(std::min<std::uint64_t>(into.size(), files_.size - offset));
        for (std::size_t i = 0; i < n; ++i)
            into[i] = std::byte((offset + i) * 7 % 251);
        co_return n;
    }
    awaitable<outcome<void>> write(std::uint64_t, std::span<const std::byte> from) override
    {
        bytes before(from.begin(), from.end());
        co_await files_.work("write " + name_);
        if (!equal(before, from)) // the input was overwritten meanwhile
            co_return sftp::fail(sftp::status::failure, "data changed while it was written");
        co_return outcome<void>();
    }
    awaitable<outcome<sftp::attributes>> stat() override
    {
        co_await files_.work("fstat " + name_);
        co_return sftp::attributes().with_size(files_.size);
    }
    awaitable<outcome<void>> close() override
    {
        ++files_.closes;
        co_await files_.work("close " + name_);
        if (name_ == "bad")
            co_return sftp::fail_errno(EIO);
        co_return outcome<void>();
    }

private:
    test_files& files_;
    std::string name_;
};

class test_directory final : public sftp::directory_reader {
public:
    explicit test_directory(test_files& f) : files_(f) { ++files_.directories_open; }
    ~test_directory() override { --files_.directories_open; }
    awaitable<outcome<std::vector<sftp::directory_entry>>> read(std::size_t most) override
    {
        std::vector<sftp::directory_entry> some;
        for (; at_ < files_.entries && some.size() < most; ++at_)
            some.emplace_back("name-" + std::to_string(at_), sftp::attributes().with_size(at_));
        co_return some;
    }

private:
    test_files& files_;
    std::size_t at_ = 0;
};

} // namespace

awaitable<outcome<std::shared_ptr<sftp::open_file>>> test_files::open(std::string path, sftp::open_mode, sftp::attributes)
{
    co_await work("open " + path);
    if (path == "none")
        co_return sftp::fail(sftp::status::no_such_file);
    if (path == "null")
        co_return std::shared_ptr<sftp::open_file>();
    co_return std::shared_ptr<sftp::open_file>(std::make_shared<test_file>(*this, path));
}

awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> test_files::open_directory(std::string path)
{
    co_await work("opendir " + path);
    co_return std::shared_ptr<sftp::directory_reader>(std::make_shared<test_directory>(*this));
}

awaitable<outcome<sftp::attributes>> test_files::stat(std::string path)
{
    co_await work("stat " + path);
    co_return sftp::attributes().with_size(size);
}

awaitable<outcome<void>> test_files::remove(std::string path)
{
    co_await work("remove " + path);
    co_return outcome<void>();
}

} // namespace rig
