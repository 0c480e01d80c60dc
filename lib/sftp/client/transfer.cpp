#include "sftp/client/transfer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal::sftp {

transfer::transfer(session_ptr s, transfer_options o)
    : session(std::move(s))
    , how(std::move(o))
    , limit_(session->core, how.requests_at_once())
{
}

std::size_t transfer::piece_size(std::size_t servers) const noexcept
{
    const std::size_t wanted = how.block() == 0 ? servers : std::min(how.block(), sftp_protocol::most_data_bytes);
    // Large pieces at a slow rate would make the transfer jerky.
    return how.rate() == 0 ? wanted : std::min<std::size_t>(wanted, std::size_t(std::max<std::uint64_t>(how.rate() / 10, 1024)));
}

transfer::meter::meter(transfer& t, std::string path, std::uint64_t size) : transfer_(t), told_(clock::now())
{
    said_.path = std::move(path);
    while (const std::size_t needless = said_.path.find("/./") + 1) // find() + 1 is 0 if there is none
        said_.path.erase(needless, 2);
    said_.size = size;
    tell();
}

void transfer::meter::tell()
{
    if (!transfer_.how.progress())
        return;
    said_.total_bytes = transfer_.bytes_;
    said_.files_done = transfer_.files_;
    said_.files_found = transfer_.files_found_;
    said_.bytes_found = transfer_.bytes_found_;
    said_.all_found = transfer_.all_found_;
    said_.elapsed = clock::now() - transfer_.began_;
    transfer_.how.progress()(said_);
}

void transfer::meter::moved(std::size_t n)
{
    constexpr auto interval = std::chrono::milliseconds(100);
    said_.bytes += n;
    transfer_.bytes_ += n;
    transfer_.result.bytes += n;
    if (!transfer_.how.progress())
        return;
    if (const auto now = clock::now(); now - told_ >= interval) {
        told_ = now;
        tell();
    }
}

void transfer::meter::had(std::uint64_t n)
{
    said_.bytes += n;
    tell();
}

void transfer::meter::done()
{
    said_.done = true;
    ++transfer_.files_;
    ++transfer_.result.files;
    tell();
}

void transfer::note(std::string path, std::string what, failure why)
{
    transfer_note n;
    n.path = std::move(path);
    n.what = std::move(what);
    n.why = std::move(why);
    result.notes.push_back(std::move(n));
}

awaitable<void> transfer::pace(std::shared_ptr<transfer> self, std::size_t n)
{
    const clock::time_point now = clock::now();
    const clock::time_point due = std::max(self->next_, now);
    self->next_
        = due + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(double(n) / double(self->how.rate())));
    if (due > now) {
        asio::steady_timer timer(self->core().strand(), due);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace sshoal::sftp
