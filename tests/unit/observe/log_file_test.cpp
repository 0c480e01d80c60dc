#include "catch.hpp"
#include "sshoal/error.hpp"
#include "sshoal/log.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

using namespace sshoal;

namespace {

struct folder {
    folder() { std::filesystem::create_directories(path); }
    folder(const folder&) = delete;
    ~folder() { std::filesystem::remove_all(path); }
    std::string file(const char* name) const { return (path / name).string(); }
    const std::filesystem::path path = std::filesystem::temp_directory_path() / ("sshoal-log-" + std::to_string(::getpid()));
};

std::vector<std::string> lines_of(const std::string& path)
{
    std::ifstream in(path);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);)
        all.push_back(line);
    return all;
}

unsigned mode_of(const std::string& path)
{
    struct ::stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

failure why_not(const std::string& path)
{
    try {
        (void)log_to_file(path);
    } catch (const error& e) {
        return e.why();
    }
    return {};
}

} // namespace

TEST_CASE("a log file is made for its owner alone, and each line has time and level")
{
    const folder here;
    const std::string path = here.file("log");
    const ::mode_t usual = ::umask(0);
    {
        const log_function log = log_to_file(path);
        log(log_level::warning, "[alice@192.0.2.1 port 22] look");
        log(log_level::trace, "");
        log(log_level::error, "two\r\nlines");
    }
    ::umask(usual);
    CHECK(mode_of(path) == 0600);
    const std::vector<std::string> lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z )";
    CHECK(std::regex_match(lines[0], std::regex(time + R"(warning \[alice@192\.0\.2\.1 port 22\] look)")));
    CHECK(std::regex_match(lines[1], std::regex(time + "trace ")));
    CHECK(std::regex_match(lines[2], std::regex(time + "error two  lines")));
}

TEST_CASE("a log file that exists is appended to, and keeps its mode")
{
    const folder here;
    const std::string path = here.file("log");
    std::ofstream(path) << "before\n";
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    log_to_file(path)(log_level::info, "one");
    log_to_file(path)(log_level::info, "two");
    CHECK(mode_of(path) == 0640);
    const std::vector<std::string> lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "before");
    CHECK(lines[1].ends_with(" info one"));
    CHECK(lines[2].ends_with(" info two"));
}

TEST_CASE("a log file that cannot be had is an error that names it")
{
    const folder here;
    CHECK(why_not(here.file("no/such/folder")).code() == errc::file_error);
    CHECK(why_not(here.file("no/such/folder")).context() == here.file("no/such/folder") + ": No such file or directory");
    CHECK(why_not(here.path.string()).context() == here.path.string() + ": Is a directory");
    CHECK(why_not("").code() == errc::file_error);
    CHECK(why_not("/dev/null").context() == "/dev/null: not a regular file");
    const std::string fifo = here.file("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(why_not(fifo).code() == errc::file_error); // and nothing waits for a reader
}

TEST_CASE("the sign for home stands for the home directory")
{
    const folder here;
    const char* const was = std::getenv("HOME");
    const std::string before = was ? was : "";
    ::setenv("HOME", here.path.c_str(), 1);
    log_to_file("~/log")(log_level::info, "x");
    if (was)
        ::setenv("HOME", before.c_str(), 1);
    else
        ::unsetenv("HOME");
    CHECK(lines_of(here.file("log")).size() == 1);
}

TEST_CASE("lines of several threads and several log functions of one file stay whole")
{
    const folder here;
    const std::string path = here.file("log");
    const log_function shared = log_to_file(path), another = log_to_file(path);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const log_function& log = t % 2 ? shared : another;
            const std::string text(std::size_t(100 + t * 1000), char('a' + t));
            for (int i = 0; i < 250; ++i)
                log(log_level::debug, text);
        });
    for (std::thread& t : threads)
        t.join();
    std::vector<int> seen(4);
    for (const std::string& line : lines_of(path)) {
        const std::string text = line.substr(line.find("debug ") + 6);
        REQUIRE_FALSE(text.empty());
        const int t = text[0] - 'a';
        REQUIRE((t >= 0 && t < 4));
        REQUIRE(text == std::string(std::size_t(100 + t * 1000), char('a' + t)));
        ++seen[std::size_t(t)];
    }
    CHECK(seen == std::vector<int>(4, 250));
}

TEST_CASE("a line that the file has no room for is cut, and the next one begins anew")
{
    const folder here;
    const std::string path = here.file("log");
    const log_function log = log_to_file(path);
    log(log_level::info, "first");
    ::rlimit usual = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
    const auto old = std::signal(SIGXFSZ, SIG_IGN);
    ::rlimit small = usual;
    small.rlim_cur = std::filesystem::file_size(path) + 40;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    log(log_level::info, std::string(100, 'x'));
    log(log_level::info, "nothing fits");
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
    std::signal(SIGXFSZ, old);
    log(log_level::info, "again");
    const std::vector<std::string> lines = lines_of(path);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].ends_with(" info first"));
    CHECK(lines[1].size() == 40);
    CHECK(lines[2].ends_with(" info again"));
}
