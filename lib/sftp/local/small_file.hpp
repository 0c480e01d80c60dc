// small_file.hpp - file systems that can write a whole small file in one visit to the executor that waits for their files. Every
// visit costs two changes of threads, which is more than the rest of a small file.
#pragma once

#include "sshoal/file_system.hpp"

namespace sshoal::sftp::local {

/// A file with all its contents.
class small_file {
public:
    small_file() {}
    std::string path;
    open_mode mode = open_mode::overwrite;
    bool follow = true; ///< whether the path may be a link
    attributes initial;
    std::shared_ptr<const std::byte> contents;
    std::size_t size = 0;
    attributes last; ///< the mode and times that are set at the end
    bool sync = false;
    std::string final_path; ///< the name that the file gets when it is complete; empty: it keeps `path`
};

class small_file_result {
public:
    small_file_result() {}
    const char* step = ""; ///< the operation that failed: "open", "write", "close" or "rename"
    failure trouble;       ///< why it failed; a file with a final_path has been removed then
    failure mode, times, sync; ///< refusals; the file is complete all the same
};

/// An interface that a file_system may have besides its own.
class small_file_writer {
public:
    virtual ~small_file_writer() = default;
    virtual awaitable<small_file_result> write_small_file(small_file f) = 0;
};

} // namespace sshoal::sftp::local
