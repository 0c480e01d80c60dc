// transfer.hpp - progress and results of file transfers, for SFTP and SCP.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// The progress of a transfer.
class transfer_progress {
public:
    transfer_progress() {}
    std::string path;                ///< the current file, as the source names it, without "/./"
    std::uint64_t bytes = 0;         ///< bytes of this file, those from an earlier attempt included
    std::uint64_t size = 0;          ///< the size of this file, if it is known
    bool done = false;               ///< this file is complete
    std::uint64_t total_bytes = 0;   ///< bytes moved by this transfer, all files together
    std::uint64_t files_done = 0;
    /// The files that have been found so far, those that are done included, and the sum of their sizes as far as the sizes are
    /// known. While `all_found` is false, more may follow. Files that are kept, resumed or skipped count with their whole size.
    std::uint64_t files_found = 0, bytes_found = 0;
    bool all_found = false;
    std::chrono::nanoseconds elapsed{0};

    /// Returns: bytes per second since the transfer began.
    double rate() const noexcept
    {
        return elapsed.count() > 0 ? double(total_bytes) * 1e9 / double(elapsed.count()) : 0;
    }
};

/// The function is called on the strand of the transfer, as each file begins and ends, and in between at most every 100 ms per
/// file. If it throws, the transfer ends with that exception.
using progress_function = std::function<void(const transfer_progress&)>;

/// A refusal to set the times or the mode of a file or directory whose contents have arrived, or to write it to the disk.
class transfer_note {
public:
    transfer_note() {}
    std::string path; ///< as the target names it
    /// The operation: "fsetstat", "setstat" or "fsync" at a server; "chmod", "set times" or "sync" on this machine.
    std::string what;
    failure why;
};

/// The result of a transfer.
class transfer_result {
public:
    transfer_result() {}
    std::uint64_t files = 0;         ///< complete files
    std::uint64_t directories = 0;
    std::uint64_t bytes = 0;         ///< bytes that went over the wire
    /// The paths that were left out or failed, and why. A failure of a path that the caller has named is an error of the transfer
    /// instead.
    std::vector<std::pair<std::string, failure>> skipped;
    /// The notes about files and directories that are complete, but whose times, mode or fsync the target refused.
    std::vector<transfer_note> notes;
};

} // namespace sshoal
