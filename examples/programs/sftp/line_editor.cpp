#include "line_editor.hpp"

#include "wake_pipe.hpp"

#include <algorithm>

namespace programs {
namespace {

class plain_source final : public line_source {
public:
    plain_source(int fd, bool prompting)
        : fd_(fd)
        , own_(fd > 2 ? fd : -1)
        , prompting_(prompting)
    {
    }
    std::optional<std::string> read(const std::string& prompt) override;
    void interrupt() noexcept override { wake_.wake(); }
    bool echoes() const noexcept override { return prompting_; }

private:
    int fd_;
    sshoal::owned_descriptor own_; ///< none for the standard input
    bool prompting_, ended_ = false;
    std::string waiting_;
    wake_pipe wake_;
};

std::optional<std::string> plain_source::read(const std::string& prompt)
{
    constexpr std::size_t longest = 1 << 20;
    wake_.forget();
    if (prompting_)
        (void)!::write(1, prompt.data(), prompt.size());
    for (;;) {
        const auto end = waiting_.find('\n');
        if (end != std::string::npos || (ended_ && !waiting_.empty()) || waiting_.size() >= longest) {
            std::string line = waiting_.substr(0, end);
            waiting_.erase(0, end == std::string::npos ? end : end + 1);
            return line;
        }
        if (ended_)
            return std::nullopt;
        if (!wake_.wait(fd_))
            return std::nullopt;
        char part[4096];
        const ::ssize_t n = ::read(fd_, part, sizeof part);
        if (n > 0)
            waiting_.append(part, static_cast<std::size_t>(n));
        else if (n == 0 || (errno != EINTR && errno != EAGAIN))
            ended_ = true;
    }
}

} // namespace

std::unique_ptr<line_source> make_plain_source(int fd, bool prompting) { return std::make_unique<plain_source>(fd, prompting); }

} // namespace programs
