// progress_meter.hpp - the line that scp(1) and sftp(1) draw while a file is on its way.
#pragma once

#include <sshoal/transfer.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace programs {

/// One line for each file. Of several files under way at once, the one that began first is shown; those that end get their line.
class progress_meter {
public:
    /// Draws nothing while standard output is no terminal, or this process is in its background.
    sshoal::progress_function function();
    /// Ends the line that was drawn last, since other output follows.
    void finish();

    /// "name   42%   10MB   1.2MB/s   00:12 ETA", exactly as wide as the terminal. Negative: no time is known.
    static std::string line(const std::string& name, std::uint64_t bytes, std::uint64_t size, double rate, double seconds,
                            bool done, unsigned width);

private:
    using clock = std::chrono::steady_clock;
    struct one_file {
        clock::time_point begin;
        std::uint64_t first = 0; ///< bytes that were there when it began
    };
    void draw(const sshoal::transfer_progress& p);

    std::map<std::string, one_file> files_;
    std::string current_;
    clock::time_point drawn_{};
    bool open_ = false; ///< the cursor stands in a line
};

} // namespace programs
