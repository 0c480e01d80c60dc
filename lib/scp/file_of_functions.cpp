#include "scp/file_of_functions.hpp"

namespace sshoal::scp {
namespace {

constexpr std::uint32_t regular_file_bits = 0100000;

class function_file final : public sftp::open_file {
public:
    function_file(sftp::transfer_source from, sftp::transfer_sink to, sftp::attributes of)
        : from_(std::move(from)), to_(std::move(to)), of_(std::move(of))
    {
    }

    bool in_order() const noexcept override { return true; }
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        if (offset != next_)
            co_return failure(errc::invalid_argument, "the bytes of a function come in order");
        auto reading = from_(into);
        const std::size_t n = co_await std::move(reading);
        next_ += n;
        co_return n;
    }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        if (offset != next_)
            co_return failure(errc::invalid_argument, "the bytes of a function come in order");
        auto writing = to_(from);
        co_await std::move(writing);
        next_ += from.size();
        co_return outcome<void>();
    }
    awaitable<outcome<sftp::attributes>> stat() override { co_return of_; }
    awaitable<outcome<void>> set_attributes(sftp::attributes) override { co_return outcome<void>(); }

private:
    const sftp::transfer_source from_;
    const sftp::transfer_sink to_;
    const sftp::attributes of_;
    std::uint64_t next_ = 0;
};

class file_of_functions final : public sftp::file_system {
public:
    file_of_functions(sftp::transfer_source from, sftp::transfer_sink to, sftp::attributes of)
        : reads_(bool(from)), of_(std::move(of))
    {
        of_.with_permissions(regular_file_bits | (of_.permissions.value_or(0644) & 07777));
        file_ = std::make_shared<function_file>(std::move(from), std::move(to), of_);
    }

    awaitable<outcome<sftp::attributes>> stat(std::string) override
    {
        if (!reads_)
            co_return sftp::fail(sftp::status::no_such_file);
        co_return of_;
    }
    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string, sftp::open_mode, sftp::attributes) override
    {
        if (!file_)
            co_return sftp::fail(sftp::status::failure, "one file was asked for, and more came");
        std::shared_ptr<sftp::open_file> opened = std::move(file_);
        file_.reset();
        co_return opened;
    }

private:
    const bool reads_;
    sftp::attributes of_;
    std::shared_ptr<sftp::open_file> file_;
};

} // namespace

std::shared_ptr<sftp::file_system> make_file_of_functions(sftp::transfer_source from, sftp::transfer_sink to, sftp::attributes of)
{
    return std::make_shared<file_of_functions>(std::move(from), std::move(to), std::move(of));
}

} // namespace sshoal::scp
