// crew.hpp - coroutines that work side by side on one thing, and one that waits for them all.
#pragma once

#include "sftp/client/client_core.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <list>

namespace sshoal::sftp {

/// On the session's strand. The first failure stops the others.
class crew final : public std::enable_shared_from_this<crew> {
public:
    explicit crew(std::shared_ptr<client_core> core);
    crew(const crew&) = delete;
    ~crew();

    void start(awaitable<outcome<void>> work);
    std::size_t size() const noexcept { return running_.size(); }
    bool stopping() const noexcept { return bool(trouble_); }
    /// Cancels those that are under way; none should be started from now on.
    void stop(failure why);

    /// Waits until no more than `most` are under way.
    /// Returns: the first failure of any, when all have ended. Errors: what one of them threw. Cancellation: terminal, partial,
    /// total - stops the others, and waits for their end, which is near: everything that they wait for can be cancelled.
    static awaitable<outcome<void>> wait(std::shared_ptr<crew> self, std::size_t most = 0);

private:
    using signals = std::list<asio::cancellation_signal>;
    struct end_of_work;

    std::shared_ptr<client_core> core_;
    gate fewer_;
    signals running_;
    failure trouble_;
    std::exception_ptr thrown_;
};

} // namespace sshoal::sftp
