// send() and receive() over a stream to a program that the caller has started.

#include "scp/copying.hpp"
#include "sshoal/run_on.hpp"

#include <boost/asio/this_coro.hpp>

namespace sshoal::scp {
namespace {

/// A copy in which every file failed has failed.
transfer_result result_of_copying(copying& c, const failure& f)
{
    if (f && (f.code() == errc::protocol_error || f.code() == errc::file_error))
        c.send_fatal(f);
    const bool nothing = c.done.files + c.done.directories == 0;
    if (f)
        throw error(f.code() == errc::channel_closed && c.first_error ? c.first_error : f);
    if (nothing && c.first_error)
        throw error(c.first_error);
    c.done.bytes = c.progress.total();
    return std::move(c.done);
}

awaitable<transfer_result> finish(copying& c, awaitable<void> work)
{
    failure f;
    try {
        co_await std::move(work);
    } catch (const error& e) {
        f = e.why();
    }
    co_return result_of_copying(c, f);
}

awaitable<transfer_result> send_there(std::unique_ptr<byte_stream> to, std::vector<std::string> paths, options how)
{
    copying c(link(std::move(to)), how.files() ? how.files() : default_files(), how, side::client);
    auto work = finish(c, send_all(c, std::move(paths)));
    transfer_result r = co_await std::move(work);
    co_return r;
}

awaitable<transfer_result> receive_there(std::unique_ptr<byte_stream> from, receiving what, options how)
{
    copying c(link(std::move(from)), how.files() ? how.files() : default_files(), how, side::client);
    auto work = finish(c, receive_all(c, std::move(what)));
    transfer_result r = co_await std::move(work);
    if (r.files + r.directories == 0 && c.errors == 0)
        throw error(failure(errc::protocol_error, "the server sent nothing"));
    co_return r;
}

awaitable<executor> home_of(const byte_stream* s, const options& how)
{
    if (s == nullptr || how.rate() > 0)
        throw error(failure(errc::invalid_argument, s == nullptr ? "no stream" : "streams have no limit of the rate"));
    executor home = s->home();
    if (!home)
        home = co_await asio::this_coro::executor;
    co_return home;
}

} // namespace

awaitable<transfer_result> send(std::unique_ptr<byte_stream> to, std::vector<std::string> paths, options how)
{
    executor strand = co_await home_of(to.get(), how);
    auto work = send_there(std::move(to), std::move(paths), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    transfer_result r = co_await std::move(crossing);
    co_return r;
}

awaitable<transfer_result> receive(std::unique_ptr<byte_stream> from, std::string remote_path, std::string local_path,
                                   options how)
{
    executor strand = co_await home_of(from.get(), how);
    receiving what;
    what.target = std::move(local_path);
    what.asked = remote_path.empty() ? std::string(".") : std::move(remote_path);
    auto work = receive_there(std::move(from), std::move(what), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    transfer_result r = co_await std::move(crossing);
    co_return r;
}

} // namespace sshoal::scp
