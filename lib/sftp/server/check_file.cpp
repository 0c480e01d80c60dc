// check-file: digests of a file, or of its parts (draft-ietf-secsh-filexfer-extensions-00 §3).

#include "sftp/server/session.hpp"
#include "sshoal/hash.hpp"

#include <algorithm>

namespace sshoal::sftp {
namespace {

constexpr std::size_t step = 256 * 1024;
constexpr std::size_t least_block = 256; // the limit of the draft
constexpr std::size_t most_digests = 128 * 1024;

std::string_view choose(const std::vector<std::string>& asked)
{
    for (const std::string& name : asked)
        if (hasher::knows(name))
            return name;
    return {};
}

/// The range that is to be hashed: `length` bytes from `offset`, in blocks.
failure check(const sftp_protocol::request& r, std::uint64_t length, std::size_t digest)
{
    if (r.block_size != 0 && r.block_size < least_block)
        return fail(status::failure, "blocks of less than 256 bytes");
    const std::uint64_t blocks = r.block_size == 0 ? 1 : (length + r.block_size - 1) / r.block_size;
    if (blocks > most_digests / digest)
        return fail(status::failure, "too many blocks for one reply");
    return {};
}

} // namespace

awaitable<void> session::check_file(work& w)
{
    const sftp_protocol::request& r = w.r;
    std::shared_ptr<open_file> file = w.handle ? w.handle->file : nullptr;
    const std::string_view algorithm = choose(r.algorithms);
    failure f;
    if (algorithm.empty())
        f = fail(status::failure, "none of these hashes is known");
    else if (w.handle && !has(w.handle->mode, open_mode::read))
        f = fail(status::permission_denied, "not open for reading");
    if (!f && !file) {
        auto opening = files_->open(r.path, open_mode::read, attributes());
        outcome<std::shared_ptr<open_file>> opened = co_await std::move(opening);
        if (opened && *opened)
            file = std::move(*opened);
        else
            f = opened ? fail(status::failure) : opened.error();
    }
    std::uint64_t length = 0;
    if (!f) {
        auto asking = file->stat();
        const outcome<attributes> a = co_await std::move(asking);
        const std::uint64_t size = a ? a->size.value_or(0) : 0;
        if (!a)
            f = a.error();
        else if (r.offset > size)
            f = fail(status::failure, "begins behind the end of the file");
        else
            length = r.length == 0 ? size - r.offset : std::min(r.length, size - r.offset);
    }
    if (f) {
        reply_.failed(r.id, f);
        co_return;
    }
    hasher hash(algorithm);
    f = check(r, length, hash.size());
    const auto memory = std::make_unique_for_overwrite<std::byte[]>(step);
    bytes digests;
    std::uint64_t done = 0, in_block = 0;
    while (!f && done < length) {
        std::uint64_t want = std::min<std::uint64_t>(step, length - done);
        if (r.block_size != 0)
            want = std::min<std::uint64_t>(want, r.block_size - in_block);
        auto reading = file->read(r.offset + done, std::span(memory.get(), std::size_t(want)));
        const outcome<std::size_t> n = co_await std::move(reading);
        if (!n)
            f = n.error();
        if (f || *n == 0 || *n > want)
            break; // the file has become shorter
        hash.update(std::span(memory.get(), *n));
        done += *n;
        in_block += *n;
        if (r.block_size != 0 && in_block == r.block_size) {
            append(digests, hash.finish());
            in_block = 0;
        }
        if (done % step < *n)
            co_await yield_to_others();
    }
    if (in_block > 0 || digests.empty())
        append(digests, hash.finish());
    if (f)
        reply_.failed(r.id, f);
    else
        reply_.check_file(r.id, algorithm, digests);
}

} // namespace sshoal::sftp
