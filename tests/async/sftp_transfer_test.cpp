// get(), put() and copy() of our SFTP client: files and trees both ways, with every option.
#include "sftp_peers.hpp"

#include "sshoal/local_file_system.hpp"

#include <fstream>

#include <sys/stat.h>

using namespace rig;
using namespace sshoal::sftp;
namespace fs = std::filesystem;

namespace {

struct ::stat stat_of(const fs::path& path)
{
    struct ::stat s = {};
    CHECK(::lstat(path.c_str(), &s) == 0);
    return s;
}

awaitable<void> there_and_back(client c, fs::path folder, std::size_t size, transfer_options how)
{
    CAPTURE(size);
    const std::string all = pattern(size);
    put_on_disk(folder / "from", all);
    transfer_result r = co_await c.put((folder / "from").string(), "there", how);
    CHECK(r.files == 1);
    CHECK(r.bytes == size);
    std::string got = co_await c.read_all("there");
    CHECK(got == all);
    r = co_await c.get("there", (folder / "back").string(), how);
    CHECK(r.files == 1);
    CHECK(r.bytes == size);
    CHECK(on_disk(folder / "back") == all);
}

awaitable<void> targets(client c, fs::path folder)
{
    put_on_disk(folder / "f", "text");
    co_await c.make_directory("d");
    (void)co_await c.put((folder / "f").string(), "d"); // into a directory that is there
    (void)co_await c.put((folder / "f").string(), "d/g");
    (void)co_await c.put((folder / "f").string(), "d/");
    std::string text = co_await c.read_all("d/f");
    CHECK(text == "text");
    text = co_await c.read_all("d/g");
    CHECK(text == "text");
    fs::create_directory(folder / "in");
    (void)co_await c.get("d/g", (folder / "in").string());
    (void)co_await c.get("d/g", (folder / "in/h").string());
    (void)co_await c.get("d/f", (folder / "in/").string());
    CHECK(on_disk(folder / "in/g") + on_disk(folder / "in/h") + on_disk(folder / "in/f") == "texttexttext");
    co_await c.change_directory("d");
    (void)co_await c.put((folder / "f").string(), "rel");
    text = co_await c.read_all("/d/rel");
    CHECK(text == "text");
    failure why = co_await failure_of(c.get("none", (folder / "x").string()));
    CHECK(why.code() == status::no_such_file);
    CHECK_FALSE(fs::exists(folder / "x"));
    why = co_await failure_of(c.put((folder / "none").string(), "x"));
    CHECK(why.code() == errc::file_error);
    why = co_await failure_of(c.get("/d", (folder / "x").string()));
    CHECK(why.code() == errc::invalid_argument); // not without recursive()
    why = co_await failure_of(c.put((folder / "in").string(), "x"));
    CHECK(why.code() == errc::invalid_argument);
    why = co_await failure_of(c.get("/d/f", (folder / "no/where").string()));
    CHECK(why.code() == errc::file_error);
    why = co_await failure_of(c.put((folder / "f").string(), "/no/where"));
    CHECK(why.code() == status::no_such_file);
}

awaitable<void> of_existing_files(client c, fs::path folder)
{
    const std::string all = pattern(600'000);
    const std::string local = (folder / "l").string();
    put_on_disk(folder / "from", all);
    // Resume: only what is missing travels, from no byte to all of them.
    for (const std::size_t have : {0u, 1u, 261'120u, 599'999u, 600'000u}) {
        co_await c.write_all("r", all.substr(0, have));
        transfer_result r = co_await c.put((folder / "from").string(), "r", transfer_options().resume());
        CHECK(r.bytes == all.size() - have);
        std::string got = co_await c.read_all("r");
        CHECK(got == all);
        put_on_disk(local, all.substr(0, have));
        r = co_await c.get("r", local, transfer_options().resume());
        CHECK(r.bytes == all.size() - have);
        CHECK(on_disk(local) == all);
    }
    co_await c.write_all("r", all + "more");
    failure why = co_await failure_of(c.put((folder / "from").string(), "r", transfer_options().resume()));
    CHECK(why.code() == errc::invalid_argument);
    put_on_disk(local, all + "more and more");
    why = co_await failure_of(c.get("r", local, transfer_options().resume()));
    CHECK(why.code() == errc::invalid_argument);
    for (const existing e : {existing::keep, existing::fail}) {
        why = co_await failure_of(c.put((folder / "from").string(), "r", transfer_options().if_exists(e)));
        CHECK(why.code() == status::file_already_exists);
        why = co_await failure_of(c.get("r", local, transfer_options().if_exists(e)));
        CHECK(why.code() == status::file_already_exists);
    }
    CHECK(on_disk(local) == all + "more and more");
    put_on_disk(folder / "from", "short"); // replacing leaves nothing of what was longer
    (void)co_await c.put((folder / "from").string(), "r");
    const std::string got = co_await c.read_all("r");
    CHECK(got == "short");
    (void)co_await c.get("r", local);
    CHECK(on_disk(local) == "short");
}

awaitable<void> of_times_and_modes(client c, fs::path folder)
{
    const file_time then(std::chrono::seconds(1'000'000'000));
    co_await c.write_all("f", "x");
    co_await c.set_attributes("f", attributes().with_permissions(06751).with_times(then, then));
    for (const bool in_pieces : {false, true}) {
        if (in_pieces)
            co_await c.write_all("f", pattern(400'000));
        co_await c.set_attributes("f", attributes().with_permissions(06751).with_times(then, then));
        (void)co_await c.get("f", (folder / "plain").string());
        CHECK((stat_of(folder / "plain").st_mode & 07000) == 0);
        CHECK(stat_of(folder / "plain").st_mtime != 1'000'000'000);
        (void)co_await c.get("f", (folder / "kept").string(), transfer_options().preserve());
        CHECK((stat_of(folder / "kept").st_mode & 07777) == 06751);
        CHECK(stat_of(folder / "kept").st_mtime == 1'000'000'000);
        (void)co_await c.put((folder / "kept").string(), "plain");
        attributes a = co_await c.stat("plain");
        CHECK((a.permissions.value() & 07000) == 0);
        (void)co_await c.put((folder / "kept").string(), "kept", transfer_options().preserve());
        a = co_await c.stat("kept");
        CHECK((a.permissions.value() & 07777) == 06751);
        CHECK(a.mtime == then);
    }
}

awaitable<void> of_trees(client c, fs::path folder)
{
    const fs::path t = folder / "t";
    fs::create_directories(t / "a/b");
    fs::create_directories(t / "empty");
    for (int i = 0; i < 150; ++i)
        put_on_disk(t / "a" / std::to_string(i), pattern(std::size_t(i) * 10));
    put_on_disk(t / "a/b/big", pattern(700'000));
    put_on_disk(t / "skip me", "x");
    fs::create_symlink("a/1", t / "link");
    fs::create_symlink("nowhere", t / "dangling");
    fs::create_directory_symlink("a", t / "directory link");
    REQUIRE(::mkfifo((t / "pipe").c_str(), 0600) == 0);
    const auto filter = [](const std::string& path, const attributes& a) {
        CHECK((path == "skip me") == (path.ends_with("me") && a.is_regular()));
        return path != "skip me" && path != "empty";
    };
    std::size_t done = 0;
    std::uint64_t last = 0;
    auto how = transfer_options().recursive().preserve().filter(filter);
    how.progress([&](const transfer_progress& p) {
        done += p.done ? 1 : 0;
        CHECK(p.total_bytes >= last);
        last = p.total_bytes;
        CHECK(p.bytes <= p.size);
    });
    transfer_result r = co_await c.put(t.string(), "copy", how);
    CHECK(r.files == 152);
    CHECK(r.directories == 3);
    CHECK(done == 152);
    CHECK(last == r.bytes);
    CHECK(r.skipped.size() == 3); // what dangles, a link to a directory, a pipe
    bool there_is = co_await c.exists("copy/empty");
    CHECK_FALSE(there_is);
    std::string text = co_await c.read_all("copy/link");
    CHECK(text == pattern(10));
    text = co_await c.read_all("copy/a/b/big");
    CHECK(text == pattern(700'000));

    r = co_await c.get("copy", (folder / "back").string(), transfer_options().recursive().preserve());
    CHECK(r.files == 152);
    CHECK(r.skipped.empty());
    for (int i = 0; i < 150; ++i)
        CHECK(on_disk(folder / "back/a" / std::to_string(i)) == pattern(std::size_t(i) * 10));
    CHECK(stat_of(folder / "back/a").st_mtime == stat_of(t / "a").st_mtime);
    CHECK(on_disk(folder / "back/a/b/big") == pattern(700'000));

    // Again, links as links; into a directory that is there, so below it.
    co_await c.make_directory("into");
    r = co_await c.put(t.string(), "into", transfer_options().recursive().follow_links(false).files_at_once(1));
    CHECK(r.skipped.size() == 1); // the pipe
    text = co_await c.read_link("into/t/directory link");
    CHECK(text == "a");
    fs::create_directory(folder / "in");
    r = co_await c.get("into/t", (folder / "in").string(), transfer_options().recursive().follow_links(false));
    CHECK(r.skipped.empty());
    CHECK(fs::read_symlink(folder / "in/t/dangling") == "nowhere");
    CHECK(fs::exists(folder / "in/t/empty"));

    r = co_await c.copy("into/t/a", "third", transfer_options().recursive());
    CHECK(r.files == 151);
    text = co_await c.read_all("third/b/big");
    CHECK(text == pattern(700'000));
    client other = co_await client_of(make_memory_file_system());
    r = co_await c.copy_to(other, "into/t/a", "fourth", transfer_options().recursive().preserve());
    CHECK(r.files == 151);
    text = co_await other.read_all("fourth/b/big");
    CHECK(text == pattern(700'000));
    const attributes a = co_await other.stat("fourth/3");
    const attributes b = co_await c.stat("into/t/a/3");
    CHECK(a.mtime == b.mtime);
}

awaitable<void> of_patterns(client c, fs::path folder)
{
    for (const char* name : {"one.txt", "two.txt", "three.dat", ".txt"}) {
        put_on_disk(folder / name, name);
        co_await c.write_all(name, name);
    }
    fs::create_directory(folder / "in");
    transfer_result r = co_await c.get("*.txt", (folder / "in").string(), transfer_options().glob());
    CHECK(r.files == 2);
    CHECK(on_disk(folder / "in/two.txt") == "two.txt");
    failure why = co_await failure_of(c.get("*.txt", (folder / "single").string(), transfer_options().glob()));
    CHECK(why.code() == errc::file_error);
    why = co_await failure_of(c.get("*.none", (folder / "in").string(), transfer_options().glob()));
    CHECK(why.code() == status::no_such_file);
    co_await c.make_directory("in");
    r = co_await c.put((folder / "t*").string(), "in", transfer_options().glob());
    CHECK(r.files == 2);
    std::string text = co_await c.read_all("in/three.dat");
    CHECK(text == "three.dat");
    why = co_await failure_of(c.put((folder / "*.none").string(), "in", transfer_options().glob()));
    CHECK(why.code() == errc::file_error);
    r = co_await c.copy("in/t*", "/", transfer_options().glob());
    CHECK(r.files == 2);
}

awaitable<void> of_holes(client c, fs::path folder)
{
    constexpr std::uint64_t mib = 1 << 20;
    {
        file f = co_await c.open("sparse", "w");
        co_await f.write_at(0, view_of("begin"));
        co_await f.write_at(40 * mib, view_of("middle"));
        co_await f.truncate(64 * mib);
        co_await f.close();
    }
    auto how = transfer_options().sparse();
    transfer_result r = co_await c.get("sparse", (folder / "sparse").string(), how);
    CHECK(r.files == 1);
    const struct ::stat s = stat_of(folder / "sparse");
    CHECK(std::uint64_t(s.st_size) == 64 * mib);
    CHECK(std::uint64_t(s.st_blocks) * 512 < 4 * mib);
    std::ifstream in(folder / "sparse", std::ios::binary);
    std::string some(11, ' ');
    in.seekg(40 * mib - 5);
    in.read(some.data(), 11);
    CHECK(some == std::string(5, '\0') + "middle");
    client tight = co_await client_of(make_memory_file_system(memory_options().capacity(4 * mib)));
    r = co_await tight.put((folder / "sparse").string(), "sparse", how);
    const attributes a = co_await tight.stat("sparse");
    CHECK(a.size == 64 * mib);
    file f = co_await tight.open("sparse");
    (void)co_await f.read_at(40 * mib, room(some));
    CHECK(some.substr(0, 6) == "middle");
    const failure why = co_await failure_of(tight.put((folder / "sparse").string(), "filled"));
    CHECK(why.code() == status::failure); // no space
}

awaitable<void> in_folder(awaitable<void> (*test)(client, fs::path))
{
    const temporary_folder folder;
    client c = co_await client_of(make_memory_file_system());
    co_await test(c, folder.path);
}

} // namespace

TEST_CASE("SFTP transfers: files of every size, both ways, with every way of writing them")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : {0u, 1u, 32'768u, 261'119u, 261'120u, 261'121u, 5'000'000u}) {
            co_await there_and_back(c, folder.path, size, transfer_options());
            co_await there_and_back(c, folder.path, size, transfer_options().by_rename().sync());
        }
        co_await there_and_back(c, folder.path, 300'000, transfer_options().block(1000).requests_at_once(3));
        co_await there_and_back(c, folder.path, 3'000'000, transfer_options().bytes_at_once(1));
        for (const auto& e : fs::directory_iterator(folder.path))
            CHECK_FALSE(e.path().string().ends_with(".part"));
        const std::vector<directory_entry> left = co_await c.list("/");
        CHECK(left.size() == 1);
    });
}

TEST_CASE("SFTP transfers: a server that answers with less than was asked, and files that say they have no bytes")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        files->most_read = 10'007;
        client c = co_await client_of(files);
        co_await there_and_back(c, folder.path, 1'000'000, transfer_options());
        co_await there_and_back(c, folder.path, 100'000, transfer_options());
        client machine = co_await client_of(make_local_file_system());
        (void)co_await machine.get("/proc/self/status", (folder.path / "status").string());
        CHECK(on_disk(folder.path / "status").find("VmRSS") != std::string::npos);
        (void)co_await machine.put("/proc/self/status", (folder.path / "put").string());
        CHECK(on_disk(folder.path / "put").find("VmRSS") != std::string::npos);
    });
}

TEST_CASE("SFTP transfers: where files go, and what cannot be moved") { run_test([] { return in_folder(targets); }); }
TEST_CASE("SFTP transfers: files that are there already are replaced, resumed or kept")
{
    run_test([] { return in_folder(of_existing_files); });
}
TEST_CASE("SFTP transfers: times and modes") { run_test([] { return in_folder(of_times_and_modes); }); }
TEST_CASE("SFTP transfers: trees there, back and to a third place") { run_test([] { return in_folder(of_trees); }); }
TEST_CASE("SFTP transfers: patterns") { run_test([] { return in_folder(of_patterns); }); }
TEST_CASE("SFTP transfers: holes stay holes") { run_test([] { return in_folder(of_holes); }); }
