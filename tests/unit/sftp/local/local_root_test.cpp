// Paths below a root: nothing leads out of it, and nobody can tell what is outside (T87).
#include "scene.hpp"

using namespace local_scene;

namespace {

/// Every operation that takes a path, as status and words.
std::map<std::string, std::string> all_operations(file_system& f, const std::string& path)
{
    std::map<std::string, std::string> said;
    const auto note = [&](const char* what, const auto& r) { said[what] = r ? "done" : r.error().message(); };
    attributes mode;
    mode.permissions = 0640;
    note("stat", wait_for(f.stat(path)));
    note("open", wait_for(f.open(path, open_mode::read, {})));
    note("append", wait_for(f.open(path, open_mode::write | open_mode::append, {})));
    note("truncate", wait_for(f.open(path, open_mode::write | open_mode::truncate, {})));
    note("open_directory", wait_for(f.open_directory(path)));
    note("set_attributes", wait_for(f.set_attributes(path, mode)));
    note("statvfs", wait_for(f.statvfs(path)));
    note("read_link", wait_for(f.read_link(path + "/")));
    note("lstat", wait_for(f.lstat(path + "/")));
    note("set_link_attributes", wait_for(f.set_link_attributes(path + "/", mode)));
    return said;
}

/// Those that change a name.
std::map<std::string, std::string> all_changes(file_system& f, const std::string& path)
{
    std::map<std::string, std::string> said;
    const auto note = [&](const char* what, const auto& r) { said[what] = r ? "done" : r.error().message(); };
    note("create", wait_for(f.open(path, creating(), {})));
    note("make_directory", wait_for(f.make_directory(path, {})));
    note("make_symlink", wait_for(f.make_symlink("x", path)));
    note("make_hard_link", wait_for(f.make_hard_link("/file", path)));
    note("rename to", wait_for(f.rename("/dir/inner", path)));
    note("replace to", wait_for(f.replace("/dir/inner", path)));
    note("hard link of", wait_for(f.make_hard_link(path, "/stolen")));
    note("rename", wait_for(f.rename(path, "/stolen")));
    note("replace", wait_for(f.replace(path, "/stolen")));
    note("remove", wait_for(f.remove(path)));
    note("remove_directory", wait_for(f.remove_directory(path)));
    return said;
}

} // namespace

TEST_CASE("T87: what is outside of the root answers as what does not exist, whatever is asked of it")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    INFO(name_of(how));
    scene s;
    const fs::path root = s.base / "root";
    fs::create_symlink(s.base / "outside/secret", root / "absolute");
    fs::create_symlink("../outside/secret", root / "relative");
    fs::create_symlink("../../../../../../../.." + (s.base / "outside/secret").string(), root / "far");
    fs::create_symlink(s.base / "outside", root / "folder");
    fs::create_symlink("..", root / "parent");
    fs::create_symlink("parent/outside/secret", root / "nested");
    fs::create_symlink("../../outside", root / "dir/up");
    const auto f = s.files(how);
    const auto nothing = all_operations(*f, "/no/such/thing");
    const std::string out = s.base.string() + "/outside/secret", name = s.base.filename().string();
    for (const std::string& path :
         {std::string("../outside/secret"), std::string("/../outside/secret"), std::string("/dir/../../outside/secret"),
          std::string("/dir/sub/../../../../outside/secret"), std::string("//..//../outside//secret"),
          std::string("../root10/secret"), std::string("../../") + name + "/root10/secret", out, "/.." + out,
          std::string("/absolute"), std::string("/relative"), std::string("/far"), std::string("/folder/secret"),
          std::string("/nested"), std::string("/parent/outside/secret"), std::string("dir/up/secret"),
          std::string("/folder/dir/secret"), std::string("/folder/dir/../secret"), std::string("/./dir/./up/./secret"),
          std::string("/folder/nothing"), std::string("/proc/self/root") + out}) {
        INFO(path);
        CHECK(all_operations(*f, path) == nothing);
    }
    const auto no_folder = all_changes(*f, "/no/such/thing");
    for (const std::string& path : {std::string("../outside/new"), std::string("/folder/new"), std::string("/folder/secret"),
                                    std::string("/dir/up/dir/new"), s.base.string() + "/outside/new",
                                    std::string("/parent/outside/secret"), std::string("/dir/../../root10/secret")}) {
        INFO(path);
        CHECK(all_changes(*f, path) == no_folder);
    }
    CHECK(s.outside_untouched());
    CHECK(get(root / "file") == "inside");
    CHECK(fs::is_symlink(root / "absolute"));
}

