// T100: the same requests to OpenSSH's sftp-server and to ours, over the same files: the same answers, and the same files after.
#include "../async/sftp_peers.hpp"

#include "sshoal/local_file_system.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rig;
using namespace sshoal::sftp;
namespace fs = std::filesystem;

namespace {

constexpr const char* openssh_server = "/usr/lib/openssh/sftp-server";

const file_time long_ago(std::chrono::seconds(1'000'000'000)), never(std::chrono::seconds(0));

void fill(const fs::path& top)
{
    fs::create_directories(top / "dir/sub");
    for (const char* f : {"file", "other", "dir/inner"})
        std::ofstream(top / f) << f;
    fs::create_symlink("file", top / "link");
    fs::create_symlink("nowhere", top / "dangling");
    fs::create_symlink("dir", top / "folder_link");
    fs::create_symlink("circle", top / "circle");
}

/// Every name below a folder with what can be seen of it.
std::string picture(const fs::path& top)
{
    std::vector<std::string> lines;
    for (const auto& e : fs::recursive_directory_iterator(top)) {
        struct ::stat s = {};
        REQUIRE(::lstat(e.path().c_str(), &s) == 0);
        std::ostringstream line;
        line << e.path().lexically_relative(top).string() << ' ' << std::oct << s.st_mode << std::dec << ' ' << s.st_nlink;
        if (S_ISREG(s.st_mode)) {
            std::ifstream in(e.path());
            line << ' ' << s.st_size << ' ' << std::string(std::istreambuf_iterator<char>(in), {}).substr(0, 20);
        }
        if (S_ISLNK(s.st_mode))
            line << " -> " << fs::read_symlink(e.path()).string();
        if (s.st_mtim.tv_sec <= 1'000'000'000) // set by a request
            line << " at " << s.st_mtim.tv_sec;
        lines.push_back(line.str());
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& l : lines)
        all += l + "\n";
    return all;
}

/// Asks, and notes the answer. One known difference is left out: for reads of what is open to write only, and the other way round,
/// OpenSSH's says "no such file" (EBADF), and ours "permission denied".
class questions {
public:
    explicit questions(client to) : c(std::move(to)) {}

    template <class T>
    awaitable<void> ask(const char* what, awaitable<T> operation)
    {
        const failure f = co_await failure_of(std::move(operation));
        said << what << ": " << (f ? f.code().message() : "ok") << "\n";
    }
    client c;
    std::ostringstream said;
};

awaitable<void> of_names(questions& q)
{
    client c = q.c;
    co_await q.ask("rename over a file", c.rename("file", "other"));
    co_await q.ask("rename over itself", c.rename("file", "file"));
    co_await q.ask("rename over a link", c.rename("file", "dangling"));
    co_await q.ask("rename of nothing", c.rename("nothing", "x"));
    co_await q.ask("rename into nothing", c.rename("file", "no/x"));
    co_await q.ask("rename of a link", c.rename("link", "link2"));
    co_await q.ask("rename of a folder", c.rename("dir/sub", "dir/sub2"));
    co_await q.ask("replace a file", c.replace("other", "dir/inner"));
    co_await q.ask("replace a folder by a file", c.replace("file", "dir"));
    co_await q.ask("replace a file by a folder", c.replace("dir/sub2", "file"));
    co_await q.ask("replace nothing", c.replace("nothing", "file"));
    co_await q.ask("remove a folder", c.remove("dir"));
    co_await q.ask("rmdir a full folder", c.remove_directory("dir"));
    co_await q.ask("rmdir a file", c.remove_directory("file"));
    co_await q.ask("remove a link to a folder", c.remove("folder_link"));
    co_await q.ask("remove nothing", c.remove("nothing"));
    co_await q.ask("remove below a file", c.remove("file/x"));
    co_await q.ask("symlink over a file", c.make_symlink("x", "file"));
    co_await q.ask("hard link", c.make_hard_link("file", "second"));
    co_await q.ask("hard link over a file", c.make_hard_link("file", "second"));
    co_await q.ask("hard link of a folder", c.make_hard_link("dir", "dir2"));
    co_await q.ask("read a file as a link", c.read_link("file"));
    co_await q.ask("real path of nothing", c.real_path("nothing/below"));
    co_await q.ask("stat in a circle", c.stat("circle"));
    co_await q.ask("list a file", c.list("file"));
    co_await q.ask("mkdir over a file", c.make_directory("file"));
    co_await q.ask("mkdir below nothing", c.make_directory("no/such"));
    co_await q.ask("mkdir with a mode", c.make_directory("made", attributes().with_permissions(0711)));
    co_await q.ask("mkdir without", c.make_directory("plain"));
    co_await q.ask("a long name", c.stat(std::string(300, 'n')));
    co_await q.ask("an empty name", c.open("", open_mode::read));
}

awaitable<void> of_files_and_attributes(questions& q)
{
    client c = q.c;
    co_await c.write_all("other", "other");
    co_await c.make_symlink("file", "link");
    co_await c.make_symlink("dir", "folder_link");
    const open_mode exclusive = open_mode::write | open_mode::create | open_mode::exclusive;
    co_await q.ask("exclusive over a file", c.open("file", exclusive));
    co_await q.ask("exclusive through a dangling link", c.open("dangling", exclusive));
    co_await q.ask("create through a dangling link", c.open("dangling", open_mode::write | open_mode::create));
    co_await q.ask("exclusive, new", c.open("new", exclusive, attributes().with_permissions(0604)));
    co_await q.ask("open nothing", c.open("nothing", open_mode::write));
    co_await q.ask("open a folder to write", c.open("dir", open_mode::write));
    co_await q.ask("truncate to more", c.truncate("file", 100'000));
    co_await q.ask("truncate to less", c.truncate("other", 2));
    co_await q.ask("truncate a folder", c.truncate("dir", 0));
    co_await q.ask("times through a link", c.utime("link", long_ago, never));
    co_await q.ask("times of a link", c.set_link_attributes("folder_link", attributes().with_times(long_ago, long_ago)));
    co_await q.ask("times through a dangling link", c.utime("circle", long_ago, long_ago));
    co_await q.ask("mode through a link", c.chmod("link", 0640));
    co_await q.ask("mode of a folder", c.chmod("dir", 0700));
    co_await q.ask("mode of nothing", c.chmod("nothing", 0700));
    file f = co_await c.open("file", "r+");
    co_await q.ask("set of an open file", f.set_attributes(attributes().with_size(5).with_permissions(0600)));
    co_await q.ask("sync", f.sync());
    file a = co_await c.open("dir/inner", open_mode::write | open_mode::append);
    co_await q.ask("append ignores offsets", a.write_at(0, view_of("+")));
}

struct answers_and_files {
    std::string said, files;
};

awaitable<answers_and_files> ask_all(client c, fs::path top)
{
    questions q(c);
    co_await c.change_directory(top.string());
    auto names = of_names(q);
    co_await std::move(names);
    auto files = of_files_and_attributes(q);
    co_await std::move(files);
    answers_and_files r;
    r.said = q.said.str();
    r.files = picture(top);
    co_return r;
}

} // namespace

TEST_CASE("T100 our server answers as OpenSSH's does, and leaves the same files")
{
    if (::access(openssh_server, X_OK) != 0) {
        WARN("SKIPPED: no " << openssh_server);
        return;
    }
    const temporary_folder folder;
    const fs::path theirs = folder.path / "theirs", ours = folder.path / "ours";
    fill(theirs);
    fill(ours);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], 0);
        ::dup2(ends[1], 1);
        ::execl(openssh_server, "sftp-server", static_cast<char*>(nullptr));
        ::_exit(1);
    }
    ::close(ends[1]);
    run_test([&]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto stream = make_descriptor_stream(here, ends[0], ends[0]);
        client c = co_await sftp::open(std::move(stream));
        const answers_and_files expected = co_await ask_all(c, theirs);
        client d = co_await client_of(make_local_file_system());
        const answers_and_files found = co_await ask_all(d, ours);
        CHECK(found.said == expected.said);
        CHECK(found.files == expected.files);
        CHECK(std::count(found.said.begin(), found.said.end(), '\n') == 49);
    });
    int status = 0;
    ::waitpid(child, &status, 0);
}
