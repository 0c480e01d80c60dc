// get() and put() with local files that the caller gives: files in memory, and file systems that can do very little.
#include "sftp_peers.hpp"

#include "sshoal/local_file_system.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

using files_at_hand = std::shared_ptr<file_system>;

awaitable<void> write_file(files_at_hand files, std::string path, std::string text)
{
    auto opening = files->open(path, open_mode::overwrite, attributes());
    const outcome<std::shared_ptr<open_file>> f = co_await std::move(opening);
    REQUIRE(bool(f));
    auto writing = (*f)->write(0, std::as_bytes(std::span(text)));
    const outcome<void> written = co_await std::move(writing);
    REQUIRE(bool(written));
}

awaitable<std::string> read_file(files_at_hand files, std::string path)
{
    auto opening = files->open(path, open_mode::read, attributes());
    const outcome<std::shared_ptr<open_file>> f = co_await std::move(opening);
    if (!f)
        co_return std::string("(none)");
    std::string text(4'000'000, '\0');
    auto reading = (*f)->read(0, room(text));
    const outcome<std::size_t> n = co_await std::move(reading);
    REQUIRE(bool(n));
    text.resize(*n);
    co_return text;
}

awaitable<std::vector<std::string>> names_in(files_at_hand files, std::string folder)
{
    std::vector<std::string> names;
    auto opening = files->open_directory(folder);
    const outcome<std::shared_ptr<directory_reader>> d = co_await std::move(opening);
    REQUIRE(bool(d));
    for (;;) {
        auto reading = (*d)->read(100);
        const outcome<std::vector<directory_entry>> some = co_await std::move(reading);
        REQUIRE(bool(some));
        if (some->empty())
            break;
        for (const directory_entry& e : *some)
            if (is_plain_name(e.name))
                names.push_back(e.name);
    }
    co_return names;
}

awaitable<attributes> attributes_in(files_at_hand files, std::string path)
{
    auto looking = files->lstat(path);
    const outcome<attributes> a = co_await std::move(looking);
    REQUIRE(bool(a));
    co_return *a;
}

awaitable<void> make_folder(files_at_hand files, std::string path)
{
    auto making = files->make_directory(path, attributes());
    const outcome<void> made = co_await std::move(making);
    REQUIRE(bool(made));
}

/// One file that is only read, or only written: no other member is there.
class one_file final : public file_system {
public:
    std::string content;
    std::size_t closes = 0;
    bool throws = false;

    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes) override
    {
        if (throws)
            throw std::runtime_error("the shelf is empty");
        if (path != "it")
            co_return fail(status::no_such_file);
        if (has(mode, open_mode::truncate))
            content.clear();
        co_return std::shared_ptr<open_file>(std::make_shared<opened>(*this));
    }

private:
    class opened final : public open_file {
    public:
        explicit opened(one_file& f) : file_(f) {}
        awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
        {
            const std::size_t from = std::min<std::size_t>(offset, file_.content.size());
            const std::size_t n = std::min({into.size(), file_.content.size() - from, std::size_t(1000)}); // never all at once
            std::copy_n(std::as_bytes(std::span(file_.content)).data() + from, n, into.data());
            co_return n;
        }
        awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
        {
            if (file_.content.size() < offset + from.size())
                file_.content.resize(offset + from.size());
            std::copy(from.begin(), from.end(), room(file_.content).data() + offset);
            co_return outcome<void>();
        }
        awaitable<outcome<void>> close() override
        {
            ++file_.closes;
            co_return outcome<void>();
        }

    private:
        one_file& file_;
    };
};

} // namespace

