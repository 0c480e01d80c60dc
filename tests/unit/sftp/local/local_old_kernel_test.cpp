// A kernel without openat2(2), fchmodat2(2) and renameat2(2), and a sandbox that refuses them: all that they do is done another
// way. In a process of its own, since such a filter stays.
#include "scene.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstddef>

using namespace local_scene;

namespace {

/// From here on those system calls do not exist.
bool forget_system_calls(unsigned error)
{
    constexpr unsigned openat2_number = 437, fchmodat2_number = 452;
    const unsigned refuse = SECCOMP_RET_ERRNO | error;
    ::sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(::seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, openat2_number, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fchmodat2_number, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, refuse),
    };
    const ::sock_fprog program{std::size(steps), steps};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// The number of the first thing that is not as it should be; 0: all is well.
int first_wrong(const scene& s, bool rooted)
{
    local::tree t(rooted ? s.rooted() : s.plain());
    const fs::path root = s.base / "root";
    const auto at = [&](const char* path) { return t.space().place_of(path); };
    const auto mode = [&](const char* path) {
        struct ::stat what = {};
        return ::lstat((root / path).c_str(), &what) == 0 ? what.st_mode & 07777u : 0u;
    };
    const attributes bits = attributes().with_permissions(0600);
    if (rooted && t.stat("/../outside/secret", true))
        return 1;
    if (!t.stat("dir/inner", true) || !t.open("dir/../file", open_mode::read, {}))
        return 2;
    if (!t.set_attributes("file", bits, true) || mode("file") != 0600)
        return 3;
    if (!t.make_symlink("file", at("link")) || t.set_attributes("link", bits, false))
        return 4;
    if (!t.set_attributes("link", attributes().with_times(file_time(std::chrono::seconds(5)), file_time()), false))
        return 5;
    if (!t.rename(at("file"), at("new")) || fs::exists(root / "file") || !fs::exists(root / "new"))
        return 6;
    if (status_of(t.rename(at("new"), at("dir/inner"))) != status::failure || get(root / "dir/inner") != "inner")
        return 7;
    if (status_of(t.rename(at("dir"), at("new"))) != status::failure || !t.rename(at("dir"), at("dir2")))
        return 8;
    if (status_of(t.rename(at("link"), at("new"))) != status::failure || !t.rename(at("link"), at("link2")))
        return 9;
    if (!t.replace(at("new"), at("dir2/inner")) || get(root / "dir2/inner") != "inside")
        return 10;
    local::tree masked((rooted ? s.rooted() : s.plain()).umask(0));
    if (!masked.make_directory(masked.space().place_of("wide/"), {}) || mode("wide") == 0)
        return 11;
    return s.outside_untouched() ? 0 : 12;
}

} // namespace

TEST_CASE("kernels without the newest system calls, and sandboxes that refuse them, serve the same files")
{
    const bool rooted = GENERATE(true, false);
    const unsigned error = GENERATE(unsigned(ENOSYS), unsigned(EPERM));
    INFO(rooted << ' ' << error);
    scene s;
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int result = forget_system_calls(error) ? first_wrong(s, rooted) : 77;
        ::_exit(result);
    }
    int ended = 0;
    REQUIRE(::waitpid(child, &ended, 0) == child);
    REQUIRE(WIFEXITED(ended));
    if (WEXITSTATUS(ended) == 77)
        WARN("SKIPPED: system calls cannot be filtered here");
    else
        CHECK(WEXITSTATUS(ended) == 0);
}
