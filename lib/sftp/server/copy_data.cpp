// copy-data: copies bytes from one open file to another within the server (draft-ietf-secsh-filexfer-extensions-00 §7).

#include "sftp/server/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal::sftp {
namespace {

constexpr std::size_t piece = 256 * 1024;

/// `length` 0: to the end.
bool overlap(std::uint64_t from, std::uint64_t to, std::uint64_t length) noexcept
{
    const std::uint64_t apart = from < to ? to - from : from - to;
    return length == 0 || apart < length;
}

} // namespace

/// Lets the strand's other coroutines go on.
awaitable<void> session::yield_to_others()
{
    const executor here = co_await asio::this_coro::executor;
    co_await asio::post(here, asio::use_awaitable);
}

awaitable<void> session::copy_data(work& w)
{
    const sftp_protocol::request& r = w.r;
    open_handle& from = *w.handle;
    open_handle& to = *w.second;
    failure f;
    if (!has(from.mode, open_mode::read) || !has(to.mode, open_mode::write))
        f = fail(status::permission_denied, "not open for this");
    else if ((&from == &to || from.path == to.path) && overlap(r.offset, r.second_offset, r.length))
        f = fail(status::failure, "a file cannot be copied into itself");
    const auto memory = f ? nullptr : std::make_unique_for_overwrite<std::byte[]>(piece);
    std::uint64_t done = 0;
    while (!f && (r.length == 0 || done < r.length)) {
        const std::uint64_t left = r.length == 0 ? piece : std::min<std::uint64_t>(piece, r.length - done);
        auto reading = from.file->read(r.offset + done, std::span(memory.get(), std::size_t(left)));
        const outcome<std::size_t> n = co_await std::move(reading);
        if (!n)
            f = n.error();
        else if (*n > left)
            f = fail(status::failure);
        if (f || *n == 0)
            break;
        if (*n > std::uint64_t(INT64_MAX) - r.second_offset - done) {
            f = fail_errno(EFBIG);
            break;
        }
        auto writing = to.file->write(r.second_offset + done, std::span(memory.get(), *n));
        const outcome<void> written = co_await std::move(writing);
        if (!written) {
            f = written.error();
            break;
        }
        done += *n;
        from.bytes_read += *n;
        to.bytes_written += *n;
        co_await yield_to_others();
    }
    if (logs(log_level::info))
        note(log_level::info,
             "copy-data " + printable(from.path) + " to " + printable(to.path) + ": " + std::to_string(done) + " bytes");
    if (f)
        reply_.failed(r.id, f);
    else
        reply_.done(r.id);
}

} // namespace sshoal::sftp
