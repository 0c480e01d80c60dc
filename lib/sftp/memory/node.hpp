// node.hpp - a file, a directory or a link of the file system in memory.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/sftp_types.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace sshoal::sftp::memory {

/// The space that all files of a file system take together.
class account {
public:
    account(std::uint64_t bytes, std::size_t nodes) noexcept
        : most_bytes_(bytes)
        , most_nodes_(nodes)
    {
    }
    bool take_bytes(std::uint64_t n) noexcept;
    void give_bytes(std::uint64_t n) noexcept { bytes_ -= n; }
    bool take_node() noexcept;
    void give_node() noexcept { --nodes_; }
    file_system_info info() const noexcept;

private:
    const std::uint64_t most_bytes_, most_nodes_;
    std::atomic<std::uint64_t> bytes_{0}, nodes_{0};
};

file_time now() noexcept;

/// The tree's mutex guards the entries and the number of links; the node's own mutex guards all else. Data is kept in extents,
/// each as long as it was written; the bytes behind and between extents are zero. The account counts the bytes of all extents,
/// and `sparse_bytes` more for each extent that does not begin where a full one ends. Otherwise many tiny extents would cost
/// almost nothing.
class node {
public:
    static constexpr std::uint64_t extent_bytes = 64 * 1024, sparse_bytes = 4096;

    /// Returns: nothing if there are too many nodes already.
    static std::shared_ptr<node> make(std::shared_ptr<account> a, std::uint32_t type, const attributes& initial,
                                      std::uint32_t permissions);
    node(std::shared_ptr<account> a, std::uint32_t type, std::uint32_t permissions);
    node(const node&) = delete;
    ~node();

    std::uint32_t type() const noexcept { return type_; }
    bool is_directory() const noexcept;
    bool is_link() const noexcept;
    bool is_file() const noexcept;

    std::map<std::string, std::shared_ptr<node>, std::less<>> entries; // the entries of a directory
    std::string target; // the target of a link, which never changes
    std::uint32_t links = 1;

    attributes stat() const;
    /// Errors: those of file_system::set_attributes().
    failure set(const attributes& a);
    void touch();

    std::size_t read(std::uint64_t offset, byte_span into) const;
    /// Writes the whole span or nothing. Errors: no space, too large.
    failure write(std::uint64_t offset, byte_view from, bool append);
    file_system_info info() const noexcept { return account_->info(); }

private:
    struct extent {
        bytes data;
        std::uint64_t overhead = 0; // the bytes that the account counts besides the data
        std::uint64_t cost() const noexcept { return data.size() + overhead; }
    };
    using extents = std::map<std::uint64_t, extent>; // by the extent's number

    failure resize(std::uint64_t size);
    std::uint64_t overhead_of(std::uint64_t number) const;
    void filled(extents::iterator at);
    std::uint64_t growth(std::uint64_t offset, std::uint64_t size) const;

    std::shared_ptr<account> account_;
    const std::uint32_t type_;
    mutable std::mutex mutex_;
    std::uint32_t permissions_, uid_ = 0, gid_ = 0;
    file_time accessed_, modified_;
    std::uint64_t size_ = 0;
    extents extents_;
};

} // namespace sshoal::sftp::memory
