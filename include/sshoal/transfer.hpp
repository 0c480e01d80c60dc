// transfer.hpp - what SFTP's and SCP's transfers of files have in common: progress, and what became of it.
#pragma once

#include <sshoal/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal {

/// How far a transfer has come.
class transfer_progress {
public:
    transfer_progress() {}
    std::string path;                ///< of the file that this is about, as the source names it
    std::uint64_t bytes = 0;         ///< of this file, those from an earlier attempt included
    std::uint64_t size = 0;          ///< of this file, as far as is known
    bool done = false;               ///< this file is complete
    std::uint64_t total_bytes = 0;   ///< moved by this transfer, all files together
    std::uint64_t files_done = 0;
    std::chrono::nanoseconds elapsed{0};

    /// Bytes per second since the transfer began.
    double rate() const noexcept
    {
        return elapsed.count() > 0 ? double(total_bytes) * 1e9 / double(elapsed.count()) : 0;
    }
};

/// Called on the strand where the transfer runs: as each file begins and ends, and in between at most every 100 ms per file. An
/// exception that it throws ends the transfer and comes out of it.
using progress_function = std::function<void(const transfer_progress&)>;

/// A refusal that concerns a file or directory whose contents have arrived: of its times, its mode, or of writing it to the disk.
class transfer_note {
public:
    transfer_note() {}
    std::string path; ///< as the target names it
    /// "fsetstat", "setstat", "fsync" of a server; "chmod", "set times", "sync" of this machine.
    std::string what;
    failure why;
};

/// What became of a transfer.
class transfer_result {
public:
    transfer_result() {}
    std::uint64_t files = 0;         ///< complete
    std::uint64_t directories = 0;
    std::uint64_t bytes = 0;         ///< that went over the wire
    /// What was left out or went wrong, and why; in what was asked for by name that is an error instead.
    std::vector<std::pair<std::string, failure>> skipped;
    /// The notes about files and directories that are complete, but whose times, mode or fsync the target refused.
    std::vector<transfer_note> notes;
};

} // namespace sshoal