TEST_CASE("SFTP transfers: one file between a server and files in memory, with attributes, resumed, by rename and verified")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        const files_at_hand here = make_memory_file_system();
        transfer_options how;
        how.files(here).preserve().verify();
        for (const std::size_t size : {0u, 10u, 3'000'000u}) {
            CAPTURE(size);
            const std::string all = pattern(size);
            co_await write_file(here, "/from", all);
            const attributes set = attributes().with_permissions(0640).with_times(file_time(std::chrono::seconds(1000)),
                                                                                  file_time(std::chrono::seconds(2000)));
            const outcome<void> marked = co_await here->set_attributes("/from", set);
            REQUIRE(bool(marked));
            transfer_result r = co_await c.put("/from", "there", how);
            CHECK(r.files == 1);
            CHECK(r.bytes == size);
            CHECK(r.notes.empty());
            std::string text = co_await c.read_all("there");
            CHECK(text == all);
            r = co_await c.get("there", "/to", how);
            CHECK(r.files == 1);
            CHECK(r.notes.empty());
            text = co_await read_file(here, "/to");
            CHECK(text == all);
            const attributes back = co_await attributes_in(here, "/to");
            CHECK((back.permissions.value_or(0) & 07777) == 0640);
            CHECK(back.mtime == set.mtime);
        }
        // What is there already is continued, kept, or an error.
        const std::string all = pattern(3'000'000);
        co_await write_file(here, "/to", all.substr(0, 1'234'567));
        transfer_options again;
        again.files(here).resume();
        const transfer_result r = co_await c.get("there", "/to", again);
        CHECK(r.bytes == 3'000'000 - 1'234'567);
        std::string text = co_await read_file(here, "/to");
        CHECK(text == all);
        const failure why = co_await failure_of(c.get("there", "/to", again.if_exists(existing::fail)));
        CHECK(why.code() == status::file_already_exists);

        co_await write_file(here, "/to", "older");
        transfer_options beside_it;
        beside_it.files(here).by_rename();
        (void)co_await c.get("there", "/to", beside_it);
        text = co_await read_file(here, "/to");
        CHECK(text == all);
        const std::vector<std::string> left = co_await names_in(here, "/");
        CHECK(left == names("from", "to"));
    });
}

TEST_CASE("SFTP transfers: trees and patterns between a server and files in memory")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        const files_at_hand here = make_memory_file_system();
        for (const char* folder : {"/tree", "/tree/a", "/tree/a/deep", "/tree/empty"})
            co_await make_folder(here, folder);
        for (int i = 0; i < 30; ++i)
            co_await write_file(here, "/tree/a/" + std::to_string(i), pattern(std::size_t(i) * 10'000));
        co_await write_file(here, "/tree/a/deep/x.txt", "x");
        const outcome<void> linked = co_await here->make_symlink("a/deep", "/tree/link");
        REQUIRE(bool(linked));
        const outcome<void> marked = co_await here->set_attributes("/tree/a", attributes().with_permissions(0710));
        REQUIRE(bool(marked));
        transfer_options how;
        how.files(here).recursive().preserve().follow_links(false);
        transfer_result r = co_await c.put("/tree", "/", how);
        CHECK(r.files == 31);
        CHECK(r.directories == 4);
        CHECK(r.skipped.empty());
        CHECK(r.notes.empty());
        const std::string target = co_await c.read_link("/tree/link");
        CHECK(target == "a/deep");
        co_await make_folder(here, "/back");
        r = co_await c.get("/tree", "/back", how);
        CHECK(r.files == 31);
        CHECK(r.directories == 4);
        CHECK(r.skipped.empty());
        const std::string text = co_await read_file(here, "/back/tree/a/29");
        CHECK(text == pattern(290'000));
        const outcome<std::string> link = co_await here->read_link("/back/tree/link");
        REQUIRE(bool(link));
        CHECK(*link == "a/deep");
        const attributes folder = co_await attributes_in(here, "/back/tree/a");
        CHECK((folder.permissions.value_or(0) & 07777) == 0710);

        transfer_options matching;
        matching.files(here).glob();
        r = co_await c.put("/tree/*/1?", "/", matching);
        CHECK(r.files == 10);
        r = co_await c.get("/tree/a/[2]*", "/back", matching);
        CHECK(r.files == 11);
        failure why = co_await failure_of(c.put("/tree/none*", "/", matching));
        CHECK(why.code() == errc::file_error);
        why = co_await failure_of(c.put("/none", "/", transfer_options().files(here)));
        CHECK(why.code() == errc::file_error);
        CHECK(why.message().find("/none") != std::string::npos);
        why = co_await failure_of(c.get("/tree/a/1", "/no/where", transfer_options().files(here)));
        CHECK(why.code() == errc::file_error);
    });
}

TEST_CASE("SFTP transfers: a link that lies in a target in memory is not written through, unless links are followed")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        (void)co_await c.create_directories("tree");
        co_await c.write_all("tree/f", "new");
        for (const bool followed : {false, true}) {
            CAPTURE(followed);
            const files_at_hand here = make_memory_file_system();
            co_await make_folder(here, "/tree");
            co_await write_file(here, "/secret", "secret");
            const outcome<void> linked = co_await here->make_symlink("/secret", "/tree/f");
            REQUIRE(bool(linked));
            transfer_options how;
            how.files(here).recursive().follow_links(followed);
            const transfer_result r = co_await c.get("tree", "/", how);
            CHECK(r.skipped.size() == (followed ? 0u : 1u));
            const std::string text = co_await read_file(here, "/secret");
            CHECK(text == (followed ? "new" : "secret"));
        }
    });
}

