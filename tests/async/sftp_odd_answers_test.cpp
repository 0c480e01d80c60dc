// Answers that other servers give: ends that are said otherwise, bytes behind, attributes of later versions, types that are
// missing, looks that are refused. One request may fail; the session, and what does not hang on it, goes on.
#include "odd_tree.hpp"

#include <unistd.h>

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// A directory with a file and a directory in it, with a file in that.
void plant(odd_tree& t)
{
    t.directories.insert({"/d", "/d/sub"});
    t.files["/d/a"] = "first";
    t.files["/d/sub/b"] = "second";
}

using answer_of = std::function<void(answers&, std::uint32_t id)>;

/// What one request comes to, answered so; the session is good afterwards.
awaitable<failure> fails_alone(type what, answer_of answer, awaitable<failure> (*ask)(client))
{
    odd_tree t;
    plant(t);
    t.instead = [&](const asked& q, answers& a) {
        if (q.what == what)
            answer(a, q.id);
        return q.what == what;
    };
    scripted s = t.server();
    client c = co_await s.open();
    auto asking = ask(c);
    const failure why = co_await std::move(asking);
    t.instead = nullptr;
    const std::string text = co_await c.read_all("/d/a");
    CHECK(text == "first");
    co_return why;
}

awaitable<failure> ask_stat(client c) { return failure_of(c.stat("/d/a")); }
awaitable<failure> ask_open(client c) { return failure_of(c.open("/d/a")); }
awaitable<failure> ask_list(client c) { return failure_of(c.list("/d")); }
awaitable<failure> ask_path(client c) { return failure_of(c.real_path("/d")); }
awaitable<failure> ask_remove(client c) { return failure_of(c.remove("/nothing")); }

struct answered_request {
    type what, reply;
    awaitable<failure> (*ask)(client);
};
constexpr answered_request every_answer[]
    = {{type::stat, type::attrs, &ask_stat},     {type::open, type::handle, &ask_open},
       {type::opendir, type::handle, &ask_list}, {type::readdir, type::name, &ask_list},
       {type::realpath, type::name, &ask_path},  {type::remove, type::status, &ask_remove}};

const std::vector<std::string>& cut_bodies()
{
    static const std::vector<std::string> all{std::string(), std::string(3, '\0'), std::string("\0\0\0\5\0\0\1", 7)};
    return all;
}

answer_of with_body(type t, std::string body)
{
    return [t, body](answers& a, std::uint32_t id) {
        packet p = request(t, id);
        a.add(std::move(p.raw(std::as_bytes(std::span(body)))));
    };
}

/// What the tree is to be like, and what of it came.
awaitable<void> gets_all(client c, const std::filesystem::path& to, transfer_options how = transfer_options())
{
    std::filesystem::remove_all(to);
    const transfer_result r = co_await c.get("/d", to.string(), how.recursive());
    CHECK(r.skipped.empty());
    CHECK(r.files == 2);
    CHECK(on_disk(to / "a") == "first");
    CHECK(on_disk(to / "sub/b") == "second");
}

} // namespace

TEST_CASE("SFTP odd answers: NAME without a name is the end of a directory")
{
    run_test([]() -> awaitable<void> {
        odd_tree t;
        plant(t);
        t.instead = [&](const asked& q, answers& a) {
            if (q.what != type::readdir || t.count(type::readdir) % 2 == 1)
                return false;
            a.names(q.id, {});
            return true;
        };
        scripted s = t.server();
        client c = co_await s.open();
        std::vector<directory_entry> all = co_await c.list("/d");
        CHECK(all.size() == 2);
        t.seen.clear();
        walker w = c.walk("/d/sub");
        std::size_t met = 0;
        while (co_await w.next())
            ++met;
        CHECK(met == 1);
    });
}

TEST_CASE("SFTP odd answers: bytes behind what is needed are passed over")
{
    run_test([]() -> awaitable<void> {
        odd_tree t;
        plant(t);
        const std::string more = "more";
        t.instead = [&](const asked& q, answers& a) {
            answers plain;
            const auto kept = std::exchange(t.instead, nullptr); // what would be said
            const std::size_t seen = t.seen.size();
            t.answer(q, plain);
            t.seen.resize(seen);
            t.instead = kept;
            store_u32(plain.out.data(), load_u32(plain.out.data()) + std::uint32_t(more.size()));
            append(a.out, plain.out);
            append(a.out, std::as_bytes(std::span(more)));
            return true;
        };
        scripted s = t.server();
        client c = co_await s.open();
        const temporary_folder folder;
        co_await gets_all(c, folder.path / "t");
        const std::string text = co_await c.read_all("/d/a");
        CHECK(text == "first");
        co_await c.write_all("/d/new", "third");
        CHECK(t.files["/d/new"] == "third");
        const std::string real = co_await c.real_path("/d/sub/..");
        CHECK(real == "/d");
        const attributes a = co_await c.stat("/d/a");
        CHECK(a.size == 5u);
    });
}

