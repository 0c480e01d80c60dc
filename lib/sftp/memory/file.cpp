#include "sftp/memory/file.hpp"

namespace sshoal::sftp::memory {
namespace {

class file final : public open_file {
public:
    file(std::shared_ptr<node> n, open_mode m) noexcept
        : node_(std::move(n))
        , mode_(m)
    {
    }

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        if (!has(mode_, open_mode::read))
            co_return fail_errno(EACCES);
        co_return node_->read(offset, into);
    }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        if (!has(mode_, open_mode::write | open_mode::append))
            co_return fail_errno(EACCES);
        co_return outcome_of(node_->write(offset, from, has(mode_, open_mode::append)));
    }
    awaitable<outcome<attributes>> stat() override { co_return node_->stat(); }
    awaitable<outcome<void>> set_attributes(attributes a) override { co_return outcome_of(node_->set(a)); }
    awaitable<outcome<void>> sync() override { co_return outcome<void>(); }
    awaitable<outcome<file_system_info>> statvfs() override { co_return node_->info(); }

private:
    std::shared_ptr<node> node_;
    open_mode mode_;
};

/// Goes on behind the last name that was returned, so names that are added or removed meanwhile do no harm.
class reader final : public directory_reader {
public:
    reader(std::shared_ptr<tree> t, std::shared_ptr<node> n) noexcept
        : tree_(std::move(t))
        , node_(std::move(n))
    {
    }

    awaitable<outcome<std::vector<directory_entry>>> read(std::size_t most) override
    {
        if (most == 0)
            co_return std::vector<directory_entry>();
        std::vector<directory_entry> found;
        if (!begun_) {
            begun_ = true;
            found.emplace_back(".", node_->stat());
            found.emplace_back("..", node_->stat());
        }
        std::vector<directory_entry> more = tree_->list(*node_, last_, most - std::min(most, found.size()));
        if (!more.empty())
            last_ = more.back().name;
        for (directory_entry& e : more)
            found.push_back(std::move(e));
        co_return found;
    }

private:
    std::shared_ptr<tree> tree_;
    std::shared_ptr<node> node_;
    std::string last_;
    bool begun_ = false;
};

} // namespace

std::shared_ptr<open_file> make_open_file(std::shared_ptr<node> n, open_mode mode)
{
    return std::make_shared<file>(std::move(n), mode);
}
std::shared_ptr<directory_reader> make_directory_reader(std::shared_ptr<tree> t, std::shared_ptr<node> n)
{
    return std::make_shared<reader>(std::move(t), std::move(n));
}

} // namespace sshoal::sftp::memory
