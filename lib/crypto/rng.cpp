#include "crypto/rng.hpp"

#include "base/secure.hpp"

#include <botan/chacha_rng.h>
#include <botan/system_rng.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace sshoal::crypto {
namespace {

// Counts the forks that led to this process. A generator seeded under another number would repeat the bytes of the parent.
std::atomic<unsigned> fork_generation{0};

void watch_forks()
{
#if !defined(_WIN32)
    static std::once_flag once;
    std::call_once(once,
                   [] { ::pthread_atfork(nullptr, nullptr, [] { fork_generation.fetch_add(1, std::memory_order_relaxed); }); });
#endif
}

class thread_generator {
public:
    thread_generator()
    {
        watch_forks();
        seed();
    }
    ~thread_generator() { wipe(pool_.data(), pool_.size()); }

    void fill(byte_span to)
    {
        if (generation_ != fork_generation.load(std::memory_order_relaxed)) [[unlikely]]
            seed();
        if (to.size() > left_) [[unlikely]] {
            if (to.size() >= pool_.size() / 2) {
                generator_->randomize(octets(to), to.size());
                return;
            }
            generator_->randomize(octets(byte_span(pool_)), pool_.size());
            left_ = pool_.size();
        }
        if (to.empty())
            return;
        // The bytes are taken from the end and wiped, so that memory read later does not reveal earlier random bytes.
        left_ -= to.size();
        std::memcpy(to.data(), pool_.data() + left_, to.size());
        wipe(pool_.data() + left_, to.size());
    }

private:
    void seed()
    {
        generation_ = fork_generation.load(std::memory_order_relaxed);
        wipe(pool_.data(), pool_.size());
        left_ = 0;
        // Botan reseeds it from the system every BOTAN_RNG_DEFAULT_RESEED_INTERVAL refills, that is about every mebibyte.
        generator_ = std::make_unique<Botan::ChaCha_RNG>(Botan::system_rng());
    }

    std::unique_ptr<Botan::ChaCha_RNG> generator_;
    std::size_t left_ = 0;
    unsigned generation_ = 0;
    std::array<std::byte, 1024> pool_{};
};

// A plain pointer, so that objects that outlive the thread's destructors (static ones, in the main thread) still get a generator:
// they make a new one, which lives until the end of the process.
thread_local thread_generator* current = nullptr;

// Threads may run while static objects are destroyed, those of a static thread pool for instance, and Botan's pool of memory is
// such an object. The generator of such a thread lives until the end of the process. This object is made after Botan's pool, so
// it is destroyed before the pool.
class end_of_process {
public:
    ~end_of_process()
    {
        const std::lock_guard lock(mutex());
        reached() = true;
    }
    static void watch() { static end_of_process once; }
    // These two are never destroyed.
    static std::mutex& mutex()
    {
        static auto* const m = new std::mutex;
        return *m;
    }
    static bool& reached()
    {
        static bool r = false;
        return r;
    }
};

struct generator_guard {
    ~generator_guard()
    {
        const std::lock_guard lock(end_of_process::mutex());
        if (!end_of_process::reached())
            delete current;
        current = nullptr;
    }
};

[[gnu::noinline]] thread_generator& make_current()
{
    static thread_local generator_guard guard;
    (void)guard;
    current = new thread_generator;
    end_of_process::watch();
    return *current;
}

class any_thread_random final : public random_source {
public:
    void fill(byte_span to) override { (current ? *current : make_current()).fill(to); }
};

constinit any_thread_random any_thread;

} // namespace

random_source& system_random() { return any_thread; }

// splitmix64 (Steele, Lea, Flood 2014).
void deterministic_random::fill(byte_span to)
{
    while (!to.empty()) {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        z ^= z >> 31;
        const std::size_t n = std::min(to.size(), sizeof z);
        for (std::size_t i = 0; i < n; ++i)
            to[i] = std::byte(z >> 8 * i);
        to = to.subspan(n);
    }
}

} // namespace sshoal::crypto
