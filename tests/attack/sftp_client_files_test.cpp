// T92, T94: what our SFTP client makes of hostile names in directories, and of data that comes otherwise than it was asked for.
#include "../async/sftp_peers.hpp"
#include "memory_use.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace rig;
using namespace sshoal::sftp;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t a_file = 0100644, a_directory = 040755, a_link = 0120777;

using listing = std::vector<std::pair<std::string, std::uint32_t>>; ///< names and modes

/// A server whose directories have what `contents` says; every file has the content "hostile", every link leads to "/outside".
script tree_of(std::map<std::string, listing> contents)
{
    auto told = std::make_shared<std::map<std::string, bool>>();
    return [contents, told](const asked& q, answers& a) {
        const std::string path = q.path();
        switch (q.what) {
        case type::stat:
        case type::lstat:
            return a.attrs(q.id, attributes().with_permissions(contents.contains(path) ? a_directory : a_file).with_size(7));
        case type::opendir: (*told)[path] = false; return a.handle(q.id, path);
        case type::open: return a.handle(q.id, "f");
        case type::read:
            if (q.offset() == 0)
                return a.data(q.id, std::string_view("hostile").substr(0, q.length()));
            return a.status(q.id, status::eof);
        case type::readlink: return a.names(q.id, {directory_entry("/outside", attributes())});
        case type::readdir: {
            const auto here = contents.find(path);
            if (here == contents.end() || std::exchange((*told)[path], true))
                return a.status(q.id, status::eof);
            std::vector<directory_entry> entries;
            for (const auto& [name, mode] : here->second)
                entries.emplace_back(name, attributes().with_permissions(mode).with_size(7));
            return a.names(q.id, entries);
        }
        default: return a.status(q.id, status::ok);
        }
    };
}

std::set<std::string> everything_below(const fs::path& top)
{
    std::set<std::string> all;
    for (const auto& e : fs::recursive_directory_iterator(top))
        all.insert(e.path().lexically_relative(top).string());
    return all;
}

const listing bad_names{{"../x", a_file},
                        {"/abs", a_file},
                        {"a/b", a_file},
                        {"", a_file},
                        {".", a_directory},
                        {"..", a_directory},
                        {"../d", a_directory},
                        {"/", a_directory},
                        {std::string("n\0l", 3), a_file},
                        {"../../l", a_link},
                        {"good/../../y", a_file},
                        {"good", a_file}};

/// A server with one file, that says it has `said` bytes and answers READ as told.
script one_file(std::uint64_t said, std::function<void(const asked&, answers&)> read)
{
    return [said, read](const asked& q, answers& a) {
        switch (q.what) {
        case type::stat:
        case type::fstat: return a.attrs(q.id, attributes().with_permissions(a_file).with_size(said));
        case type::open: return a.handle(q.id);
        case type::read: return read(q, a);
        default: return a.status(q.id, status::ok);
        }
    };
}

struct fetched {
    failure why;
    std::string text;
};

/// By get(), and again by read_at(), which must agree with it where both succeed.
awaitable<fetched> fetch(script s)
{
    const temporary_folder folder;
    const std::string local = (folder.path / "got").string();
    fetched r;
    client c = co_await scripted(s).open();
    r.why = co_await failure_of(c.get("file", local));
    r.text = on_disk(local);
    client again = co_await scripted(s).open();
    file f = co_await again.open("file");
    std::string whole(r.text.size(), '?');
    const failure unread = co_await failure_of(f.read_at(0, room(whole)));
    if (!r.why && !unread)
        CHECK(whole == r.text);
    co_return r;
}

} // namespace

TEST_CASE("T92 names in directories that lead elsewhere are left out, and told; nothing is written outside of the target")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        fs::create_directory(folder.path / "in");
        for (const bool follow : {true, false})
            for (const bool preserve : {true, false}) {
                std::map<std::string, listing> contents;
                contents["top"] = bad_names;
                contents["top"].emplace_back("below", a_directory);
                contents["top/below"] = bad_names;
                client c = co_await scripted(tree_of(contents)).open();
                const fs::path target = folder.path / "in/target";
                const transfer_result r = co_await c.get("top", target.string(),
                                                         transfer_options().recursive().follow_links(follow).preserve(preserve));
                CHECK(r.files == 2);
                std::set<std::string> expected;
                for (const char* n : {"in", "in/target", "in/target/good", "in/target/below", "in/target/below/good"})
                    expected.insert(n);
                CHECK(everything_below(folder.path) == expected);
                CHECK(r.skipped.size() >= 2 * (bad_names.size() - 1 - 2)); // "." and ".." are in every directory
                for (const auto& [path, why] : r.skipped)
                    CHECK(bool(why));
                fs::remove_all(target);
            }
    });
}

