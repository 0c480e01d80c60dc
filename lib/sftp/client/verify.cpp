#include "sftp/client/verify.hpp"

#include "sftp/client/disk_file.hpp"
#include "sshoal/hash.hpp"

namespace sshoal::sftp {

namespace {

using named_digest = std::pair<std::string, bytes>; ///< algorithm and digest

/// Strongest first; paramiko's server has the last two only.
constexpr std::string_view wanted_digests = "sha256,sha512,sha384,sha224,sha1,md5";

awaitable<outcome<named_digest>> remote_digest(session_ptr session, std::string path, std::string algorithms)
{
    auto opening = open_file_at(session->core, path, open_mode::read, attributes());
    outcome<std::string> text = co_await std::move(opening);
    if (!text)
        co_return text.error();
    const auto handle = std::make_shared<remote_handle>(session, std::move(*text), path); // closed when it goes
    auto asking = check_file(session->core, handle->text(), path, std::move(algorithms), 0, 0, 0);
    outcome<named_digest> digest = co_await std::move(asking);
    co_return digest;
}

struct digest_job {
    std::string algorithm, path;
    outcome<bytes> operator()() const
    {
        if (!hasher::knows(algorithm))
            return failure(errc::not_supported, "check-file by " + printable(algorithm));
        disk_file f;
        if (failure bad = f.open_to_read(path))
            return bad;
        hasher h(algorithm);
        std::vector<std::byte> piece(std::size_t(1) << 20);
        for (std::uint64_t at = 0;;) {
            const outcome<std::size_t> n = f.read(at, piece);
            if (!n)
                return n.error();
            if (*n == 0)
                break;
            h.update(std::span(piece).first(*n));
            at += *n;
        }
        return h.finish();
    }
};

failure differ(const std::string& a, const std::string& b)
{
    return failure(errc::mac_mismatch, "verify: " + printable(a) + " and " + printable(b) + " differ");
}

} // namespace

awaitable<outcome<void>> compare_with_local(session_ptr session, std::string remote, std::string local)
{
    auto asking = remote_digest(session, remote, std::string(wanted_digests));
    outcome<named_digest> there_is = co_await std::move(asking);
    if (!there_is)
        co_return there_is.error();
    digest_job job{std::move(there_is->first), local};
    auto computing = run_on(session->core->work(), std::move(job));
    const outcome<bytes> here = co_await std::move(computing);
    if (!here)
        co_return here.error();
    if (*here != there_is->second)
        co_return differ(remote, local);
    co_return outcome<void>();
}

awaitable<outcome<void>> compare_remote(session_ptr a, std::string path_a, session_ptr b, std::string path_b)
{
    auto asking = remote_digest(a, path_a, std::string(wanted_digests));
    outcome<named_digest> first = co_await std::move(asking);
    if (!first)
        co_return first.error();
    auto asking_there = on_strand(b->core->strand(), remote_digest(b, path_b, first->first));
    outcome<named_digest> second = co_await std::move(asking_there);
    if (!second)
        co_return second.error();
    if (*first != *second)
        co_return differ(path_a, path_b);
    co_return outcome<void>();
}

} // namespace sshoal::sftp
