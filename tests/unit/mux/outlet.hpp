// outlet.hpp - the scheduler of sending alone, with an output of so many bytes per turn, a clock, and writers that run later than
// they are woken, as coroutines do.
#pragma once

#include "catch.hpp"
#include "mux/send_scheduler.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace outlet_test {

using namespace sshoal;
using mux::send_scheduler;
using priority = channel_priority;

inline constexpr std::size_t quantum = send_scheduler::quantum;
inline constexpr std::uint64_t endless = std::uint64_t(1) << 60;

struct writer : mux::sender {
    std::size_t packet = 32 * 1024;
    std::uint64_t due = 0, sent = 0;
    bool lost = false; // nobody runs when it is woken
};

struct outlet {
    explicit outlet(mux::settings s = {}) : turns(s) {}

    /// n writers with something to say, who all wait.
    void queue(std::size_t n, priority p, std::vector<std::size_t> packets = {32 * 1024}, std::uint64_t due = endless)
    {
        for (std::size_t i = 0; i < n; ++i) {
            all.push_back(std::make_unique<writer>());
            writer& w = *all.back();
            w.packet = packets[i % packets.size()];
            w.due = due;
            turns.set_priority(w, p);
            write(w);
        }
    }
    /// As far as it goes.
    void write(writer& w)
    {
        while (w.due > 0) {
            const std::size_t n = turns.admit(w, std::size_t(std::min<std::uint64_t>(w.packet, w.due)), room > 0, now);
            if (n == 0)
                return;
            turns.sent(w, n);
            room -= std::min(room, n);
            w.sent += n;
            w.due -= n;
            last = &w;
            total += n;
        }
    }
    bool wake()
    {
        bool any = false;
        while (mux::sender* s = turns.next(room, now)) {
            ready.push_back(static_cast<writer*>(s));
            any = true;
        }
        return any;
    }
    void run()
    {
        std::vector<writer*> running;
        running.swap(ready);
        for (writer* w : running)
            if (!w->lost)
                write(*w);
    }
    /// The output takes so much more.
    void turn(std::size_t more)
    {
        room = more;
        wake();
        run();
        finish();
    }
    void finish()
    {
        for (turns.lapse(); wake(); turns.lapse())
            run();
    }
    /// Lets time pass, with an output that is never full, until this time.
    void run_until(time_point end)
    {
        for (;;) {
            room = endless;
            finish();
            const time_point next = turns.next_deadline();
            if (next > end)
                break;
            if (next <= now)
                FAIL("a deadline that has passed, and nothing to do");
            now = next;
        }
        now = end;
    }
    writer& operator[](std::size_t i) { return *all[i]; }

    send_scheduler turns;
    std::vector<std::unique_ptr<writer>> all;
    std::vector<writer*> ready;
    std::size_t room = 0;
    time_point now = time_point() + std::chrono::hours(1);
    writer* last = nullptr;
    std::uint64_t total = 0;
};

struct spread {
    std::uint64_t least = ~0ull, most = 0;
    explicit spread(const outlet& l, std::size_t first = 0)
    {
        for (std::size_t i = first; i < l.all.size(); ++i) {
            least = std::min(least, l.all[i]->sent);
            most = std::max(most, l.all[i]->sent);
        }
    }
};

} // namespace outlet_test
