// What a server refuses after the data: a note where the file is complete all the same, an error where it is not.
#include "odd_tree.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// Refuses attributes and fsync with this.
void refuse_attributes(odd_tree& t, status with)
{
    t.instead = [with](const asked& q, answers& a) {
        const bool refused = q.what == type::setstat || q.what == type::fsetstat
                             || (q.what == type::extended && q.path() == extension::fsync);
        if (refused)
            a.status(q.id, with);
        return refused;
    };
}

} // namespace

TEST_CASE("SFTP notes: attributes and fsync that are refused are told, and what has arrived stays, by_rename() too")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        for (const status with : {status::permission_denied, status::failure, status::op_unsupported})
            for (const std::size_t size : {0u, 5u, 100'000u}) {
                CAPTURE(with, size);
                put_on_disk(local, pattern(size));
                odd_tree t;
                refuse_attributes(t, with);
                scripted s = t.server();
                s.extensions({std::string(extension::fsync)});
                client c = co_await s.open();
                for (const bool by_rename : {false, true}) {
                    auto how = transfer_options().preserve().sync().in_place().by_rename(by_rename);
                    const std::string name = by_rename ? "renamed" : "plain";
                    const transfer_result r = co_await c.put(local, name, how);
                    CHECK(r.files == 1);
                    CHECK(r.skipped.empty());
                    CHECK(t.files["/" + name] == pattern(size));
                    REQUIRE(r.notes.size() == 2);
                    CHECK(r.notes[0].what == "fsetstat");
                    CHECK(r.notes[0].why.code() == with);
                    CHECK(r.notes[0].path == name);
                    CHECK(r.notes[1].what == "fsync");
                }
                CHECK(t.files.size() == 2); // nothing lies beside them
            }
    });
}

TEST_CASE("SFTP notes: the same for the files and directories of a tree, and for copies to another server")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        std::filesystem::create_directories(folder.path / "t/d");
        put_on_disk(folder.path / "t/d/f", "text");
        odd_tree t;
        refuse_attributes(t, status::op_unsupported);
        scripted s = t.server();
        client c = co_await s.open();
        transfer_result r = co_await c.put((folder.path / "t").string(), "/t", transfer_options().recursive().preserve());
        CHECK(r.files == 1);
        CHECK(r.skipped.empty());
        CHECK(r.notes.size() == 3);
        CHECK(std::count_if(r.notes.begin(), r.notes.end(), [](auto& n) { return n.what == "setstat"; }) == 2);
        client source = co_await client_of(make_memory_file_system());
        co_await source.write_all("f", "words");
        r = co_await source.copy_to(c, "f", "/copied", transfer_options().preserve());
        CHECK(r.files == 1);
        CHECK(r.notes.size() == 1);
        CHECK(t.files["/copied"] == "words");
    });
}

TEST_CASE("SFTP notes: older contents behind the end are cut off or it is an error; for new files nobody is asked")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        put_on_disk(local, "new");
        const auto how = transfer_options().in_place();
        const auto ways = {std::string(), std::string("ne"), std::string("old"), std::string("older")};
        for (const std::string& before : ways)
            for (const bool refused : {false, true}) {
                CAPTURE(before, refused);
                odd_tree t;
                if (!before.empty())
                    t.files["/f"] = before;
                if (refused)
                    refuse_attributes(t, status::permission_denied);
                scripted s = t.server();
                client c = co_await s.open();
                const failure why = co_await failure_of(c.put(local, "/f", how));
                const bool longer = before.size() > 3;
                CHECK(bool(why) == (longer && refused));
                CHECK(t.files["/f"] == (longer && refused ? "newer" : "new"));
                CHECK(t.count(type::fsetstat) == (longer ? 1u : 0u));
            }
        odd_tree blind; // where STAT is refused nobody knows
        blind.files["/f"] = "older";
        blind.instead = [](const asked& q, answers& a) {
            if (q.what == type::stat)
                a.status(q.id, status::permission_denied);
            return q.what == type::stat;
        };
        scripted s = blind.server();
        client c = co_await s.open();
        (void)co_await c.put(local, "/f", how);
        CHECK(blind.files["/f"] == "new");
    });
}

TEST_CASE("SFTP notes: a hole at the end is there though the server sets no sizes")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        const std::string text = pattern(40'000) + std::string(100'000, '\0');
        put_on_disk(local, text);
        odd_tree t;
        refuse_attributes(t, status::op_unsupported);
        scripted s = t.server();
        client c = co_await s.open();
        (void)co_await c.put(local, "/f", transfer_options().sparse());
        CHECK(t.files["/f"] == text);
    });
}
