#include "sftp/client/verify.hpp"

#include "sshoal/hash.hpp"

#include <algorithm>

namespace sshoal::sftp {

namespace {

/// An algorithm, and the digests of a range's blocks in a row.
using digests = std::pair<std::string, bytes>;

/// The strongest comes first. paramiko's server has only the last two, and computes wrong digests of blocks longer than
/// block_bytes.
constexpr std::string_view wanted_digests = "sha256,sha512,sha384,sha224,sha1,md5";
constexpr std::uint32_t block_bytes = 64 * 1024;
/// The bytes of one request, few enough that the server can soon answer other requests.
constexpr std::uint64_t range_bytes = 32u << 20;

failure differ(const std::string& a, const std::string& b)
{
    return failure(errc::files_differ, "verify: " + printable(a) + " and " + printable(b) + " differ");
}

/// A file at a server. On the strand of its session.
class remote_file {
public:
    remote_file() {}
    std::shared_ptr<remote_handle> handle;
    std::uint64_t size = 0;

    static awaitable<outcome<remote_file>> open(session_ptr session, std::string path)
    {
        auto opening = open_file_at(session->core, path, open_mode::read, attributes());
        outcome<std::string> text = co_await std::move(opening);
        if (!text)
            co_return text.error();
        remote_file f;
        f.handle = std::make_shared<remote_handle>(session, std::move(*text), path);
        auto asking = attributes_of(session->core, sftp_protocol::type::fstat, f.handle->text(), path);
        outcome<attributes> a = co_await std::move(asking);
        if (!a)
            co_return a.error();
        if (!a->size)
            co_return failure(errc::not_supported, "verify: the server does not tell sizes");
        f.size = *a->size;
        co_return f;
    }
    awaitable<outcome<digests>> check(std::string algorithms, std::uint64_t offset, std::uint64_t length) const
    {
        return check_file(handle, std::move(algorithms), offset, length, block_bytes);
    }
    executor strand() const { return handle->core().strand(); }
};

/// Computes the digests of the blocks of some data in a row.
struct digest_job {
    std::string algorithm;
    std::shared_ptr<block> data;
    bytes operator()() const
    {
        hasher h(algorithm);
        bytes all;
        for (byte_view rest = data->view(); !rest.empty(); rest = rest.subspan(std::min<std::size_t>(rest.size(), block_bytes))) {
            h.update(rest.first(std::min<std::size_t>(rest.size(), block_bytes)));
            append(all, h.finish());
        }
        return all;
    }
};

/// Returns: the digests of a range of a local file, as the server computes them for its file.
awaitable<outcome<bytes>> check_local(const local_source& file, executor work, std::string algorithm, std::uint64_t offset,
                                      std::uint64_t length)
{
    constexpr std::size_t at_once = 16 * block_bytes;
    bytes all;
    const auto data = std::make_shared<block>(std::size_t(std::min<std::uint64_t>(length, at_once)));
    while (length > 0) {
        const auto n = std::size_t(std::min<std::uint64_t>(length, at_once));
        data->size = 0;
        auto reading = local_source::read(file, offset, data, n);
        const outcome<void> done = co_await std::move(reading);
        if (!done)
            co_return done.error();
        digest_job job{algorithm, data};
        auto computing = run_on(work, std::move(job));
        const bytes some = co_await std::move(computing);
        append(all, some);
        if (data->size < n)
            break; // the file has become shorter, so the digests will differ
        offset += n;
        length -= n;
    }
    co_return all;
}

} // namespace

awaitable<outcome<void>> compare_with_local(session_ptr session, std::string remote, files_ptr files, std::string local)
{
    auto opening = remote_file::open(session, remote);
    const outcome<remote_file> there_is = co_await std::move(opening);
    if (!there_is)
        co_return there_is.error();
    auto opening_here = local_source::open(std::move(files), local, std::nullopt);
    const outcome<local_source> here = co_await std::move(opening_here);
    if (!here)
        co_return here.error();
    const std::uint64_t size = here->attrs.size.value_or(there_is->size);
    if (size != there_is->size)
        co_return differ(remote, local);
    std::string algorithm(wanted_digests);
    for (std::uint64_t at = 0; at < size; at += range_bytes) {
        const std::uint64_t length = std::min(range_bytes, size - at);
        auto asking = there_is->check(algorithm, at, length);
        outcome<digests> theirs = co_await std::move(asking);
        if (!theirs)
            co_return theirs.error();
        algorithm = theirs->first;
        auto computing = check_local(*here, session->core->work(), algorithm, at, length);
        const outcome<bytes> ours = co_await std::move(computing);
        if (!ours)
            co_return ours.error();
        if (*ours != theirs->second)
            co_return differ(remote, local);
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> compare_remote(session_ptr a, std::string path_a, session_ptr b, std::string path_b)
{
    auto opening = remote_file::open(a, path_a);
    const outcome<remote_file> first = co_await std::move(opening);
    if (!first)
        co_return first.error();
    auto opening_there = on_strand(b->core->strand(), remote_file::open(b, path_b));
    const outcome<remote_file> second = co_await std::move(opening_there);
    if (!second)
        co_return second.error();
    if (first->size != second->size)
        co_return differ(path_a, path_b);
    std::string algorithm(wanted_digests);
    for (std::uint64_t at = 0; at < first->size; at += range_bytes) {
        const std::uint64_t length = std::min(range_bytes, first->size - at);
        auto asking = first->check(algorithm, at, length);
        outcome<digests> one = co_await std::move(asking);
        if (!one)
            co_return one.error();
        algorithm = one->first;
        auto asking_there = on_strand(second->strand(), second->check(algorithm, at, length));
        outcome<digests> other = co_await std::move(asking_there);
        if (!other)
            co_return other.error();
        if (*one != *other)
            co_return differ(path_a, path_b);
    }
    co_return outcome<void>();
}

} // namespace sshoal::sftp