TEST_CASE("T87: above the root is the root, and links are followed inside of it")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    INFO(name_of(how));
    scene s;
    const fs::path root = s.base / "root";
    fs::create_symlink("/dir/inner", root / "to_inner");
    fs::create_symlink("../../../../dir", root / "dir/sub/to_dir");
    fs::create_symlink("new", root / "to_new");
    const auto f = s.files(how);
    for (const char* path : {"/dir/inner", "dir/inner", "../../dir/inner", "/../dir//inner", "/to_inner", "to_inner",
                             "/dir/sub/to_dir/inner", "/dir/sub/../inner", "/dir/sub/to_dir/sub/../inner", "/./dir/./inner"}) {
        INFO(path);
        const auto file = wait_for(f->open(path, open_mode::read, {}));
        REQUIRE(file);
        CHECK(read_all(*file) == "inner");
        CHECK(wait_for(f->real_path(path)).value() == "/dir/inner");
    }
    CHECK(wait_for(f->real_path("")).value() == "/");
    CHECK(wait_for(f->real_path(".")).value() == "/");
    CHECK(wait_for(f->real_path("/..")).value() == "/");
    CHECK(wait_for(f->real_path("dir/sub/../../../x")).value() == "/x");
    CHECK(wait_for(f->real_path("dir/sub/to_dir/new")).value() == "/dir/new");
    CHECK(wait_for(f->real_path("/to_new")).value() == "/new");
    CHECK(status_of(wait_for(f->real_path("/no/such"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->real_path("/file/x"))) == status::no_such_file);
    // A link that leads to nothing is created where it leads, as in open(2).
    CHECK(wait_for(f->open("/to_new", creating(), {})));
    CHECK(fs::is_regular_file(fs::symlink_status(root / "new")));
    CHECK(s.outside_untouched());
}

TEST_CASE("T87: an absolute link that a client makes is stored as it was given, and followed below the root")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    scene s;
    const auto f = s.files(how);
    CHECK(wait_for(f->make_symlink("/etc/passwd", "/p")));
    CHECK(wait_for(f->read_link("/p")).value() == "/etc/passwd");
    CHECK(status_of(wait_for(f->stat("/p"))) == status::no_such_file);
    CHECK(wait_for(f->make_symlink("/../../file", "/q")));
    CHECK(wait_for(f->stat("/q")).value().size == 6);
    CHECK(status_of(wait_for(f->read_link("/file"))) == status::bad_message);
    CHECK(status_of(wait_for(f->read_link("/nothing"))) == status::no_such_file);
}