TEST_CASE("T92 names with newlines and escapes are names: byte for byte on the disk, harmless in what is told")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        std::map<std::string, listing> contents;
        for (const char* n : {"a\nb", "\x1b[2J", "-rf", "~", "$(reboot)", "a\\b", "\xff\xfe", "con "})
            contents["top"].emplace_back(n, a_file);
        contents["top"].emplace_back("\x1b]0;x\x07", 0060644); // a device
        client c = co_await scripted(tree_of(contents)).open();
        const transfer_result r = co_await c.get("top", (folder.path / "t").string(), transfer_options().recursive());
        CHECK(r.files == 8);
        CHECK(everything_below(folder.path / "t").size() == 8);
        CHECK(on_disk(folder.path / "t/\x1b[2J") == "hostile");
        CHECK(on_disk(folder.path / "t/a\nb") == "hostile");
        REQUIRE(r.skipped.size() == 1);
        CHECK(r.skipped[0].second.message().find('\x1b') == std::string::npos);
    });
}

TEST_CASE("T92 a name that is a link and then a directory or a file is not written through, in one transfer or in the next")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        fs::create_directory(folder.path / "outside");
        const fs::path target = folder.path / "t";
        const auto how = transfer_options().recursive().follow_links(false);
        const std::string outside = (folder.path / "outside").string();
        for (const std::uint32_t second : {a_directory, a_file}) {
            std::map<std::string, listing> contents;
            contents["top"].emplace_back("x", a_link);
            contents["top"].emplace_back("x", second);
            contents["top"].emplace_back("y", a_link);
            contents["top/x"].emplace_back("inner", a_file);
            contents["top/y"].emplace_back("inner", a_file);
            const auto links = [outside](const script& s) -> script {
                return [s, outside](const asked& q, answers& a) {
                    if (q.what == type::readlink)
                        a.names(q.id, {directory_entry(outside + (q.path().ends_with("y") ? "" : "/new"), attributes())});
                    else
                        s(q, a);
                };
            };
            const script first = links(tree_of(contents));
            client c = co_await scripted(first).open();
            (void)co_await c.get("top", target.string(), how);
            CHECK(everything_below(outside).empty());
            // Now there are links; what was a link is something else today.
            contents["top"].clear();
            for (const char* n : {"x", "y"})
                for (const std::uint32_t mode : {second, a_directory, a_file})
                    contents["top"].emplace_back(n, mode);
            const script next = links(tree_of(contents));
            client d = co_await scripted(next).open();
            (void)co_await failure_of(d.get("top", target.string(), how));
            CHECK(everything_below(outside).empty());
            fs::remove_all(target);
        }
    });
}

TEST_CASE("T92 patterns, walks and removals meet hostile names, and go nowhere else")
{
    run_test([]() -> awaitable<void> {
        std::map<std::string, listing> contents;
        contents["top"] = bad_names;
        contents["."] = bad_names;
        std::vector<std::string> removed;
        const script inner = tree_of(contents);
        scripted s([&](const asked& q, answers& a) {
            if (q.what == type::remove || q.what == type::rmdir)
                removed.push_back(q.path());
            inner(q, a);
        });
        client c = co_await s.open();
        std::vector<std::string> found = co_await c.glob("*");
        CHECK(found == names("good"));
        const temporary_folder folder;
        const transfer_result r = co_await c.get("top/*", folder.path.string(), transfer_options().glob());
        CHECK(r.files == 1);
        CHECK(everything_below(folder.path).size() == 1);
        (void)co_await c.remove_all("top");
        CHECK(removed == names("top/good", "top"));
    });
}

TEST_CASE("T92 directories in one another without an end: a walk, a get and a removal come to theirs")
{
    run_test([]() -> awaitable<void> {
        std::set<std::string> told;
        std::size_t opened = 0, removed = 0;
        const auto endless = [&](const asked& q, answers& a) {
            switch (q.what) {
            case type::opendir: return a.handle(q.id, std::to_string(++opened));
            case type::readdir:
                if (!told.insert(q.path()).second)
                    return a.status(q.id, status::eof);
                return a.names(q.id, {directory_entry("d", attributes().with_permissions(a_directory))});
            case type::stat:
            case type::lstat: return a.attrs(q.id, attributes().with_permissions(a_directory));
            case type::rmdir: ++removed; [[fallthrough]];
            default: return a.status(q.id, status::ok);
            }
        };
        client c = co_await scripted(endless).open();
        walker w = c.walk("top");
        std::size_t seen = 0, troubles = 0;
        for (;;) {
            const std::optional<walk_entry> e = co_await w.next();
            if (!e)
                break;
            ++seen;
            troubles += e->trouble ? 1 : 0;
        }
        CHECK(seen == 1024);
        CHECK(troubles == 1);
        const failure why = co_await failure_of(c.remove_all("top"));
        CHECK(why.code() == errc::invalid_argument);
        CHECK(removed == 0);
        const temporary_folder folder;
        const transfer_result r = co_await c.get("top", (folder.path / "t").string(), transfer_options().recursive());
        CHECK(r.directories == 1024);
        CHECK(r.skipped.size() == 1);
    });
}

