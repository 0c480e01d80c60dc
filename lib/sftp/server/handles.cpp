#include "sftp/server/handles.hpp"

#include <random>

namespace sshoal::sftp {

handle_table::handle_table(std::size_t most)
    : most_(most)
{
    std::random_device random;
    session_ = std::uint32_t(random());
    last_ = std::uint32_t(random());
}

bool handle_table::begin() noexcept
{
    if (handles_.size() + opening_ >= most_)
        return false;
    ++opening_;
    return true;
}

handle_table::name handle_table::add(std::shared_ptr<open_handle> h)
{
    --opening_;
    open_handle& entry = *h;
    entry.generation = ++last_;
    entry.slot = handles_.insert(std::move(h));
    name n;
    store_u32(n.data(), entry.slot);
    store_u32(n.data() + 4, entry.generation);
    store_u32(n.data() + 8, session_);
    return n;
}

std::shared_ptr<open_handle> handle_table::find(byte_view n) const noexcept
{
    if (n.size() != std::tuple_size_v<name> || load_u32(n.data() + 8) != session_)
        return nullptr;
    const std::shared_ptr<open_handle>* found = handles_.find(load_u32(n.data()));
    return found && (*found)->generation == load_u32(n.data() + 4) ? *found : nullptr;
}

void handle_table::remove(open_handle& h) noexcept { (void)handles_.take(h.slot); }

} // namespace sshoal::sftp