TEST_CASE("T87: NUL, paths of 4,097 bytes, deep paths, circles of links and slashes")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    INFO(name_of(how));
    scene s;
    const fs::path root = s.base / "root";
    const auto f = s.files(how);
    CHECK(status_of(wait_for(f->stat(std::string("/file\0x", 7)))) == status::bad_message);
    CHECK(status_of(wait_for(f->make_symlink(std::string("a\0b", 3), "/l"))) == status::bad_message);
    CHECK(status_of(wait_for(f->stat(""))) == status::no_such_file);
    std::string slashes(4090, '/');
    CHECK(wait_for(f->stat(slashes + "file")).value().size == 6);
    CHECK(status_of(wait_for(f->stat(std::string(4092, '/') + "file"))) == status::bad_message);
    CHECK(status_of(wait_for(f->stat(std::string(4097, 'a')))) == status::bad_message);
    CHECK(status_of(wait_for(f->stat(std::string(300, 'a')))) == status::bad_message);
    CHECK(status_of(wait_for(f->remove(std::string(4097, '/')))) == status::bad_message);

    fs::create_symlink("b", root / "a");
    fs::create_symlink("a", root / "b");
    CHECK(status_of(wait_for(f->stat("/a"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->real_path("/a"))) == status::no_such_file);
    CHECK(wait_for(f->lstat("/a")).value().is_symlink());
    fs::create_symlink("dir", root / "l0");
    for (int i = 1; i <= 41; ++i)
        fs::create_symlink("l" + std::to_string(i - 1), root / ("l" + std::to_string(i)));
    CHECK(wait_for(f->stat("/l39")).value().is_directory());
    CHECK(status_of(wait_for(f->stat("/l40"))) == status::no_such_file);

    // Folders deeper than a resolver keeps open, and back up through all of them.
    std::string down, up;
    for (int i = 0; i < 100; ++i) {
        down += "/d";
        up += "/..";
        REQUIRE(wait_for(f->make_directory(down, {})));
    }
    CHECK(wait_for(f->stat(down + up + "/file")).value().size == 6);
    CHECK(wait_for(f->real_path(down + up + up + "/dir/x")).value() == "/dir/x");
    CHECK(wait_for(f->real_path(down + "/../../d")).value() == down.substr(2));
    CHECK(wait_for(f->real_path(down)).value() == down);

    CHECK(wait_for(f->stat("/dir/")).value().is_directory());
    CHECK(wait_for(f->lstat("/dir//")).value().is_directory());
    CHECK(status_of(wait_for(f->stat("/file/"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->open("/file/", open_mode::read, {}))) == status::no_such_file);
    CHECK(status_of(wait_for(f->open("/fresh/", creating(), {}))) == status::failure);
    CHECK(status_of(wait_for(f->remove("/file/"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->rename("/file/", "/other"))) == status::no_such_file);
    CHECK(wait_for(f->make_directory("/made///", {})));
    CHECK(wait_for(f->rename("/made/", "/moved/")));
    CHECK(wait_for(f->remove_directory("/moved/")));
    for (const char* path : {"/", "//", "/.", "/..", "dir/..", "/dir/."}) {
        INFO(path);
        CHECK(!wait_for(f->remove_directory(path)));
        CHECK(!wait_for(f->remove(path)));
        CHECK(!wait_for(f->rename(path, "/elsewhere")));
        CHECK(!wait_for(f->make_directory(path, {})));
    }
    CHECK(fs::is_directory(root / "dir"));
}

TEST_CASE("T87: the root's \"..\" is the root in listings too")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    scene s;
    fs::permissions(s.base, fs::perms(0711));
    fs::permissions(s.base / "root", fs::perms(0755));
    fs::permissions(s.base / "root/dir", fs::perms(0750));
    const auto f = s.files(how);
    for (const auto& [path, mode] : {std::pair("/", 0755u), std::pair("/dir", 0755u), std::pair("/dir/sub", 0750u)}) {
        const auto folder = wait_for(f->open_directory(path));
        REQUIRE(folder);
        bool seen = false;
        for (const auto& e : wait_for((*folder)->read(1000)).value())
            if (e.name == "..") {
                seen = true;
                CHECK((*e.attrs.permissions & 07777) == mode);
            }
        CHECK(seen);
    }
}

TEST_CASE("T87: relative paths begin where the options say, below the root")
{
    const auto how = GENERATE(resolution::best, resolution::walk);
    scene s;
    const auto f = local::make_file_system(s.rooted().start("dir"), how);
    CHECK(wait_for(f->stat("inner")).value().size == 5);
    CHECK(wait_for(f->stat("../file")).value().size == 6);
    CHECK(status_of(wait_for(f->stat("../../outside/secret"))) == status::no_such_file);
    CHECK(wait_for(f->real_path("")).value() == "/dir");
    CHECK(wait_for(f->real_path("sub/x")).value() == "/dir/sub/x");
    CHECK(wait_for(f->expand_path("~/inner")).value() == "/dir/inner");
    CHECK(wait_for(f->home_directory("")).value() == "/dir");
    CHECK(status_of(wait_for(f->expand_path("~root"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->home_directory("root"))) == status::no_such_file);
}
