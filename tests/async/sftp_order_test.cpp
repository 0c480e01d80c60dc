// The order in which the WRITEs of a file leave: that of the file, whatever the disk and the other server do.
#include "sftp_peers.hpp"

#include <boost/asio/execution.hpp>

#include <map>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::size_t request_size = 32768; ///< of one request, where the server tells no limits

/// Jobs for the disk, which the test does when it likes and in the order it likes.
struct odd_disk {
    std::vector<std::function<void()>> waiting;
    std::size_t done = 0;
};

/// An executor whose functions gather in an odd_disk.
class odd_executor {
public:
    odd_executor(asio::execution_context& c, std::shared_ptr<odd_disk> d) : context_(&c), disk_(std::move(d)) {}
    bool operator==(const odd_executor& o) const noexcept { return disk_ == o.disk_; }
    asio::execution_context& query(asio::execution::context_t) const noexcept { return *context_; }
    static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept
    {
        return asio::execution::blocking.never;
    }
    odd_executor require(asio::execution::blocking_t::never_t) const { return *this; }
    template <class F>
    void execute(F f) const
    {
        auto kept = std::make_shared<F>(std::move(f));
        disk_->waiting.push_back([kept] { std::move (*kept)(); });
    }

private:
    asio::execution_context* context_;
    std::shared_ptr<odd_disk> disk_;
};

/// Does what waits, the last first, until the operation has ended.
awaitable<void> work_backwards(odd_disk& disk, const beside& until)
{
    for (int i = 0; i < 10'000 && !until.done(); ++i) {
        co_await settle();
        std::vector<std::function<void()>> now = std::move(disk.waiting);
        disk.waiting.clear();
        std::reverse(now.begin(), now.end());
        for (const auto& job : now)
            job();
        disk.done += now.size();
        if (now.empty())
            co_await pause_for(std::chrono::milliseconds(1));
    }
    REQUIRE(until.done());
}

/// A server that only appends, as tapes do: every other WRITE is refused.
class append_only {
public:
    std::map<std::string, std::string> files; ///< by handle
    std::size_t refused = 0, writes = 0;

    void answer(const asked& q, answers& a)
    {
        switch (q.what) {
        case type::open: return a.handle(q.id, "h" + std::to_string(++handles_));
        case type::write: {
            wire::reader in = q.fields();
            std::string& file = files[std::string(in.text())];
            const std::uint64_t offset = in.u64();
            ++writes;
            if (offset != file.size())
                return ++refused, a.status(q.id, status::failure, "only at the end");
            file += in.text();
            return a.status(q.id, status::ok);
        }
        case type::mkdir:
        case type::close: return a.status(q.id, status::ok);
        case type::stat: return a.status(q.id, status::no_such_file);
        default: return a.status(q.id, status::op_unsupported);
        }
    }
    scripted server()
    {
        return scripted([this](const asked& q, answers& a) { answer(q, a); });
    }

private:
    int handles_ = 0;
};

/// Takes a file out of the page cache. Returns: whether it has left, so that reading it needs the disk's threads.
bool leaves_memory(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    bool cold = fd >= 0 && ::fsync(fd) == 0 && ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0;
    for (std::size_t at = 0; at < std::filesystem::file_size(path); at += 4096) { // some of it may have stayed
        std::byte one[1];
        ::iovec place{one, sizeof one};
        cold = cold && ::preadv2(fd, &place, 1, ::off_t(at), RWF_NOWAIT) <= 0;
    }
    ::close(fd);
    return cold;
}

} // namespace

TEST_CASE("SFTP order: WRITEs of a file leave in rising order though the disk answers the other way round")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        for (const std::size_t size : {12 * request_size, 12 * request_size + 5, 3 * request_size - 1}) {
            CAPTURE(size);
            put_on_disk(local, pattern(size));
            auto disk = std::make_shared<odd_disk>();
            asio::io_context nobody; // the executor has to name a context
            append_only tape;
            scripted s = tape.server();
            s.ours(sftp::client_options().work(odd_executor(nobody, disk)));
            client c = co_await s.open();
            const bool cold = leaves_memory(local);
            beside putting = co_await beside::start_here(c.put(local, "there"));
            co_await work_backwards(*disk, putting);
            CHECK_FALSE(putting.result());
            CHECK(tape.refused == 0);
            REQUIRE(tape.files.size() == 1);
            CHECK(tape.files.begin()->second == pattern(size));
            if (!cold)
                WARN("the file system keeps everything in memory: the disk's answers did not count");
        }
    });
}

TEST_CASE("SFTP order: the same in a tree, and a failure in the middle lets nobody wait for ever")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        std::filesystem::create_directories(folder.path / "tree");
        for (int i = 0; i < 7; ++i)
            put_on_disk(folder.path / "tree" / std::to_string(i), pattern(std::size_t(i) * request_size + 11));
        auto disk = std::make_shared<odd_disk>();
        asio::io_context nobody;
        append_only tape;
        scripted s = tape.server();
        s.ours(sftp::client_options().work(odd_executor(nobody, disk)));
        client c = co_await s.open();
        for (int i = 0; i < 7; ++i)
            (void)leaves_memory((folder.path / "tree" / std::to_string(i)).string());
        beside putting = co_await beside::start_here(c.put((folder.path / "tree").string(), "t", transfer_options().recursive()));
        co_await work_backwards(*disk, putting);
        CHECK_FALSE(putting.result());
        CHECK(tape.refused == 0);
        CHECK(tape.files.size() == 7);

        append_only full;
        scripted bad([&](const asked& q, answers& a) {
            if (q.what == type::write && q.offset() == 3 * request_size)
                return a.status(q.id, status::no_space_on_filesystem);
            full.answer(q, a);
        });
        bad.ours(sftp::client_options().work(odd_executor(nobody, disk)));
        client b = co_await bad.open();
        const std::string longest = (folder.path / "tree" / "6").string();
        (void)leaves_memory(longest);
        beside failing = co_await beside::start_here(b.put(longest, "there"));
        co_await work_backwards(*disk, failing);
        CHECK(failing.result().code() == status::no_space_on_filesystem);
    });
}

TEST_CASE("SFTP order: copies between servers write in rising order, whichever READ is answered first")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t size : {9 * request_size, 9 * request_size + 77}) {
            CAPTURE(size);
            const std::string has = pattern(size);
            std::vector<asked> held;
            const auto answer_read = [&](const asked& q, answers& a) {
                if (q.offset() >= has.size())
                    return a.status(q.id, status::eof);
                a.data(q.id, has.substr(q.offset(), q.length()));
            };
            scripted from([&](const asked& q, answers& a) {
                if (q.what == type::open)
                    return a.handle(q.id);
                if (q.what == type::stat || q.what == type::fstat)
                    return a.attrs(q.id, attributes().with_size(size).with_permissions(0100644));
                if (q.what != type::read)
                    return a.status(q.id, status::ok);
                held.push_back(q);
                if (held.size() < 4 && q.offset() + q.length() < has.size() && q.offset() < 8 * request_size)
                    return;
                std::reverse(held.begin(), held.end());
                for (const asked& r : held)
                    answer_read(r, a);
                held.clear();
            });
            append_only tape;
            scripted to = tape.server();
            client source = co_await from.open();
            client target = co_await to.open();
            (void)co_await source.copy_to(target, "a", "b");
            CHECK(tape.refused == 0);
            REQUIRE(tape.files.size() == 1);
            CHECK(tape.files.begin()->second == has);
        }
    });
}