TEST_CASE("SFTP odd answers: one that cannot be read fails its request, and no other")
{
    run_test([]() -> awaitable<void> {
        for (const auto& [what, reply, ask] : every_answer) {
            CAPTURE(int(what), int(reply));
            for (const std::string& body : cut_bodies()) {
                if (reply == type::status && body.size() > 4)
                    continue; // that can be read
                const failure why = co_await fails_alone(what, with_body(reply, body), ask);
                CHECK(why.code() == errc::malformed_message);
            }
        }
        // The words of a STATUS are no condition.
        const answer_of long_words = with_body(type::status, std::string("\0\0\0\3\0\0\1\0x", 9));
        const failure why = co_await fails_alone(type::stat, long_words, ask_stat);
        CHECK(why.code() == status::permission_denied);
    });
}

TEST_CASE("SFTP odd answers: attributes of later versions fail the look, and the file is got all the same")
{
    run_test([]() -> awaitable<void> {
        odd_tree t;
        plant(t);
        t.instead = [&](const asked& q, answers& a) {
            if (q.what != type::stat && q.what != type::fstat)
                return false;
            packet p = request(type::attrs, q.id);
            p.u32(0x3d).u8(1).u64(5).u32(0100644).u64(1000).u64(1000).u64(1000); // as version 4 has them
            a.add(std::move(p));
            return true;
        };
        scripted s = t.server();
        client c = co_await s.open();
        const failure why = co_await failure_of(c.stat("/d/a"));
        CHECK(why.code() == errc::malformed_message);
        const temporary_folder folder;
        (void)co_await c.get("/d/a", (folder.path / "a").string());
        CHECK(on_disk(folder.path / "a") == "first");
        t.instead = [&](const asked& q, answers& a) { // flags of later versions, this one's fields
            if (q.what != type::stat)
                return false;
            packet p = request(type::attrs, q.id);
            p.u32(0x2d).u64(5).u32(0100644).u32(1000).u32(1000);
            a.add(std::move(p));
            return true;
        };
        const attributes a = co_await c.stat("/d/a");
        CHECK(a.size == 5u);
        CHECK(a.is_regular());
    });
}

TEST_CASE("SFTP odd answers: types that modes do not tell are found by the long name, by LSTAT, by OPENDIR")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        put_on_disk(folder.path / "up", "up");
        const auto lines = [](odd_tree& t) {
            t.long_name = [&t](const std::string& path) {
                return std::string(t.is_directory(path) ? "drwxr-xr-x" : "-rw-r--r--") + "   1 u g 5 Jan 1 00:00 name";
            };
        };
        for (unsigned which = 0; which < 8; ++which) {
            const bool permissions = (which & 1) != 0, long_names = (which & 2) != 0, in_lists_only = (which & 4) != 0;
            CAPTURE(permissions, long_names, in_lists_only);
            odd_tree t;
            plant(t);
            if (long_names)
                lines(t);
            t.told = [&](const std::string& path, bool listed) {
                attributes a = t.plain(path);
                if (listed || !in_lists_only)
                    a.permissions = permissions ? std::optional(*a.permissions & 0777) : std::nullopt;
                return a;
            };
            scripted s = t.server();
            client c = co_await s.open();
            co_await gets_all(c, folder.path / "t");
            bool is = co_await c.is_directory("/d/sub");
            CHECK(is);
            is = co_await c.is_directory("/d/a");
            CHECK_FALSE(is);
            co_await c.change_directory("/d");
            std::string text = co_await c.read_all("sub/b");
            CHECK(text == "second");
            const failure why = co_await failure_of(c.change_directory("/d/a"));
            CHECK(why.code() == status::not_a_directory);
            (void)co_await c.put((folder.path / "up").string(), "/d/sub"); // into it
            CHECK(t.files["/d/sub/up"] == "up");
            (void)co_await c.put((folder.path / "t").string(), "/d", transfer_options().recursive());
            (void)co_await c.put((folder.path / "t").string(), "/d", transfer_options().recursive()); // once more
            CHECK(t.files["/d/t/sub/b"] == "second");
            const bool made = co_await c.create_directories("/d/sub/x/y");
            CHECK(made);
            const transfer_result r = co_await c.copy("/d/sub", "/e", transfer_options().recursive());
            CHECK(r.skipped.empty());
            CHECK(t.files["/e/b"] == "second");
            CHECK(t.is_directory("/e/x/y"));
            (void)co_await c.remove_all("/d");
            CHECK(t.files.size() == 2); // of /e
            CHECK_FALSE(t.is_directory("/d"));
            CHECK(t.open_now == 0);
        }
    });
}