TEST_CASE("T94 more data than was asked for is an error, and never written past the reader's memory")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t more : {1u, 10u, 32768u, 200'000u}) {
            scripted s(one_file(1'000'000, [more](const asked& q, answers& a) {
                const bool small = q.length() == 10;
                a.data(q.id, std::string(q.length() + (small ? more : 0), 'x'));
            }));
            client c = co_await s.open();
            file f = co_await c.open("file");
            std::string big(100'000, ' ');
            (void)co_await f.read_at(0, room(big)); // leaves blocks that have more room than the next read asks for
            std::string little(10, ' ');
            const failure why = co_await failure_of(f.read_at(0, room(little)));
            CHECK(why.code() == errc::protocol_error);
            const bool gone = co_await s.left();
            CHECK(gone);
        }
    });
}

TEST_CASE("T94 answers out of order and short ones in the middle: the file is exact")
{
    run_test([]() -> awaitable<void> {
        constexpr std::size_t piece = 32768, pieces = 16;
        const std::string all = pattern(piece * pieces);
        std::vector<asked> held;
        fetched r = co_await fetch(one_file(all.size(), [&](const asked& q, answers& a) {
            held.push_back(q);
            const bool last = q.offset() + q.length() >= all.size() || q.length() != piece;
            if (held.size() < 4 && !last)
                return;
            std::reverse(held.begin(), held.end());
            for (const asked& h : held)
                if (h.offset() >= all.size())
                    a.status(h.id, status::eof);
                else
                    a.data(h.id, std::string_view(all).substr(h.offset(), h.length()));
            held.clear();
        }));
        CHECK_FALSE(r.why);
        CHECK(r.text == all);
        std::uint32_t seed = 1;
        r = co_await fetch(one_file(all.size(), [&](const asked& q, answers& a) {
            seed = seed * 1664525 + 1013904223;
            const std::size_t n = 1 + (seed >> 8) % q.length();
            if (q.offset() >= all.size())
                a.status(q.id, status::eof);
            else
                a.data(q.id, std::string_view(all).substr(q.offset(), std::min<std::size_t>(n, q.length())));
        }));
        CHECK_FALSE(r.why);
        CHECK(r.text == all);
    });
}

TEST_CASE("T94 an end, or nothing, in the middle of a file whose rest follows is an error, not a file with a hole")
{
    run_test([]() -> awaitable<void> {
        const std::string all = pattern(600'000);
        for (const bool says_end : {true, false})
            for (const std::size_t at : {std::size_t(0), std::size_t(32768), std::size_t(5 * 32768)}) {
                const fetched r = co_await fetch(one_file(all.size(), [&](const asked& q, answers& a) {
                    if (q.offset() == at && says_end)
                        a.status(q.id, status::eof);
                    else if (q.offset() == at)
                        a.data(q.id, "");
                    else
                        a.data(q.id, std::string_view(all).substr(q.offset(), q.length()));
                }));
                CHECK((r.why || r.text == all));
            }
    });
}

TEST_CASE("T94 a file that never ends gives as much behind its size as beyond_size() says, and can be given up")
{
    run_test([]() -> awaitable<void> {
        const auto endless = [](const asked& q, answers& a) { a.data(q.id, std::string(q.length(), 'e')); };
        const executor here = co_await asio::this_coro::executor;
        const temporary_folder folder;
        client c = co_await scripted(one_file(1000, endless)).open();
        const transfer_result r = co_await c.get("file", (folder.path / "got").string(), transfer_options().beyond_size(50'000));
        CHECK(r.bytes == 51'000);
        CHECK(fs::file_size(folder.path / "got") == 51'000);
        CHECK(r.skipped.size() == 1);
        const std::size_t before = resident_bytes();
        const failure why = co_await failure_of(c.read_all("file", 1'000'000));
        CHECK(why.code() == errc::capture_limit);
        client unsized = co_await scripted(one_file(0, endless)).open();
        beside getting = beside::start(here, unsized.get("file", (folder.path / "more").string()));
        co_await pause_for(std::chrono::milliseconds(50));
        getting.cancel(stop_terminal);
        for (int i = 0; i < 2000 && !getting.done(); ++i)
            co_await pause_for(std::chrono::milliseconds(5));
        CHECK(getting.aborted());
        check_growth(before, 80 << 20);
    });
}
