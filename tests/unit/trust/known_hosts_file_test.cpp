// known_hosts_file_test.cpp - known_hosts as files: limits, odd files, and files that are written.
#include "sshoal/known_hosts.hpp"
#include "../keys/key_files.hpp"
#include "../keys/stopwatch.hpp"
#include "catch.hpp"
#include "sample_keys.hpp"

#include <sys/stat.h>

using namespace sshoal;
using namespace sshoal::test;

TEST_CASE("known_hosts files are read one after the other, and a missing one is empty")
{
    const temporary_folder folder;
    known_hosts hosts;
    CHECK(hosts.load(folder.write("one", "h " + key_line(1) + "\n")).value() == true);
    CHECK(hosts.load(folder.write("two", "damaged\ni " + key_line(2))).value() == true);
    CHECK(hosts.load(folder / "missing").value() == false);
    CHECK(hosts.load(folder / "one/below-a-file").value() == false);
    CHECK(hosts.check("h", 22, key(1)) == host_status::match);
    CHECK(hosts.check("i", 22, key(2)) == host_status::match);
    REQUIRE(hosts.warnings().size() == 1);
    CHECK(hosts.warnings()[0].find("two:1: ") != std::string::npos);
}

TEST_CASE("known_hosts must be a regular file within the limit")
{
    const temporary_folder folder;
    known_hosts hosts;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(hosts.load(folder / "fifo").error().code() == errc::file_error);
    CHECK(hosts.load(folder.path()).error().code() == errc::file_error);
    CHECK(hosts.load("/dev/zero").error().code() == errc::file_error);
    const std::string text = "h " + key_line(1) + "\n";
    CHECK(hosts.load(folder.write("file", text), text.size() - 1).error().code() == errc::file_error);
    CHECK(hosts.size() == 0);
    CHECK(hosts.load(folder / "file", text.size()).value() == true);
    std::filesystem::resize_file(folder / "file", std::uintmax_t(1) << 40);
    CHECK(hosts.load(folder / "file").error().code() == errc::file_error);
}

TEST_CASE("lines are appended to a file that is made for its owner only")
{
    const temporary_folder folder;
    const std::string path = folder / ".ssh/known_hosts";
    known_hosts hosts;
    const ::mode_t before = ::umask(0);
    const auto first = known_hosts::append_to_file(path, hosts.add("h", 22, key(1)).value());
    ::umask(before);
    REQUIRE(first.has_value());
    struct ::stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    REQUIRE(::stat((folder / ".ssh").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    REQUIRE(known_hosts::append_to_file(path, hosts.add("i", 2222, key(2), true).value()).has_value());
    known_hosts again;
    CHECK(again.load(path).value() == true);
    CHECK(again.check("h", 22, key(1)) == host_status::match);
    CHECK(again.check("i", 2222, key(2)) == host_status::match);
    CHECK(again.warnings().empty());
}

TEST_CASE("a last line without an end is not glued to the appended one")
{
    const temporary_folder folder;
    const std::string path = folder.write("known_hosts", "h " + key_line(1));
    REQUIRE(known_hosts::append_to_file(path, "i " + key_line(2)).has_value());
    CHECK(file_text(path) == "h " + key_line(1) + "\ni " + key_line(2) + "\n");
}

TEST_CASE("only one line is appended, and only to a regular file")
{
    const temporary_folder folder;
    CHECK(known_hosts::append_to_file(folder / "file", "a\nb").error().code() == errc::invalid_argument);
    CHECK(known_hosts::append_to_file(folder / "file", std::string("a\0b", 3)).error().code() == errc::invalid_argument);
    CHECK(known_hosts::append_to_file(folder.path(), "line").error().code() == errc::file_error);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(known_hosts::append_to_file(folder / "fifo", "line").error().code() == errc::file_error);
    CHECK(known_hosts::append_to_file(folder / "no/such/file", "line").error().code() == errc::file_error);
}

TEST_CASE("files of very many lines are read and searched in bounded time, with bounded complaints")
{
    const stopwatch watch;
    std::string damaged;
    for (int i = 0; i < 1'000'000; ++i)
        damaged += "h x y\n";
    known_hosts hosts;
    hosts.read(damaged, "file");
    CHECK(hosts.size() == 0);
    CHECK(hosts.warnings().size() == 101);
    std::string many;
    for (int i = 0; i < 100'000; ++i)
        many += "host" + std::to_string(i) + ",*.*.*.*.*.*.*.*.*.*x " + key_line(1) + "\n";
    hosts.read(many);
    CHECK(hosts.size() == 100'000);
    CHECK(hosts.check("host99999", 22, key(1)) == host_status::match);
    CHECK(hosts.check(std::string(5000, '.'), 22, key(1)) == host_status::unknown);
    CHECK(watch.seconds() < 20);
}

TEST_CASE("the user's file is below the home directory")
{
    const char* home = std::getenv("HOME");
    const std::string before = home != nullptr ? home : "";
    ::setenv("HOME", "/somewhere", 1);
    CHECK(known_hosts::user_file() == "/somewhere/.ssh/known_hosts");
    for (const char* root : {"/", "//", "/./"}) { // no place for files of a user
        ::setenv("HOME", root, 1);
        const std::string file = known_hosts::user_file();
        CHECK((file.empty() || file.rfind("/.ssh/known_hosts") > 1));
    }
    ::unsetenv("HOME");
    CHECK(known_hosts::user_file() != "/.ssh/known_hosts");
    if (home != nullptr)
        ::setenv("HOME", before.c_str(), 1);
}
