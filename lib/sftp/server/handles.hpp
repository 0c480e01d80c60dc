// handles.hpp - the files and directories that a session's client has open.
#pragma once

#include "base/bytes.hpp"
#include "base/slot_map.hpp"
#include "sshoal/file_system.hpp"

#include <array>

namespace sshoal::sftp {

/// A file or a directory.
struct open_handle {
    std::shared_ptr<open_file> file;
    std::shared_ptr<directory_reader> directory;
    std::vector<directory_entry> left; ///< entries that have been read and did not fit into the last reply
    std::string path;
    open_mode mode = open_mode::none;
    std::uint64_t bytes_read = 0, bytes_written = 0;
    std::uint32_t slot = 0, generation = 0;
    bool closed = false; ///< CLOSE has been worked on; requests that came before see this flag
};

class handle_table {
public:
    using name = std::array<std::byte, 12>;

    explicit handle_table(std::size_t most);

    /// Counts a handle that is about to be opened. Returns: false if there are as many handles as allowed.
    bool begin() noexcept;
    void give_up() noexcept { --opening_; }
    name add(std::shared_ptr<open_handle> h);
    std::shared_ptr<open_handle> find(byte_view name) const noexcept;
    void remove(open_handle& h) noexcept;
    std::size_t size() const noexcept { return handles_.size(); }
    void clear() { handles_ = {}; }

private:
    slot_map<std::shared_ptr<open_handle>> handles_;
    std::size_t most_, opening_ = 0;
    std::uint32_t session_, last_; // random, so that a handle of another session is not valid here
};

} // namespace sshoal::sftp
