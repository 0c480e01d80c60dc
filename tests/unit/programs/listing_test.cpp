// Lists of files, and the line of a transfer.
#include "progress_meter.hpp"
#include "remote_glob.hpp"
#include "remote_listing.hpp"
#include "transfer_target.hpp"

#include "catch.hpp"

using namespace programs;

namespace {

list_item item(std::string name, std::uint64_t size = 0, std::int64_t time = 0)
{
    list_item i;
    i.name = std::move(name);
    i.attrs.with_size(size).with_owner(1, 2).with_permissions(0104755);
    i.attrs.mtime = sshoal::sftp::file_time(std::chrono::seconds(time));
    return i;
}

} // namespace

TEST_CASE("names stand in columns as wide as the longest")
{
    std::vector<list_item> items;
    for (const char* name : {"a", "bb", "ccc"})
        items.push_back(item(name));
    CHECK(in_columns(items, true, 80) == "a\nbb\nccc\n");
    CHECK(in_columns(items, false, 10) == "a    bb   \nccc  \n");
    CHECK(in_columns(items, false, 3) == "a  \nbb \nccc\n");
    CHECK(in_columns({}, false, 80).empty());
}

TEST_CASE("lists are sorted as asked")
{
    std::vector<list_item> items{item("b", 1, 30), item("a", 3, 10), item("c", 2, 20)};
    const auto order = [&](const char* line) {
        sort_items(items, parse_sftp_command(line));
        return items[0].name + items[1].name + items[2].name;
    };
    CHECK(order("ls") == "abc");
    CHECK(order("ls -r") == "cba");
    CHECK(order("ls -S") == "acb");
    CHECK(order("ls -t") == "bca");
    CHECK(order("ls -tr") == "acb");
}

TEST_CASE("a long line, with names that a terminal may see")
{
    owner_names owners;
    owners.users[1] = "daemon";
    const std::string line = long_line(item("evil\x1b[2J\nname", 1234), false, owners);
    CHECK(line.starts_with("-rwsr-xr-x    ? daemon   2            1234 "));
    CHECK(line.ends_with(" evil\\x1b[2J\\x0aname\n"));
    CHECK(shown("a\\b\x9b") == "a\\b\\x9b");
    CHECK(long_line(item("x", 2048), true, owners).find("    2.0KB ") != std::string::npos);
}

TEST_CASE("space is shown as df shows it")
{
    sshoal::sftp::file_system_info s;
    s.fragment_size = 1024;
    s.blocks = 1000;
    s.blocks_free = 500;
    s.blocks_available = 400;
    CHECK(df_lines(s, false, false)
          == "        Size         Used        Avail       (root)    %Capacity\n"
             "        1000          500          400          500          50%\n");
    CHECK(df_lines(s, false, true).find("ERR") != std::string::npos);
    CHECK(in_units(0) == "0");
    CHECK(in_units(1536) == "1.5K");
    CHECK(in_units(252ull << 30) == "252G");
}

TEST_CASE("the line of a transfer is as wide as the terminal, less one")
{
    for (const unsigned width : {40u, 80u, 132u}) {
        const std::string line = progress_meter::line("some-name", 50, 200, 1e6, 83, false, width);
        CHECK(line.size() == width - 1);
        CHECK(line.find(" 25%") != std::string::npos);
        CHECK(line.ends_with("01:23 ETA"));
    }
    CHECK(progress_meter::line("x", 0, 0, 0, 0, true, 80).find("100%") != std::string::npos);
    CHECK(progress_meter::line("x", 1, 9, 0, -1, false, 80).ends_with("--:-- ETA"));
    CHECK(progress_meter::line("x", 1ull << 50, ~0ull, 1e15, 7200, false, 80).size() == 79);
}

TEST_CASE("paths")
{
    CHECK(base_of("/a/b/") == "b");
    CHECK(base_of("/") == ".");
    CHECK(base_of("a/..") == ".");
    CHECK(base_of("") == ".");
    CHECK(exactly("/a/b", "x/b").to == "x/");
    CHECK(exactly("/a/b", "b/").to == "./");
    CHECK(exactly("/a/b", "c").to == "c");
    CHECK(exactly("/a/.", "c/.").to == "c/.");
    CHECK(absolute_path("x", "/a") == "/a/x");
    CHECK(absolute_path("/x", "/a") == "/x");
    CHECK(joined_path("/", "x") == "/x");
}
