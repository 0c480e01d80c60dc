// one_file.hpp - a file system with a single file, for transfers between a server and memory or a function.
#pragma once

#include "sshoal/file_system.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::sftp {

/// Bytes in memory.
class contents_file final : public open_file {
public:
    explicit contents_file(std::string all, std::size_t most = SIZE_MAX) : all_(std::move(all)), most_(most) {}

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override;
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override;
    awaitable<outcome<attributes>> stat() override;
    awaitable<outcome<void>> set_attributes(attributes a) override;

    std::string take() { return std::move(all_); }
    bool overflown() const noexcept { return overflown_; } ///< more than the most bytes were to be written

private:
    std::string all_;
    const std::size_t most_;
    bool overflown_ = false;
};

/// The file system whose every path is this file.
std::shared_ptr<file_system> make_one_file(std::shared_ptr<open_file> f);
std::shared_ptr<open_file> make_source_file(transfer_source from);
std::shared_ptr<open_file> make_sink_file(transfer_sink to);

} // namespace sshoal::sftp