TEST_CASE("SFTP transfers: a file system of one's own needs open() and read(), or open() and write()")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        const auto mine = std::make_shared<one_file>();
        const std::string all = pattern(700'000);
        mine->content = all;
        transfer_options how;
        how.files(mine);
        transfer_result r = co_await c.put("it", "there", how);
        CHECK(r.files == 1);
        CHECK(mine->closes == 1);
        const std::string text = co_await c.read_all("there");
        CHECK(text == all);
        mine->content = "other";
        r = co_await c.get("there", "it", how);
        CHECK(r.files == 1);
        CHECK(mine->closes == 2);
        CHECK(mine->content == all);
        co_await c.write_all("there", "small");
        r = co_await c.get("there", "it", how.sync());
        CHECK(mine->content == "small");
        CHECK(r.notes.empty()); // where there is no sync(), none is missed
        mine->throws = true;
        failure why = co_await failure_of(c.get("there", "it", how));
        CHECK(why.code() == errc::file_error);
        CHECK(why.message().find("the shelf is empty") != std::string::npos);
        why = co_await failure_of(c.put("it", "there", how));
        CHECK(why.code() == errc::file_error);
        const bool there_is = co_await c.exists("there");
        CHECK(there_is);
    });
}

TEST_CASE("SFTP transfers: a failed get() into a file system of one's own leaves what can be resumed, or nothing")
{
    run_test([]() -> awaitable<void> {
        const std::string all = pattern(3'000'000);
        client c = co_await client_of(make_memory_file_system());
        co_await c.write_all("there", all);
        for (const bool beside_it : {false, true})
            for (const std::size_t bad : {1u, 3u, 5u})
                for (const bool cancelled : {false, true}) {
                    CAPTURE(beside_it, bad, cancelled);
                    const files_at_hand memory = make_memory_file_system();
                    const auto here = std::make_shared<troubled_files>(memory);
                    transfer_options how;
                    how.files(here).by_rename(beside_it).requests_at_once(2);
                    failure why;
                    if (cancelled) {
                        here->delay = std::chrono::milliseconds(3);
                        beside getting = co_await beside::start_here(c.get("there", "/to", how));
                        while (here->writes < bad && !getting.done())
                            co_await pause_for(std::chrono::milliseconds(1));
                        getting.cancel(stop_terminal);
                        while (!getting.done())
                            co_await pause_for(std::chrono::milliseconds(1));
                        why = getting.result();
                        CHECK(why.code() == asio::error::operation_aborted);
                    } else {
                        here->bad_write = bad;
                        why = co_await failure_of(c.get("there", "/to", how));
                        CHECK(why.code() == errc::file_error);
                        CHECK(why.message().find("write") != std::string::npos);
                    }
                    CHECK(here->files_open == 0);
                    here->bad_write = 0;
                    here->delay = std::chrono::milliseconds(0);
                    const std::vector<std::string> left = co_await names_in(memory, "/");
                    CHECK(left == (beside_it ? std::vector<std::string>() : names("to")));
                    std::string text = co_await read_file(memory, "/to");
                    if (!beside_it)
                        CHECK(all.starts_with(text));
                    (void)co_await c.get("there", "/to", transfer_options().files(here).resume());
                    text = co_await read_file(memory, "/to");
                    CHECK(text == all);
                }
    });
}

TEST_CASE("SFTP transfers: a get() that is cancelled while its file is being opened ends there")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : {10u, 3'000'000u})
            for (const bool beside_it : {false, true}) {
                CAPTURE(size, beside_it);
                co_await c.write_all("there", pattern(size));
                const files_at_hand memory = make_memory_file_system();
                const auto here = std::make_shared<troubled_files>(memory);
                here->holds_opens = true;
                beside getting = co_await beside::start_here(c.get("there", "/to", transfer_options().files(here).by_rename(beside_it)));
                while (here->opens == 0)
                    co_await pause_for(std::chrono::milliseconds(1));
                getting.cancel(stop_terminal);
                co_await settle();
                here->holds_opens = false;
                while (!getting.done())
                    co_await pause_for(std::chrono::milliseconds(1));
                CHECK(getting.aborted());
                CHECK(here->writes == 0);
                CHECK(here->files_open == 0);
                const std::vector<std::string> left = co_await names_in(memory, "/");
                CHECK(left == (beside_it ? std::vector<std::string>() : names("to")));
            }
    });
}
