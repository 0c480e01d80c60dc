// The log in a file.
#include "base/bytes.hpp"
#include "os/descriptor.hpp"
#include "os/home_directory.hpp"
#include "os/regular_file.hpp"
#include "sshoal/log.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>

namespace sshoal {
namespace {

/// Returns: the present time in UTC, "2026-11-30T14:20:45.123Z".
std::string time_text()
{
    using namespace std::chrono;
    const auto now = floor<milliseconds>(system_clock::now());
    const std::time_t whole = system_clock::to_time_t(now);
    const auto part = int((now.time_since_epoch() % seconds(1)).count());
    std::tm parts = {};
    ::gmtime_r(&whole, &parts);
    char text[64];
    const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + n, sizeof text - n, ".%03dZ", part);
    return text;
}

class log_file {
public:
    explicit log_file(os::descriptor fd) noexcept : fd_(std::move(fd)) {}

    void write(log_level level, std::string_view line)
    {
        std::string text = time_text();
        text.append(" ").append(name_of(level)).append(" ");
        const std::size_t head = text.size();
        text.append(line);
        for (std::size_t i = head; i < text.size(); ++i)
            if (text[i] == '\n' || text[i] == '\r')
                text[i] = ' ';
        text += '\n';
        // Lines of several processes do not mix, since each is one write.
        const std::lock_guard lock(mutex_);
        if (torn_)
            text.insert(0, 1, '\n');
        torn_ = !write_whole(text);
    }

private:
    /// Returns: false if a part of the text has been written, and no more.
    bool write_whole(std::string_view text) noexcept
    {
        const std::size_t whole = text.size();
        while (!text.empty()) {
            const ::ssize_t n = ::write(fd_.get(), text.data(), text.size());
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return text.size() == whole && !torn_;
            text.remove_prefix(std::size_t(n));
        }
        return true;
    }

    const os::descriptor fd_;
    std::mutex mutex_;
    bool torn_ = false; // the file ends in the middle of a line
};

} // namespace

log_function log_to_file(std::string path)
{
    path = os::with_home(std::move(path));
    // O_NONBLOCK keeps the open of a FIFO from waiting for a reader.
    os::descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
    if (!fd)
        throw error(os::file_failure(path, errno));
    struct ::stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        throw error(os::file_failure(path, errno));
    if (!S_ISREG(status.st_mode))
        throw error(failure(errc::file_error, printable(path) + ": not a regular file"));
    auto file = std::make_shared<log_file>(std::move(fd));
    return [file = std::move(file)](log_level level, std::string_view line) {
        try {
            file->write(level, line);
        } catch (const std::bad_alloc&) { // the line is left out, and the connection goes on
        }
    };
}

} // namespace sshoal
