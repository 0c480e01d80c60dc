#include "sftp/memory/node.hpp"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

namespace sshoal::sftp::memory {
namespace {

constexpr std::uint64_t most_size = std::uint64_t(INT64_MAX);
constexpr std::uint64_t block = 4096; // statvfs

bool add_up_to(std::atomic<std::uint64_t>& sum, std::uint64_t n, std::uint64_t most) noexcept
{
    std::uint64_t had = sum;
    do {
        if (n > most || had > most - n)
            return false;
    } while (!sum.compare_exchange_weak(had, had + n));
    return true;
}

} // namespace

bool account::take_bytes(std::uint64_t n) noexcept { return add_up_to(bytes_, n, most_bytes_); }
bool account::take_node() noexcept { return add_up_to(nodes_, 1, most_nodes_); }

file_system_info account::info() const noexcept
{
    file_system_info f;
    f.block_size = f.fragment_size = block;
    f.blocks = most_bytes_ / block;
    f.blocks_free = f.blocks_available = (most_bytes_ - std::min<std::uint64_t>(bytes_, most_bytes_)) / block;
    f.files = most_nodes_;
    f.files_free = f.files_available = most_nodes_ - std::min<std::uint64_t>(nodes_, most_nodes_);
    return f;
}

file_time now() noexcept { return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::shared_ptr<node> node::make(std::shared_ptr<account> a, std::uint32_t type, const attributes& initial,
                                 std::uint32_t permissions)
{
    if (!a->take_node())
        return nullptr;
    auto n = std::make_shared<node>(std::move(a), type, initial.permissions.value_or(permissions) & 07777);
    n->uid_ = initial.uid.value_or(0);
    n->gid_ = initial.gid.value_or(0);
    n->accessed_ = initial.atime.value_or(n->accessed_);
    n->modified_ = initial.mtime.value_or(n->modified_);
    return n;
}

node::node(std::shared_ptr<account> a, std::uint32_t type, std::uint32_t permissions)
    : account_(std::move(a))
    , type_(type)
    , permissions_(permissions)
    , accessed_(now())
    , modified_(accessed_)
{
}

node::~node()
{
    std::uint64_t held = 0;
    for (const auto& [number, e] : extents_)
        held += e.cost();
    account_->give_bytes(held);
    account_->give_node();
    // The nodes of a deep tree are destroyed one by one, so that the stack does not become as deep.
    std::vector<std::shared_ptr<node>> dying;
    for (auto& [name, child] : entries)
        dying.push_back(std::move(child));
    while (!dying.empty()) {
        const std::shared_ptr<node> last = std::move(dying.back());
        dying.pop_back();
        if (last.use_count() != 1)
            continue;
        for (auto& [name, child] : last->entries)
            dying.push_back(std::move(child));
        last->entries.clear();
    }
}

bool node::is_directory() const noexcept { return type_ == S_IFDIR; }
bool node::is_link() const noexcept { return type_ == S_IFLNK; }
bool node::is_file() const noexcept { return type_ == S_IFREG; }

attributes node::stat() const
{
    const std::lock_guard lock(mutex_);
    attributes a;
    a.size = is_link() ? target.size() : size_;
    a.with_owner(uid_, gid_).with_permissions(type_ | permissions_).with_times(accessed_, modified_);
    return a;
}

failure node::set(const attributes& a)
{
    const std::lock_guard lock(mutex_);
    if (a.size) {
        if (!is_file())
            return fail_errno(is_directory() ? EISDIR : EINVAL);
        if (failure f = resize(*a.size))
            return f;
        modified_ = now();
    }
    permissions_ = a.permissions.value_or(permissions_) & 07777;
    uid_ = a.uid.value_or(uid_);
    gid_ = a.gid.value_or(gid_);
    accessed_ = a.atime.value_or(accessed_);
    modified_ = a.mtime.value_or(modified_);
    return {};
}

void node::touch()
{
    const std::lock_guard lock(mutex_);
    modified_ = now();
}

failure node::resize(std::uint64_t size)
{
    if (size > most_size)
        return fail_errno(EFBIG);
    std::uint64_t freed = 0;
    const std::uint64_t last = size / extent_bytes, rest = size % extent_bytes;
    for (auto at = extents_.lower_bound(last); at != extents_.end();) {
        bytes& data = at->second.data;
        if (at->first == last && rest > 0) {
            if (data.size() > rest) {
                freed += data.size() - rest;
                bytes(data.begin(), data.begin() + std::ptrdiff_t(rest)).swap(data); // resize() would keep the memory
            }
            ++at;
        } else {
            freed += at->second.cost();
            at = extents_.erase(at);
        }
    }
    account_->give_bytes(freed);
    size_ = size;
    return {};
}

std::size_t node::read(std::uint64_t offset, byte_span into) const
{
    const std::lock_guard lock(mutex_);
    if (offset >= size_)
        return 0;
    const std::size_t total = std::size_t(std::min<std::uint64_t>(into.size(), size_ - offset));
    auto at = extents_.lower_bound(offset / extent_bytes);
    for (std::size_t done = 0; done < total;) {
        const std::uint64_t number = (offset + done) / extent_bytes, within = (offset + done) % extent_bytes;
        const std::size_t step = std::size_t(std::min<std::uint64_t>(extent_bytes - within, total - done));
        while (at != extents_.end() && at->first < number)
            ++at;
        std::size_t known = 0;
        if (at != extents_.end() && at->first == number && at->second.data.size() > within) {
            known = std::min<std::size_t>(step, at->second.data.size() - std::size_t(within));
            std::memcpy(&into[done], &at->second.data[std::size_t(within)], known);
        }
        if (known < step)
            std::memset(&into[done + known], 0, step - known);
        done += step;
    }
    return total;
}

std::uint64_t node::overhead_of(std::uint64_t number) const
{
    if (number == 0)
        return 0;
    const auto before = extents_.find(number - 1);
    return before != extents_.end() && before->second.data.size() == extent_bytes ? 0 : sparse_bytes;
}

/// An extent behind a full extent is not sparse any more. It cannot become sparse again, since no extent follows one that is cut.
void node::filled(extents::iterator at)
{
    const auto next = std::next(at);
    if (next != extents_.end() && next->first == at->first + 1)
        account_->give_bytes(std::exchange(next->second.overhead, 0));
}

std::uint64_t node::growth(std::uint64_t offset, std::uint64_t size) const
{
    std::uint64_t sum = 0;
    for (std::uint64_t at = offset; at < offset + size;) {
        const std::uint64_t within = at % extent_bytes, step = std::min(extent_bytes - within, offset + size - at);
        const auto found = extents_.find(at / extent_bytes);
        const std::uint64_t had = found == extents_.end() ? 0 : found->second.data.size();
        if (found == extents_.end() && at == offset) // the later extents follow the first one
            sum += overhead_of(at / extent_bytes);
        sum += within + step > had ? within + step - had : 0;
        at += step;
    }
    return sum;
}

failure node::write(std::uint64_t offset, byte_view from, bool append)
{
    const std::lock_guard lock(mutex_);
    if (append)
        offset = size_;
    if (offset > most_size || from.size() > most_size - offset)
        return fail_errno(EFBIG);
    if (from.empty())
        return {};
    if (!account_->take_bytes(growth(offset, from.size())))
        return fail_errno(ENOSPC);
    for (std::size_t done = 0; done < from.size();) {
        const std::uint64_t number = (offset + done) / extent_bytes;
        const auto [at, made] = extents_.try_emplace(number);
        if (made)
            at->second.overhead = overhead_of(number);
        bytes& data = at->second.data;
        const std::size_t within = std::size_t((offset + done) % extent_bytes);
        const byte_view part = from.subspan(done, std::min<std::size_t>(extent_bytes - within, from.size() - done));
        if (data.capacity() < within + part.size()) // grows at most to the size of an extent
            data.reserve(std::min(std::size_t(extent_bytes), std::max(within + part.size(), 2 * data.capacity())));
        if (data.size() < within)
            data.resize(within);
        const std::size_t over = std::min(part.size(), data.size() - within);
        if (over > 0)
            std::memcpy(&data[within], part.data(), over);
        data.insert(data.end(), part.begin() + std::ptrdiff_t(over), part.end());
        done += part.size();
        if (data.size() == extent_bytes)
            filled(at);
    }
    size_ = std::max(size_, offset + from.size());
    modified_ = now();
    return {};
}

} // namespace sshoal::sftp::memory
