#include "scp/copying.hpp"

namespace sshoal::scp {
namespace {

/// The most errors of a peer before the copy is given up.
constexpr std::uint64_t most_peer_errors = 10'000;

} // namespace

copying::copying(link l, std::shared_ptr<sftp::file_system> f, const options& o, side s)
    : peer(std::move(l))
    , files(std::move(f))
    , how(o)
    , end(s)
    , progress(o.progress())
{
}

void copying::make_blocks()
{
    present.resize(block_size + 1); // the last block of a file also has the byte that confirms the file
    next.resize(block_size + 1);
}

void copying::skip(std::string path, failure f)
{
    ++errors;
    if (end == side::client)
        done.skipped.emplace_back(std::move(path), std::move(f));
}

awaitable<void> copying::report(std::string path, failure f)
{
    std::string line = scp_protocol::warning_line(path + ": " + text_of(f));
    if (!first_error)
        first_error = failure(errc::file_error, path + ": " + text_of(f));
    skip(std::move(path), std::move(f));
    auto writing = peer.write(std::move(line));
    co_await std::move(writing);
}

void copying::note_peer_error(std::string path, failure f)
{
    if (++peer_errors_ > most_peer_errors)
        throw error(failure(errc::protocol_error, "too many errors"));
    if (!first_error)
        first_error = f;
    skip(std::move(path), std::move(f));
}

void copying::send_fatal(const failure& f) { peer.try_write(view_of(scp_protocol::fatal_line(text_of(f)))); }

std::string text_of(const failure& f) { return f.context().empty() ? f.code().message() : f.context(); }

std::string joined(const std::string& folder, std::string_view name)
{
    std::string path = folder;
    if (!path.empty() && path.back() != '/')
        path += '/';
    return path.append(name);
}

} // namespace sshoal::scp
