// T88: while others swap folders and links as fast as they can, nothing outside of the root is opened, changed or seen.
#include "scene.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <fcntl.h>

using namespace local_scene;

namespace {

using clock = std::chrono::steady_clock;

/// Exchanges two names again and again until told to stop, and then some number of times at least.
class swapper {
public:
    swapper(fs::path a, fs::path b, unsigned flags)
        : thread_([this, a = std::move(a), b = std::move(b), flags] {
              while (!stop_) {
                  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), flags) == 0)
                      ++swaps_;
                  if (flags == 0)
                      ::renameat2(AT_FDCWD, b.c_str(), AT_FDCWD, a.c_str(), flags);
              }
          })
    {
    }
    ~swapper()
    {
        stop_ = true;
        thread_.join();
    }
    unsigned swaps() const { return swaps_; }

private:
    std::atomic<bool> stop_{false};
    std::atomic<unsigned> swaps_{0};
    std::thread thread_;
};

using inode = std::pair<::dev_t, ::ino_t>;

inode inode_of(int fd)
{
    struct ::stat s = {};
    ::fstat(fd, &s);
    return {s.st_dev, s.st_ino};
}

std::set<inode> inodes_below(const fs::path& top)
{
    std::set<inode> all;
    for (const auto& e : fs::recursive_directory_iterator(top)) {
        struct ::stat s = {};
        ::lstat(e.path().c_str(), &s);
        all.insert({s.st_dev, s.st_ino});
    }
    return all;
}

} // namespace

TEST_CASE("T88: a folder that others swap with a link to the outside leads nowhere else")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    INFO(name_of(how));
    scene s;
    const fs::path root = s.base / "root";
    fs::create_directory(root / "d");
    put(root / "d/secret", "inside");
    put(root / "d/dir", "inside");
    fs::create_symlink(s.base / "outside", root / "l");
    fs::create_symlink("../outside", root / "m");
    local::tree t(s.rooted(), how);
    const std::set<inode> forbidden = inodes_below(s.base / "outside");
    unsigned rounds = 0, reached = 0, escapes = 0;
    {
        swapper first(root / "d", root / "l", RENAME_EXCHANGE), second(root / "d", root / "m", RENAME_EXCHANGE);
        const auto end = clock::now() + std::chrono::milliseconds(2000);
        while (first.swaps() + second.swaps() < 100'000 && clock::now() < end) {
            ++rounds;
            if (const auto f = t.open("/d/secret", open_mode::read, {})) {
                ++reached;
                escapes += unsigned(forbidden.contains(inode_of(f->fd.get())));
            }
            if (const auto f = t.open("/d/secret", creating() | open_mode::truncate, {}))
                escapes += unsigned(forbidden.contains(inode_of(f->fd.get())));
            if (const auto d = t.open_directory("d"))
                escapes += unsigned(forbidden.contains(inode_of(d->fd.get())) || inode_of(d->fd.get()) == inode());
            attributes mode;
            mode.permissions = 0600;
            (void)t.set_attributes("/d/secret", mode, rounds % 2 == 0);
            const auto from = t.space().place_of("/d/secret"), to = t.space().place_of("/d/other");
            if (from && to) {
                (void)t.rename(from, to);
                (void)t.replace(to, from);
                (void)t.remove(to);
                (void)t.make_hard_link(from, to);
            }
            if (const auto at = t.space().place_of("d/x")) {
                (void)t.make_directory(at, {});
                (void)t.remove_directory(at);
            }
            const auto real = t.real_path("/d/secret");
            escapes += unsigned(real && real->find("outside") != std::string::npos);
        }
        CHECK(first.swaps() + second.swaps() > 100);
    }
    CHECK(rounds > 10);
    CHECK(reached > 0);
    CHECK(escapes == 0);
    CHECK(s.outside_untouched());
}

TEST_CASE("T88: \"..\" from a folder that is moved out of the root meanwhile does not lead out")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    INFO(name_of(how));
    scene s;
    const fs::path root = s.base / "root";
    fs::create_directories(root / "d/e/f");
    fs::create_directory(s.base / "elsewhere");
    put(s.base / "elsewhere/file", "secret");
    put(s.base / "file", "secret");
    local::tree t(s.rooted(), how);
    struct ::stat a = {}, b = {};
    REQUIRE(::stat((s.base / "elsewhere/file").c_str(), &a) == 0);
    REQUIRE(::stat((s.base / "file").c_str(), &b) == 0);
    unsigned seen = 0, escapes = 0;
    {
        swapper moving(root / "d/e", s.base / "elsewhere/e", 0);
        const auto end = clock::now() + std::chrono::milliseconds(1000);
        while (moving.swaps() < 50'000 && clock::now() < end)
            for (const char* path : {"/d/e/f/../../file", "/d/e/f/../../../file", "/d/e/../../file", "/d/e/f/../../../../file"}) {
                const auto node = t.space().node(path, true);
                if (!node)
                    continue;
                ++seen;
                const inode i = inode_of(node.get());
                escapes += unsigned(i == inode(a.st_dev, a.st_ino) || i == inode(b.st_dev, b.st_ino));
            }
    }
    CHECK(seen > 0);
    CHECK(escapes == 0);
}
