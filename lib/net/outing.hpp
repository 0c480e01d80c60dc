// outing.hpp - a coroutine that waits for a job which another executor does.
#pragma once

#include "net/errand.hpp"
#include "parking/gate.hpp"
#include "parking/teardown.hpp"

namespace sshoal::net {

/// Sends the job out and waits for it, on a strand. Returns: false where the wait was cancelled; the job is left to itself then.
class outing final : private parking::teardown_watch, public std::enable_shared_from_this<outing> {
public:
    static awaitable<bool> wait_for(executor there, std::shared_ptr<job> j);

    explicit outing(executor strand);
    ~outing() override;

private:
    void kick();
    void context_gone() noexcept override;

    executor strand_;
    parking::ready_list ready_;
    parking::gate over_;
    std::shared_ptr<way_home> home_;
    bool done_ = false;
};

} // namespace sshoal::net
