// interop-sftp-client PORT USER KEY HOST_KEY FOLDER - asks a server of others for everything that SFTP has, and prints one line
// for each check, "ok ..." or "FAILED ...". FOLDER has what is sent (empty, one, medium, bulk, tree/, many/) and takes what comes
// back.
#include <sshoal/client.hpp>
#include <sshoal/sftp.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;
using sshoal::error_code;

constexpr const char* sizes[] = {"empty", "one", "bulk"};
constexpr const char* trees_here[] = {"tree", "many"};
bool can_check = false; // some servers can, and do not say so
constexpr std::uint64_t entries = 500;

struct scene {
    sftp::client server;
    std::string folder;

    std::string here(const std::string& name) const { return folder + '/' + name; }
    std::string back(const std::string& name) const { return folder + "/back/" + name; }
};

void check(bool good, const std::string& what, const std::string& why = {})
{
    std::cout << (good ? "ok " : "FAILED ") << what << (good || why.empty() ? "" : ": " + why) << std::endl;
}

std::string contents(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Returns: how it ended.
awaitable<error_code> outcome_of(awaitable<void> operation)
{
    error_code how;
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error& e) {
        how = e.code();
    }
    co_return how;
}

template <class T>
awaitable<void> without_result(awaitable<T> operation)
{
    co_await std::move(operation);
}

/// What an extension is for works where it is offered, and is refused without a question where it is not.
awaitable<bool> try_extension(scene& s, std::string_view name, awaitable<void> operation)
{
    const error_code how = co_await outcome_of(std::move(operation));
    const bool offered = s.server.supports(name);
    if (offered)
        check(!how, std::string(name), how.message());
    else
        check(how == sshoal::errc::not_supported, std::string(name) + " is not offered, and not asked for", how.message());
    co_return offered && !how;
}

awaitable<void> sizes_there_and_back(scene& s)
{
    for (const std::string name : sizes) {
        auto putting = s.server.put(s.here(name), name, sftp::transfer_options().preserve());
        co_await std::move(putting);
        const sftp::attributes a = co_await s.server.stat(name);
        check(a.size == std::filesystem::file_size(s.here(name)), name + ": the server has all of it");
        auto getting = s.server.get(name, s.back(name), sftp::transfer_options().preserve());
        co_await std::move(getting);
        check(contents(s.back(name)) == contents(s.here(name)), name + ": put and get are the same");
        const auto there = std::filesystem::last_write_time(s.here(name)), back = std::filesystem::last_write_time(s.back(name));
        check(there - back < std::chrono::seconds(2) && back - there < std::chrono::seconds(2), name + ": times are kept");
    }
}

awaitable<void> trees(scene& s)
{
    for (const std::string tree : trees_here) {
        auto putting = s.server.put(s.here(tree), tree, sftp::transfer_options().recursive());
        const sshoal::transfer_result up = co_await std::move(putting);
        check(up.skipped.empty(), tree + ": put");
        auto getting = s.server.get(tree, s.back(tree), sftp::transfer_options().recursive());
        const sshoal::transfer_result down = co_await std::move(getting);
        check(down.skipped.empty() && down.files == up.files, tree + ": get");
    }
    const auto listed = co_await s.server.list("many");
    check(listed.size() == entries, "a directory of 500 entries", std::to_string(listed.size()));
    const auto matches = co_await s.server.glob("many/entry-1?");
    check(matches.size() == 10, "glob", std::to_string(matches.size()));
    const std::uint64_t gone = co_await s.server.remove_all("many");
    check(gone == entries + 1, "remove_all", std::to_string(gone));
    const bool there = co_await s.server.exists("many");
    check(!there, "what was removed is gone");
}

awaitable<void> names(scene& s)
{
    const bool made = co_await s.server.create_directories("a/b/c");
    const bool again = co_await s.server.create_directories("a/b/c");
    check(made && !again, "create_directories");
    co_await s.server.write_all("a/one", "1");
    co_await s.server.write_all("a/two", "2");
    co_await s.server.rename("a/one", "a/b/moved");
    const error_code over = co_await outcome_of(s.server.rename("a/b/moved", "a/two"));
    check(bool(over), "rename over a file is refused");
    const bool replaced = co_await try_extension(s, sftp::extension::posix_rename, s.server.replace("a/b/moved", "a/two"));
    const std::string text = co_await s.server.read_all("a/two");
    check(text == (replaced ? "1" : "2"), "what is under the name now");
    co_await s.server.make_symlink("two", "a/link");
    const std::string target = co_await s.server.read_link("a/link");
    check(target == "two", "read_link", target);
    const sftp::attributes link = co_await s.server.lstat("a/link");
    const sftp::attributes file = co_await s.server.stat("a/link");
    check(link.is_symlink() && !file.is_symlink() && file.size == 1, "a link and what it names",
          std::to_string(link.permissions.value_or(0)) + ", " + std::to_string(file.permissions.value_or(0)) + ", "
              + std::to_string(file.size.value_or(0)));
    const std::string home = co_await s.server.real_path(".");
    const std::string whole = co_await s.server.real_path("a/../a/b/.");
    check(whole == home + (home.ends_with('/') ? "a/b" : "/a/b"), "real_path", whole);
    const error_code full = co_await outcome_of(s.server.remove_directory("a"));
    check(bool(full), "a directory that is not empty stays");
    const error_code none = co_await outcome_of(without_result(s.server.stat("none")));
    check(none == sftp::status::no_such_file, "a file that is not there", none.message());
    co_await try_extension(s, sftp::extension::hardlink, s.server.make_hard_link("a/two", "a/hard"));
    const std::uint64_t gone = co_await s.server.remove_all("a");
    check(gone >= 5, "all is removed", std::to_string(gone));
}

