// Entries of known_hosts that are listed, found, removed, hashed and saved.
#include "sshoal/known_hosts.hpp"
#include "../keys/key_files.hpp"
#include "catch.hpp"
#include "sample_keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

using namespace sshoal;
using namespace sshoal::test;

namespace {

std::string content_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

known_hosts changed_hosts(const std::string& text)
{
    known_hosts hosts;
    hosts.read(text, "file");
    return hosts;
}

::mode_t mode_of(const std::string& path)
{
    struct ::stat s = {};
    REQUIRE(::lstat(path.c_str(), &s) == 0);
    return s.st_mode;
}

/// What save() writes.
std::string saved(const known_hosts& hosts)
{
    const temporary_folder folder;
    REQUIRE(hosts.save(folder / "saved"));
    return content_of(folder / "saved");
}

} // namespace

TEST_CASE("entries are listed and found with file and line")
{
    known_hosts hosts;
    hosts.read("# comment\n\nh,[H]:2222 " + key_line(1) + " of alice\n@revoked * " + key_line(2) + "\n", "first");
    hosts.read("@cert-authority *.org " + key_line(3) + "\n" + "i " + key_line(4), "second");
    REQUIRE(hosts.add("j", 22, key(5)));
    const std::vector<known_host> all = hosts.entries();
    REQUIRE(all.size() == 5);
    CHECK(all[0].hosts == "h,[H]:2222");
    CHECK(all[0].key == key(1));
    CHECK(all[0].comment == "of alice");
    CHECK(all[0].what == known_host::kind::key);
    CHECK(all[0].file == "first");
    CHECK(all[0].line == 3);
    CHECK(all[0].text() == "h,[H]:2222 " + key_line(1) + " of alice");
    CHECK(all[1].what == known_host::kind::revoked);
    CHECK(all[1].line == 4);
    CHECK(all[1].text() == "@revoked * " + key_line(2));
    CHECK(all[2].what == known_host::kind::authority);
    CHECK(all[2].file == "second");
    CHECK(all[2].line == 1);
    CHECK(all[4].file.empty());
    CHECK(all[4].line == 0);

    const auto lines_for = [&](std::string_view host, std::uint16_t port) {
        std::string where;
        for (const known_host& k : hosts.find(host, port))
            where += k.file + ":" + std::to_string(k.line) + " ";
        return where;
    };
    CHECK(lines_for("h", 22) == "first:3 first:4 ");
    CHECK(lines_for("H", 2222) == "first:3 first:4 ");
    CHECK(lines_for("i", 2200) == "first:4 second:2 "); // confirms a key of another port
    CHECK(lines_for("x.org", 22) == "first:4 second:1 ");
    CHECK(lines_for("j", 22) == "first:4 :0 ");
}

TEST_CASE("a host is removed from the entries that name it, and from no others")
{
    known_hosts hosts = changed_hosts("h,i " + key_line(1) + "\nh " + key_line(2) + "\n[h]:2222 " + key_line(3) + "\nh* " + key_line(4)
                                      + "\n@revoked h " + key_line(5) + "\n");
    REQUIRE(hosts.add("h", 22, key(6), true));
    CHECK(hosts.remove("h", 22, key(9)) == 0);
    CHECK(hosts.remove("h", 22, public_key()) == 0);
    CHECK(hosts.size() == 6);
    CHECK(hosts.remove("h", 22, key(2)) == 1);
    CHECK(hosts.check("h", 22, key(1)) == host_status::match);
    CHECK(hosts.remove("H", 22) == 2);
    CHECK(saved(hosts) == "i " + key_line(1) + "\n[h]:2222 " + key_line(3) + "\nh* " + key_line(4) + "\n@revoked h " + key_line(5) + "\n");
    CHECK(hosts.check("i", 22, key(1)) == host_status::match);
    CHECK(hosts.remove("h", 2222) == 1);
    CHECK(hosts.remove("h", 2222) == 0);
}