TEST_CASE("SFTP odd answers: a link of which only READLINK tells is not followed, and removed as a link")
{
    run_test([]() -> awaitable<void> {
        odd_tree t;
        plant(t);
        t.directories.insert("/keep");
        t.files["/keep/dear"] = "dear";
        t.files["/d/link"] = ""; // leads to /keep
        t.told = [&](const std::string& path, bool) {
            attributes a = t.plain(path);
            a.permissions.reset();
            return a;
        };
        t.instead = [](const asked& q, answers& a) {
            if (q.what == type::readlink && q.path() == "/d/link")
                return a.names(q.id, {directory_entry("/keep", attributes())}), true;
            if (q.what == type::opendir && q.path().starts_with("/d/link"))
                return a.handle(q.id, "another"), true;
            return false;
        };
        scripted s = t.server();
        client c = co_await s.open();
        std::size_t links = 0;
        walker w = c.walk("/d");
        while (const auto e = co_await w.next())
            links += e->entry.attrs.is_symlink() ? 1 : 0;
        CHECK(links == 1);
        (void)co_await c.remove_all("/d");
        CHECK(t.files.size() == 1);
        CHECK(t.files["/keep/dear"] == "dear");
    });
}

TEST_CASE("SFTP odd answers: what looks refuse is got, put and found by OPEN and OPENDIR")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        put_on_disk(folder.path / "up", "up");
        odd_tree t;
        plant(t);
        t.instead = [](const asked& q, answers& a) {
            const bool look = q.what == type::stat || q.what == type::lstat || q.what == type::fstat;
            if (look)
                a.status(q.id, status::permission_denied);
            return look;
        };
        scripted s = t.server();
        client c = co_await s.open();
        (void)co_await c.get("/d/a", (folder.path / "a").string());
        CHECK(on_disk(folder.path / "a") == "first");
        co_await gets_all(c, folder.path / "t");
        (void)co_await c.put((folder.path / "up").string(), "/d");
        CHECK(t.files["/d/up"] == "up");
        (void)co_await c.put((folder.path / "t").string(), "/d/sub", transfer_options().recursive());
        (void)co_await c.put((folder.path / "t").string(), "/d/sub", transfer_options().recursive());
        CHECK(t.files["/d/sub/t/a"] == "first");
        co_await c.change_directory("/d");
        failure why = co_await failure_of(c.get("/d/none", (folder.path / "none").string()));
        CHECK(why.code() == status::no_such_file);
        why = co_await failure_of(c.put((folder.path / "up").string(), "/d/up", transfer_options().if_exists(existing::fail)));
        CHECK(bool(why));
        CHECK(t.files["/d/up"] == "up");
        (void)co_await c.remove_all("/d/sub");
        CHECK_FALSE(t.is_directory("/d/sub"));
    });
}

TEST_CASE("SFTP odd answers: nothing is resumed whose size nobody knows")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        const auto how = transfer_options().resume();
        for (const bool refused : {false, true}) {
            odd_tree t;
            t.files["/a"] = "whole text";
            t.told = [](const std::string&, bool) { return attributes().with_permissions(0100644); };
            t.instead = [refused](const asked& q, answers& a) {
                const bool look = refused && (q.what == type::stat || q.what == type::fstat);
                if (look)
                    a.status(q.id, status::permission_denied);
                return look;
            };
            scripted s = t.server();
            client c = co_await s.open();
            for (const std::string& there : {std::string("who"), std::string("whole text and more")}) {
                put_on_disk(local, there);
                failure why = co_await failure_of(c.get("/a", local, how));
                CHECK(why.code() == errc::invalid_argument);
                CHECK(why.message().find("Unable to resume") != std::string::npos);
                CHECK(on_disk(local) == there);
                why = co_await failure_of(c.put(local, "/a", how));
                CHECK(why.message().find("Unable to resume") != std::string::npos);
                CHECK(t.files["/a"] == "whole text");
            }
            std::filesystem::remove(local);
            (void)co_await c.get("/a", local, how); // there is nothing to go on from
            CHECK(on_disk(local) == "whole text");
        }
    });
}