awaitable<void> attributes(scene& s)
{
    co_await s.server.write_all("attributes", "twelve bytes");
    co_await s.server.truncate("attributes", 5);
    co_await s.server.chmod("attributes", 0640);
    const sftp::file_time access(std::chrono::seconds(1000)), modification(std::chrono::seconds(2000));
    co_await s.server.utime("attributes", access, modification);
    const sftp::attributes a = co_await s.server.stat("attributes");
    check(a.size == 5 && (a.permissions.value_or(0) & 07777) == 0640, "truncate and chmod");
    check(a.mtime && a.mtime->time_since_epoch().count() == 2000, "utime");
    co_await s.server.remove("attributes");
}

awaitable<void> open_files(scene& s)
{
    sftp::file f = co_await s.server.open("open", "w+");
    co_await f.write("one two three");
    const std::string_view text = "TWO";
    co_await f.write_at(4, std::as_bytes(std::span(text)));
    char part[5] = {};
    const std::size_t n = co_await f.read_at(4, std::as_writable_bytes(std::span(part)));
    check(n == 5 && std::string_view(part, 5) == "TWO t", "written and read at offsets");
    const sftp::attributes a = co_await f.stat();
    check(a.size == 13, "fstat");
    co_await try_extension(s, sftp::extension::fsync, f.sync());
    co_await try_extension(s, sftp::extension::fstatvfs, without_result(f.statvfs()));
    co_await f.close();
    sftp::file bulk = co_await s.server.open("bulk");
    auto checking = bulk.check("sha256,sha1,md5", 0, 0, 32768);
    const error_code checked = co_await outcome_of(without_result(std::move(checking)));
    check(!checked || checked == sshoal::errc::not_supported, "check-file", checked.message());
    can_check = !checked;
    co_await bulk.close();
    const error_code taken = co_await outcome_of(without_result(s.server.open("open", "x")));
    check(bool(taken), "an exclusive open of what is there fails");
    co_await s.server.remove("open");
}

awaitable<void> resumed(scene& s)
{
    const std::string bulk = contents(s.here("bulk"));
    co_await s.server.write_all("resumed", std::string_view(bulk).substr(0, bulk.size() / 3));
    auto putting = s.server.put(s.here("bulk"), "resumed", sftp::transfer_options().resume());
    const sshoal::transfer_result up = co_await std::move(putting);
    std::ofstream(s.back("resumed"), std::ios::binary) << bulk.substr(0, bulk.size() / 2);
    auto getting = s.server.get("resumed", s.back("resumed"), sftp::transfer_options().resume());
    const sshoal::transfer_result down = co_await std::move(getting);
    check(contents(s.back("resumed")) == bulk && up.bytes < bulk.size() && down.bytes < bulk.size(), "resumed both ways");
    auto safely = s.server.put(s.here("bulk"), "resumed", sftp::transfer_options().by_rename());
    co_await std::move(safely);
    auto copying = s.server.copy("resumed", "copied");
    co_await std::move(copying);
    const std::string copy = co_await s.server.read_all("copied");
    check(copy == bulk, "put under another name and renamed, then copied at the server");
    auto verified = s.server.put(s.here("medium"), "copied", sftp::transfer_options().verify());
    const error_code how = co_await outcome_of(without_result(std::move(verified)));
    check(can_check ? !how : how == sshoal::errc::not_supported, "verify", how.message());
    co_await s.server.remove("resumed");
    co_await s.server.remove("copied");
}

awaitable<void> other_extensions(scene& s)
{
    co_await try_extension(s, sftp::extension::statvfs, without_result(s.server.statvfs(".")));
    co_await try_extension(s, sftp::extension::expand_path, without_result(s.server.expand_path("~")));
    sftp::attributes change;
    change.with_times(sftp::file_time(std::chrono::seconds(1)), sftp::file_time(std::chrono::seconds(2)));
    co_await try_extension(s, sftp::extension::lsetstat, s.server.set_link_attributes("one", change));
    const error_code unknown = co_await outcome_of(without_result(s.server.extended("nothing@example.org", {})));
    check(unknown == sftp::status::op_unsupported, "an extension that nobody has", unknown.message());
    const std::string still = co_await s.server.read_all("one");
    check(still.size() == 1, "the session goes on");
}

constexpr awaitable<void> (*steps[])(scene&)
    = {sizes_there_and_back, trees, names, attributes, open_files, resumed, other_extensions};

struct arguments {
    std::uint16_t port;
    std::string user, key, host_key, folder;
};

awaitable<void> ask_for_everything(arguments a)
{
    auto options = sshoal::client_options().user(a.user).port(a.port).identity_file(a.key);
    options.host_key(sshoal::public_key::load(a.host_key).value());
    const sshoal::connection connection = co_await sshoal::connect("127.0.0.1", options);
    scene s;
    s.folder = a.folder;
    s.server = co_await sshoal::sftp::open(connection);
    std::filesystem::create_directories(s.back(""));
    for (const auto step : steps)
        co_await step(s);
    check(true, "to the end");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 6)
        return 2;
    try {
        const arguments a{std::uint16_t(std::stoul(argv[1])), argv[2], argv[3], argv[4], argv[5]};
        sshoal::run([&] { return ask_for_everything(a); });
    } catch (const std::exception& e) {
        check(false, "no exception", e.what());
        return 1;
    }
}
