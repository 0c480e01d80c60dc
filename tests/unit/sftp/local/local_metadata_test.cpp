// T100, T96: what creating, renaming, linking and setting attributes do, as OpenSSH's sftp-server does it; and the questions about
// accounts and file systems.
#include "scene.hpp"

using namespace local_scene;

namespace {

/// Rooted both ways, and without a root.
std::shared_ptr<file_system> made(const scene& s, int kind)
{
    if (kind == 2)
        return make_local_file_system(s.plain());
    return s.files(kind == 0 ? resolution::best : resolution::walk);
}

struct ::stat look(const fs::path& p)
{
    struct ::stat s = {};
    CHECK(::lstat(p.c_str(), &s) == 0);
    return s;
}

unsigned mode_of(const fs::path& p) { return look(p).st_mode & 07777u; }

attributes with_mode(unsigned mode) { return attributes().with_permissions(mode); }

/// The process's own mask, for as long as it is wanted.
struct mask {
    explicit mask(::mode_t m) : old(::umask(m)) {}
    ~mask() { ::umask(old); }
    ::mode_t old;
};

} // namespace

TEST_CASE("T100: renames, exclusive creation, links, sizes and times do what OpenSSH's server does")
{
    const int kind = GENERATE(0, 1, 2);
    INFO(kind);
    const mask m(022);
    scene s;
    const fs::path root = s.base / "root";
    const auto f = made(s, kind);
    fs::create_symlink("nowhere", root / "dangling");
    fs::create_symlink("file", root / "link");
    fs::create_symlink("dir", root / "folder_link");
    put(root / "other", "other");

    // Rename refuses what exists; replace does not.
    CHECK(status_of(wait_for(f->rename("file", "other"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("file", "file"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("dir", "other"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("file", "dir"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("file", "link"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("file", "dangling"))) == status::failure);
    CHECK(status_of(wait_for(f->rename("nothing", "x"))) == status::no_such_file);
    CHECK(wait_for(f->rename("other", "third")));
    CHECK(wait_for(f->rename("dir/sub", "dir/sub2")));
    CHECK(wait_for(f->replace("third", "dir/inner")));
    CHECK(get(root / "dir/inner") == "other");
    CHECK(status_of(wait_for(f->replace("dir/inner", "dir/sub2"))) == status::failure);
    CHECK(wait_for(f->rename("link", "link2"))); // the link itself
    CHECK(fs::read_symlink(root / "link2") == "file");

    // O_EXCL does not go through a dangling link.
    const open_mode exclusive = creating() | open_mode::exclusive;
    CHECK(status_of(wait_for(f->open("dangling", exclusive, {}))) == status::failure);
    CHECK(status_of(wait_for(f->open("file", exclusive, {}))) == status::failure);
    CHECK(!fs::exists(root / "nowhere"));
    CHECK(wait_for(f->open("exclusive", exclusive, {})));
    CHECK(status_of(wait_for(f->open("nothing", open_mode::write, {}))) == status::no_such_file);
    CHECK(wait_for(f->open("file", open_mode::overwrite, {})));
    CHECK(get(root / "file").empty());

    // Modes of what is made.
    CHECK(mode_of(root / "exclusive") == 0644);
    CHECK(wait_for(f->open("mode", creating(), with_mode(0604))));
    CHECK(mode_of(root / "mode") == 0604);
    CHECK(wait_for(f->make_directory("made", {})));
    CHECK(mode_of(root / "made") == 0755);
    CHECK(wait_for(f->make_directory("private", with_mode(0700))));
    CHECK(mode_of(root / "private") == 0700);
    CHECK(status_of(wait_for(f->make_directory("made", {}))) == status::failure);
    CHECK(status_of(wait_for(f->make_directory("no/such", {}))) == status::no_such_file);
    CHECK(status_of(wait_for(f->remove_directory("dir"))) == status::failure);
    CHECK(status_of(wait_for(f->remove("dir"))) == status::failure);
    CHECK(wait_for(f->remove("folder_link")));
    CHECK(fs::is_directory(root / "dir"));

    // Sizes beyond the end, and those that cannot be.
    CHECK(wait_for(f->set_attributes("mode", attributes().with_size(1'000'000))));
    CHECK(fs::file_size(root / "mode") == 1'000'000);
    CHECK(wait_for(f->set_attributes("mode", attributes().with_size(3))));
    CHECK(fs::file_size(root / "mode") == 3);
    CHECK(!wait_for(f->set_attributes("mode", attributes().with_size(std::uint64_t(1) << 63))));
    CHECK(!wait_for(f->set_attributes("dir", attributes().with_size(0))));

    // Attributes go through links, unless they are meant for the link.
    const file_time old{std::chrono::seconds(1'000'000'000)}, older{std::chrono::seconds(5)};
    fs::create_symlink("mode", root / "to_mode");
    CHECK(wait_for(f->set_attributes("to_mode", attributes().with_permissions(0100640).with_times(old, older))));
    CHECK(mode_of(root / "mode") == 0640);
    CHECK(look(root / "mode").st_mtim.tv_sec == 5);
    CHECK(look(root / "mode").st_atim.tv_sec == 1'000'000'000);
    CHECK(wait_for(f->set_link_attributes("to_mode", attributes().with_times(older, old))));
    CHECK(look(root / "to_mode").st_mtim.tv_sec == 1'000'000'000);
    CHECK(look(root / "mode").st_mtim.tv_sec == 5);
    CHECK(!wait_for(f->set_link_attributes("to_mode", with_mode(0777))));
    CHECK(mode_of(root / "mode") == 0640);
    CHECK(wait_for(f->set_link_attributes("mode", with_mode(0600))));
    CHECK(mode_of(root / "mode") == 0600);
    CHECK(status_of(wait_for(f->set_link_attributes("mode", attributes().with_size(1)))) == status::bad_message);
    CHECK(wait_for(f->set_link_attributes("dangling", attributes().with_times(older, old))));
    CHECK(status_of(wait_for(f->set_attributes("dangling", attributes().with_times(older, old)))) == status::no_such_file);
    const auto me = ::getuid(), mine = ::getgid();
    CHECK(wait_for(f->set_attributes("mode", attributes().with_owner(me, mine))));
    CHECK(wait_for(f->set_link_attributes("dangling", attributes().with_owner(me, mine))));
    CHECK(wait_for(f->set_attributes("mode", {})));
    CHECK(status_of(wait_for(f->set_attributes("nothing", {}))) == status::no_such_file);

    // What nobody may read can still be changed by its owner.
    CHECK(wait_for(f->set_attributes("mode", with_mode(0))));
    CHECK(wait_for(f->set_attributes("mode", attributes().with_permissions(0600).with_times(old, old))));
    CHECK(mode_of(root / "mode") == 0600);

    // Hard links, also of links.
    CHECK(wait_for(f->make_hard_link("mode", "second")));
    CHECK(look(root / "second").st_ino == look(root / "mode").st_ino);
    CHECK(wait_for(f->make_hard_link("to_mode", "second_link")));
    CHECK(fs::is_symlink(root / "second_link"));
    CHECK(status_of(wait_for(f->make_hard_link("mode", "second"))) == status::failure);
    CHECK(!wait_for(f->make_hard_link("dir", "dir2")));
    CHECK(!wait_for(f->make_hard_link("to_mode/", "dir2")));
    CHECK(status_of(wait_for(f->rename("mode", "second"))) == status::failure);
    CHECK(status_of(wait_for(f->make_symlink("x", "mode"))) == status::failure);
    CHECK(wait_for(f->lstat("to_mode")).value().is_symlink());
    CHECK(wait_for(f->stat("to_mode")).value().is_regular());
    CHECK(wait_for(f->stat("file")).value().size == 0);
    CHECK(status_of(wait_for(f->open_directory("file"))) == status::no_such_file);
    CHECK(s.outside_untouched());
}

TEST_CASE("T96: no file or folder is created with set-id bits, and the mask given holds instead of the process's")
{
    const int kind = GENERATE(0, 1, 2);
    INFO(kind);
    scene s;
    const fs::path root = s.base / "root";
    {
        const mask m(027);
        const auto f = made(s, kind);
        CHECK(wait_for(f->open("a", creating(), with_mode(06777))));
        CHECK(mode_of(root / "a") == 0750);
        CHECK(wait_for(f->make_directory("d", with_mode(06777))));
        CHECK((mode_of(root / "d") & ~02000u) == 0750);
        CHECK(wait_for(f->set_attributes("a", with_mode(04711)))); // asked for by name
        CHECK(mode_of(root / "a") == 04711);
    }
    const mask m(077);
    const local_options options = (kind == 2 ? s.plain() : s.rooted()).umask(02);
    const auto f = kind == 2 ? make_local_file_system(options)
                             : local::make_file_system(options, kind == 0 ? resolution::best : resolution::walk);
    CHECK(wait_for(f->open("b", creating(), {})));
    CHECK(mode_of(root / "b") == 0664);
    CHECK(wait_for(f->open("a", creating(), with_mode(0666)))); // it exists: its mode stays
    CHECK(mode_of(root / "a") == 04711);
    CHECK(wait_for(f->make_directory("dir/e", with_mode(0777))));
    CHECK(mode_of(root / "dir/e") == 0775);
    fs::create_symlink("nowhere", root / "dangling");
    CHECK(wait_for(f->open("dangling", creating(), {})));
    CHECK(fs::exists(root / "nowhere"));
}

TEST_CASE("a folder made in one that hands its group on does so too, whatever the masks")
{
    const int kind = GENERATE(0, 1);
    const ::mode_t own = GENERATE(022, 077);
    const mask m(own);
    scene s;
    const fs::path root = s.base / "root";
    REQUIRE(::chmod((root / "dir").c_str(), 02775) == 0);
    const auto f = local::make_file_system(s.rooted().umask(02), kind == 0 ? resolution::best : resolution::walk);
    CHECK(wait_for(f->make_directory("dir/e", with_mode(0775))));
    CHECK(mode_of(root / "dir/e") == 02775);
    CHECK(wait_for(f->make_directory("dir/t", with_mode(01777))));
    CHECK(mode_of(root / "dir/t") == 03775);
    CHECK(wait_for(f->open("dir/e/file", creating(), with_mode(0666))));
    CHECK(mode_of(root / "dir/e/file") == 0664);
}

TEST_CASE("a file system that is read-only refuses every change and every open for writing")
{
    const int kind = GENERATE(0, 1, 2);
    scene s;
    const auto options = (kind == 2 ? s.plain() : s.rooted()).read_only();
    const auto f = kind == 2 ? make_local_file_system(options)
                             : local::make_file_system(options, kind == 0 ? resolution::best : resolution::walk);
    CHECK(f->read_only());
    constexpr status no = status::permission_denied;
    CHECK(status_of(wait_for(f->open("file", open_mode::write, {}))) == no);
    CHECK(status_of(wait_for(f->open("file", open_mode::read | open_mode::truncate, {}))) == no);
    CHECK(status_of(wait_for(f->open("new", open_mode::read | open_mode::create, {}))) == no);
    CHECK(status_of(wait_for(f->set_attributes("file", with_mode(0)))) == no);
    CHECK(status_of(wait_for(f->set_link_attributes("file", with_mode(0)))) == no);
    CHECK(status_of(wait_for(f->remove("file"))) == no);
    CHECK(status_of(wait_for(f->make_directory("new", {}))) == no);
    CHECK(status_of(wait_for(f->remove_directory("dir/sub"))) == no);
    CHECK(status_of(wait_for(f->rename("file", "new"))) == no);
    CHECK(status_of(wait_for(f->replace("file", "new"))) == no);
    CHECK(status_of(wait_for(f->make_symlink("file", "new"))) == no);
    CHECK(status_of(wait_for(f->make_hard_link("file", "new"))) == no);
    const auto file = wait_for(f->open("file", open_mode::read, {}));
    REQUIRE(file);
    CHECK(read_all(*file) == "inside");
    CHECK(status_of(wait_for((*file)->write(0, bytes("x")))) == no);
    CHECK(status_of(wait_for((*file)->set_attributes(with_mode(0)))) == no);
    CHECK(get(s.base / "root/file") == "inside");
}

TEST_CASE("accounts, homes and file systems are told of")
{
    scene s;
    const auto f = make_local_file_system(s.plain());
    CHECK(wait_for(f->home_directory("root")).value() == "/root"); // style: allow(place) what every system has
    CHECK(wait_for(f->expand_path("~root/../etc/passwd")).value() == "/etc/passwd");
    CHECK(status_of(wait_for(f->expand_path("~nobody-has-this-name"))) == status::no_such_file);
    CHECK(status_of(wait_for(f->home_directory("nobody-has-this-name"))) == status::no_such_file);
    // "~" is where a session begins, as OpenSSH's server has it.
    CHECK(wait_for(f->expand_path("~")).value() == wait_for(f->real_path(".")).value());
    CHECK(wait_for(f->expand_path("~/dir")).value() == (s.base / "root/dir").string());
    CHECK(wait_for(f->real_path("dir/")).value() == (s.base / "root/dir").string());
    CHECK(wait_for(f->real_path("missing")).value() == (s.base / "root/missing").string());
    CHECK(status_of(wait_for(f->real_path("missing/"))) == status::no_such_file);
    CHECK(wait_for(f->expand_path("dir")).value() == (s.base / "root/dir").string());
    CHECK(wait_for(f->real_path("../outside/./secret")).value() == (s.base / "outside/secret").string());
    std::vector<std::uint32_t> users{0, 4'000'000'000u}, groups{4'000'000'000u, 0};
    const auto names = wait_for(f->names_of(users, groups)).value();
    CHECK(names.first == std::vector<std::string>{"root", ""});
    CHECK(names.second == std::vector<std::string>{"", "root"});
    const auto info = wait_for(f->statvfs("dir")).value();
    CHECK(info.block_size > 0);
    CHECK(info.blocks >= info.blocks_free);
    CHECK(info.name_max >= 100);
    CHECK(f->extensions().size() == 8);
    bool thrown = false;
    try {
        (void)make_local_file_system(local_options().root((s.base / "nothing").string()));
    } catch (const error& e) {
        thrown = e.code() == errc::file_error;
    }
    CHECK(thrown);
}
