// Our SFTP client at our server: names, attributes, directories, trees, patterns and the working directory.
#include "sftp_peers.hpp"

#include <set>

using namespace rig;
using namespace sshoal::sftp;

namespace {

std::string joined(const std::vector<std::string>& all)
{
    std::string text;
    for (const std::string& s : all)
        text += (text.empty() ? "" : " ") + s;
    return text;
}

awaitable<std::string> names_in(client c, std::string path)
{
    std::vector<directory_entry> entries = co_await c.list(path);
    std::vector<std::string> all;
    for (const directory_entry& e : entries)
        all.push_back(e.name);
    std::sort(all.begin(), all.end());
    co_return joined(all);
}

awaitable<void> attributes_of_paths(client c)
{
    co_await c.write_all("file", "text");
    co_await c.chmod("file", 0640);
    co_await c.chown("file", 5, 6);
    const file_time then(std::chrono::seconds(1'234'567'890));
    co_await c.utime("file", then, then + std::chrono::seconds(1));
    co_await c.truncate("file", 2);
    attributes a = co_await c.stat("file");
    CHECK(a.size == 2u);
    CHECK(a.permissions == 0100640u);
    CHECK(a.uid == 5u);
    CHECK(a.gid == 6u);
    CHECK(a.atime == then);
    CHECK(a.is_regular());
    co_await c.set_attributes("file", attributes().with_size(10).with_permissions(0600));
    a = co_await c.stat("file");
    CHECK(a.size == 10u);
    co_await c.make_symlink("file", "link");
    co_await c.make_symlink("nowhere", "dangling");
    a = co_await c.lstat("link");
    CHECK(a.is_symlink());
    co_await c.set_link_attributes("link", attributes().with_times(then, then));
    a = co_await c.lstat("link");
    CHECK(a.mtime == then);
    a = co_await c.stat("link");
    CHECK(a.mtime != then);
    bool yes = co_await c.exists("link");
    CHECK(yes);
    yes = co_await c.exists("dangling");
    CHECK_FALSE(yes);
    yes = co_await c.exists("none/below");
    CHECK_FALSE(yes);
    yes = co_await c.is_directory(".");
    CHECK(yes);
    yes = co_await c.is_directory("file");
    CHECK_FALSE(yes);
    yes = co_await c.is_regular("link");
    CHECK(yes);
    yes = co_await c.is_regular("none");
    CHECK_FALSE(yes);
    const failure why = co_await failure_of(c.stat("none"));
    CHECK(why.code() == status::no_such_file);
    CHECK(why.message().find("none") != std::string::npos);
}

awaitable<void> changing_names(client c)
{
    co_await c.make_directory("d", attributes().with_permissions(0700));
    const attributes a = co_await c.stat("d");
    CHECK((a.permissions.value() & 0777) == 0700);
    failure why = co_await failure_of(c.make_directory("d"));
    CHECK(why.code() == status::failure);
    bool made = co_await c.create_directories("d/e/f/g");
    CHECK(made);
    made = co_await c.create_directories("d/e//f/./g/");
    CHECK_FALSE(made);
    made = co_await c.create_directories("/d/e/f/../h");
    CHECK(made);
    co_await c.write_all("d/file", "1");
    why = co_await failure_of(c.create_directories("d/file/x"));
    CHECK(bool(why));
    why = co_await failure_of(c.create_directories("d/file"));
    CHECK(bool(why));
    co_await c.rename("d/file", "moved");
    co_await c.write_all("other", "2");
    why = co_await failure_of(c.rename("moved", "other"));
    CHECK(why.code() == status::failure);
    co_await c.replace("moved", "other");
    std::string text = co_await c.read_all("other");
    CHECK(text == "1");
    co_await c.make_hard_link("other", "same");
    co_await c.write_all("same", "3");
    text = co_await c.read_all("other");
    CHECK(text == "3");
    co_await c.make_symlink("../other", "d/link");
    text = co_await c.read_link("d/link");
    CHECK(text == "../other");
    text = co_await c.read_all("d/link");
    CHECK(text == "3");
    text = co_await c.real_path("d/e/..//link");
    CHECK(text == "/other");
    text = co_await c.real_path("d/new");
    CHECK(text == "/d/new");
    why = co_await failure_of(c.read_link("other"));
    CHECK(bool(why));
    co_await c.remove("same");
    why = co_await failure_of(c.remove("same"));
    CHECK(why.code() == status::no_such_file);
    why = co_await failure_of(c.remove("d"));
    CHECK(why.code() == status::failure);
    why = co_await failure_of(c.remove_directory("d"));
    CHECK(why.code() == status::failure);
    co_await c.remove_directory("d/e/h");
    std::uint64_t n = co_await c.remove_all("none");
    CHECK(n == 0);
    n = co_await c.remove_all("d/link");
    CHECK(n == 1);
    text = co_await names_in(c, "/");
    CHECK(text == "d other");
}

awaitable<void> make_tree(client c)
{
    for (const char* d : {"t/a/b", "t/c", "t/.hidden"})
        (void)co_await c.create_directories(d);
    for (const char* f : {"t/one", "t/two.txt", "t/a/three.txt", "t/a/b/four.txt", "t/.hidden/five", "t/.six"})
        co_await c.write_all(f, f);
    co_await c.make_symlink("a", "t/link");
    co_await c.make_symlink("..", "t/a/up");
}

awaitable<void> directories_and_trees(client c)
{
    co_await make_tree(c);
    std::string text = co_await names_in(c, "t");
    CHECK(text == ".hidden .six a c link one two.txt");
    failure why = co_await failure_of(c.list("t/one"));
    CHECK(bool(why));
    why = co_await failure_of(c.open_directory("none"));
    CHECK(why.code() == status::no_such_file);
    for (int i = 0; i < 300; ++i)
        co_await c.write_all("t/c/" + std::to_string(i), "");
    directory d = co_await c.open_directory("t/c");
    CHECK(d.path() == "t/c");
    std::set<std::string> seen;
    for (int i = 0; i < 5; ++i) {
        const std::optional<directory_entry> e = co_await d.next();
        REQUIRE(e);
        seen.insert(e->name);
    }
    for (;;) { // begun with one, gone on with many
        const std::vector<directory_entry> some = co_await d.next_batch();
        if (some.empty())
            break;
        for (const directory_entry& e : some) {
            CHECK(e.attrs.is_regular());
            CHECK(e.long_name.ends_with(" " + e.name));
            seen.insert(e.name);
        }
    }
    CHECK(seen.size() == 300);
    const std::optional<directory_entry> e = co_await d.next();
    CHECK_FALSE(e);
    co_await d.close();
    why = co_await failure_of(d.close());
    CHECK(why.code() == status::invalid_handle);
    CHECK_THROWS_AS(directory().next(), error);

    const std::uint64_t emptied = co_await c.remove_all("t/c");
    CHECK(emptied == 301);
    walker w = c.walk("t");
    std::set<std::string> walked;
    for (;;) {
        const std::optional<walk_entry> found = co_await w.next();
        if (!found)
            break;
        CHECK_FALSE(found->trouble);
        CHECK(std::size_t(std::count(found->path.begin(), found->path.end(), '/')) == found->depth + 1);
        if (found->entry.attrs.is_directory())
            CHECK_FALSE(walked.contains(found->path + "/x"));
        const std::string parent = found->path.substr(0, found->path.rfind('/'));
        CHECK((parent == "t" || walked.contains(parent))); // a directory before what is in it
        walked.insert(found->path);
        if (found->entry.name == ".hidden")
            w.skip();
    }
    CHECK(walked.size() == 10);
    CHECK(walked.contains("t/a/b/four.txt"));
    CHECK(walked.contains("t/a/up"));
    CHECK_FALSE(walked.contains("t/.hidden/five"));
    walker nowhere = c.walk("none");
    why = co_await failure_of(nowhere.next());
    CHECK(why.code() == status::no_such_file);
    CHECK_THROWS_AS(walker().next(), error);

    const std::uint64_t gone = co_await c.remove_all("t");
    CHECK(gone == 12);
    text = co_await names_in(c, "/");
    CHECK(text.empty());
}

awaitable<std::string> expanded(client c, std::string pattern)
{
    const std::vector<std::string> found = co_await c.glob(std::move(pattern));
    co_return joined(found);
}

awaitable<void> patterns(client c)
{
    co_await make_tree(c);
    std::string text = co_await expanded(c, "t/*");
    CHECK(text == "t/a t/c t/link t/one t/two.txt");
    text = co_await expanded(c, "t/.*");
    CHECK(text == "t/.hidden t/.six");
    text = co_await expanded(c, "/t/*/*.txt");
    CHECK(text == "/t/a/three.txt /t/link/three.txt");
    text = co_await expanded(c, "*/[!a-n]?*/../one");
    CHECK(text == "");
    text = co_await expanded(c, "t/?[a-z]*");
    CHECK(text == "t/link t/one t/two.txt");
    text = co_await expanded(c, "t/one");
    CHECK(text == "t/one");
    text = co_await expanded(c, "t/none");
    CHECK(text == "");
    text = co_await expanded(c, "none/*");
    CHECK(text == "");
    co_await c.write_all("a*b", "");
    co_await c.write_all("axb", "");
    text = co_await expanded(c, "a\\*b");
    CHECK(text == "a*b");
    text = co_await expanded(c, "a*b");
    CHECK(text == "a*b axb");
    text = co_await expanded(c, "");
    CHECK(text == "");
}

awaitable<void> working_directories(client c)
{
    (void)co_await c.create_directories("w/x/y");
    co_await c.write_all("w/file", "in w");
    std::string text = co_await c.working_directory();
    CHECK(text == "/");
    co_await c.change_directory("w/x");
    text = co_await c.working_directory();
    CHECK(text == "/w/x");
    co_await c.change_directory("y");
    co_await c.change_directory("../..");
    text = co_await c.working_directory();
    CHECK(text == "/w");
    text = co_await c.read_all("file");
    CHECK(text == "in w");
    text = co_await c.read_all("/w/file");
    CHECK(text == "in w");
    text = co_await names_in(c, ".");
    CHECK(text == "file x");
    text = co_await names_in(c, "");
    CHECK(text == "file x");
    text = co_await expanded(c, "*/y");
    CHECK(text == "x/y");
    text = co_await c.real_path("");
    CHECK(text == "/w");
    const client copy = c; // shares the session, and its working directory
    client other = copy;
    text = co_await other.working_directory();
    CHECK(text == "/w");
    failure why = co_await failure_of(c.change_directory("file"));
    CHECK(why.code() == status::not_a_directory);
    why = co_await failure_of(c.change_directory("none"));
    CHECK(why.code() == status::no_such_file);
    text = co_await c.working_directory();
    CHECK(text == "/w");
    co_await c.rename("file", "x/file");
    co_await c.make_symlink("x/file", "link");
    text = co_await c.read_all("/w/link");
    CHECK(text == "in w");
    const std::uint64_t n = co_await c.remove_all("x");
    CHECK(n == 3);
}

awaitable<void> at_memory(awaitable<void> (*test)(client))
{
    client c = co_await client_of(make_memory_file_system());
    co_await test(c);
}

} // namespace

TEST_CASE("SFTP client: attributes of paths, links and what is not there")
{
    run_test([] { return at_memory(attributes_of_paths); });
}
TEST_CASE("SFTP client: names are made, changed and removed") { run_test([] { return at_memory(changing_names); }); }
TEST_CASE("SFTP client: directories entry by entry and in batches; trees top down")
{
    run_test([] { return at_memory(directories_and_trees); });
}
TEST_CASE("SFTP client: patterns") { run_test([] { return at_memory(patterns); }); }
TEST_CASE("SFTP client: relative paths begin at the working directory")
{
    run_test([] { return at_memory(working_directories); });
}