TEST_CASE("names are hashed, one line for each, and match as before")
{
    known_hosts hosts = changed_hosts("# top\nh,[I]:2222 " + key_line(1) + " c\n*.org " + key_line(2) + "\n@revoked j " + key_line(3) + "\n");
    CHECK(hosts.hash_names() == 2);
    CHECK(hosts.hash_names() == 0);
    CHECK(hosts.size() == 4);
    CHECK(hosts.check("h", 22, key(1)) == host_status::match);
    CHECK(hosts.check("i", 2222, key(1)) == host_status::match);
    CHECK(hosts.check("x.org", 22, key(2)) == host_status::match);
    CHECK(hosts.check("j", 22, key(3)) == host_status::revoked);
    const std::string text = saved(hosts);
    CHECK(text.starts_with("# top\n|1|"));
    CHECK(text.find("h,") == std::string::npos);
    CHECK(text.find(" c\n|1|") != std::string::npos);
    known_hosts again = changed_hosts(text);
    CHECK(again.check("h", 22, key(1)) == host_status::match);
    CHECK(again.check("i", 2222, key(1)) == host_status::match);
    CHECK(again.remove("h", 22) == 1);
    CHECK(again.check("h", 22, key(1)) == host_status::unknown);
}

TEST_CASE("a file that is saved has everything that was read")
{
    const std::string text = "# one\n\nh " + key_line(1) + " comment  with blanks\n  # two\nbroken line\nssh-dss AAAA\n@revoked i "
                             + key_line(2) + "\n# end\n";
    known_hosts hosts = changed_hosts(text);
    CHECK(hosts.warnings().size() == 2);
    CHECK(saved(hosts) == text);
    REQUIRE(hosts.add("j", 22, key(3)));
    CHECK(saved(hosts) == text + "j " + key_line(3) + "\n");
    CHECK(hosts.remove("h", 22) == 1);
    const std::string rest = saved(hosts);
    CHECK(rest.starts_with("# one\n\n  # two\nbroken line\n"));
    CHECK(rest.ends_with("# end\nj " + key_line(3) + "\n"));
    CHECK(saved(known_hosts()).empty());
}

TEST_CASE("saving replaces the file in one step, and keeps its mode and a link to it")
{
    const temporary_folder folder;
    const std::string file = folder.write("file", "h " + key_line(1) + "\n");
    REQUIRE(::chmod(file.c_str(), 0644) == 0);
    const std::string link = folder / "link";
    REQUIRE(::symlink("file", link.c_str()) == 0);
    known_hosts hosts;
    REQUIRE(hosts.load(link).value());
    REQUIRE(hosts.add("i", 22, key(2)));
    std::ifstream old(file); // a reader who has the old file open reads the old file to its end
    REQUIRE(hosts.save(link));
    CHECK(S_ISLNK(mode_of(link)));
    CHECK(mode_of(file) == (S_IFREG | 0644));
    CHECK(content_of(file) == "h " + key_line(1) + "\ni " + key_line(2) + "\n");
    std::ostringstream was;
    was << old.rdbuf();
    CHECK(was.str() == "h " + key_line(1) + "\n");

    REQUIRE(hosts.save(folder / "new/known_hosts"));
    CHECK(mode_of(folder / "new/known_hosts") == (S_IFREG | 0600));
    CHECK((mode_of(folder / "new") & 07777) == 0700);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "new"))
        files += entry.path().filename() == "known_hosts" ? 1u : 100u;
    CHECK(files == 1); // nothing is left beside it
    CHECK(hosts.save(folder.path()).error().code() == errc::file_error);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(hosts.save(folder / "fifo").error().code() == errc::file_error);
    CHECK(hosts.save(folder / "none/of/these").error().code() == errc::file_error);
}

TEST_CASE("/dev/null is an empty file that stays empty")
{
    known_hosts hosts;
    CHECK(hosts.load("/dev/null").value() == true);
    CHECK(hosts.size() == 0);
    REQUIRE(hosts.add("h", 22, key(1)));
    CHECK(hosts.save("/dev/null"));
    CHECK(known_hosts::append_to_file("/dev/null", "h " + key_line(1)));
    CHECK(S_ISCHR(mode_of("/dev/null")));
}

TEST_CASE("shared entries may be changed while others look")
{
    shared_known_hosts shared(changed_hosts("h " + key_line(1) + "\n"));
    std::thread other([&] {
        for (int i = 0; i < 200; ++i)
            shared.change([&](known_hosts& all) { (void)all.add("host" + std::to_string(i), 22, key(2)); });
    });
    for (int i = 0; i < 200; ++i)
        CHECK(shared.look([](const known_hosts& all) { return all.check("h", 22, key(1)); }) == host_status::match);
    other.join();
    CHECK(shared.get().size() == 201);
}
