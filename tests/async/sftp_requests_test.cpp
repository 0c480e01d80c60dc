// How many requests and handles a client has at the server at once: as many as were allowed, and no more than the server has.
#include "odd_tree.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// Counts what is asked and not answered: answers wait until nothing more comes.
class slow_tree {
public:
    odd_tree tree;
    std::size_t most = 0;

    scripted server()
    {
        return scripted([this](const asked& q, answers& a) { take(q, a); });
    }

private:
    void take(const asked& q, answers& a)
    {
        // Everything that has come in one go is there at once: the scripted server sends what it has when it has taken all of it.
        if (a.out.empty())
            under_way_ = 0;
        most = std::max(most, ++under_way_);
        tree.answer(q, a);
    }
    std::size_t under_way_ = 0;
};

} // namespace

TEST_CASE("SFTP requests: no more are under way than client_options and transfer_options say, in trees and everywhere else")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        for (const std::size_t most : {1u, 2u, 7u, 64u})
            for (const bool by_transfer : {false, true}) {
                CAPTURE(most, by_transfer);
                slow_tree t;
                t.tree.directories.insert({"/d", "/d/e"});
                for (int i = 0; i < 40; ++i)
                    t.tree.files["/d/" + std::string(i % 2, 'e') + (i % 2 == 1 ? "/" : "") + std::to_string(i)]
                        = pattern(std::size_t(i) * 9000);
                scripted s = t.server();
                if (!by_transfer)
                    s.ours(sftp::client_options().requests_at_once(most));
                client c = co_await s.open();
                auto how = transfer_options().recursive().preserve();
                if (by_transfer)
                    how.requests_at_once(most);
                const std::string local = (folder.path / "t").string();
                transfer_result r = co_await c.get("/d", local, how);
                CHECK(r.files == 40);
                CHECK(t.most <= most);
                r = co_await c.put(local, "/back", how);
                CHECK(r.files == 40);
                CHECK(t.most <= most);
                r = co_await c.copy("/d", "/copy", how);
                CHECK(r.files == 40);
                CHECK(t.most <= most);
                if (most <= 7)
                    CHECK(t.most == most); // all of what is allowed is used
                for (const auto& [path, text] : t.tree.files)
                    if (path.starts_with("/d/")) {
                        CHECK(t.tree.files["/back" + path.substr(2)] == text);
                        CHECK(t.tree.files["/copy" + path.substr(2)] == text);
                    }
                t.most = 0;
                (void)co_await c.remove_all("/copy");
                CHECK(t.most <= (by_transfer ? 64 : most));
                std::filesystem::remove_all(local);
            }
        CHECK(sftp::client_options().requests_at_once() == 64);
    });
}

TEST_CASE("SFTP requests: those that wait to be sent are given up without a trace, and the others go on")
{
    run_test([]() -> awaitable<void> {
        std::vector<asked> held;
        scripted s([&](const asked& q, answers& a) {
            if (q.what == type::stat && held.empty() && q.path() == "first")
                return held.push_back(q);
            a.attrs(q.id, attributes().with_size(q.path().size()));
            for (const asked& h : std::exchange(held, {}))
                a.attrs(h.id, attributes().with_size(5));
        });
        s.ours(sftp::client_options().requests_at_once(2));
        client c = co_await s.open();
        beside first = co_await beside::start_here(c.stat("first"));
        std::vector<beside> more;
        for (int i = 0; i < 10; ++i)
            more.push_back(co_await beside::start_here(c.stat("never asked")));
        for (std::size_t i = 0; i < more.size(); i += 2)
            more[i].cancel(stop_total);
        const auto is_done = [](const beside& b) { return b.done(); };
        const auto all_done = [&] { return first.done() && std::all_of(more.begin(), more.end(), is_done); };
        for (int i = 0; i < 1000 && !all_done(); ++i)
            co_await pause_for(std::chrono::milliseconds(1));
        CHECK(first.done());
        CHECK_FALSE(first.result());
        for (const beside& b : more)
            CHECK(b.done());
        const attributes a = co_await c.stat("12345678");
        CHECK(a.size == 8u);
    });
}

TEST_CASE("SFTP requests: trees move through a server with few handles, and one suffices where one is open at a time")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        for (const std::size_t handles : {1u, 2u, 3u, 10u}) {
            CAPTURE(handles);
            odd_tree t;
            t.directories.insert({"/d", "/d/e", "/d/e/f", "/d/g"});
            for (int i = 0; i < 40; ++i)
                t.files[std::vector<std::string>{"/d/", "/d/e/", "/d/e/f/", "/d/g/"}[std::size_t(i) % 4] + std::to_string(i)]
                    = pattern(std::size_t(i) * 5000);
            const auto all = t.files;
            t.open_limit = handles;
            scripted s = t.server();
            client c = co_await s.open();
            const auto how = transfer_options().recursive();
            const std::string local = (folder.path / "t").string();
            transfer_result r = co_await c.get("/d", local, how);
            CHECK(r.skipped.empty());
            CHECK(r.files == 40);
            r = co_await c.put(local, "/back", how);
            CHECK(r.skipped.empty());
            CHECK(r.files == 40);
            if (handles > 1) { // a copy has both its ends open
                r = co_await c.copy("/d", "/copy", how);
                CHECK(r.skipped.empty());
            }
            for (const auto& [path, text] : all) {
                CHECK(on_disk(local + path.substr(2)) == text);
                CHECK(t.files["/back" + path.substr(2)] == text);
                if (handles > 1)
                    CHECK(t.files["/copy" + path.substr(2)] == text);
            }
            std::size_t met = 0;
            walker w = c.walk("/d");
            while (const auto e = co_await w.next()) {
                CHECK_FALSE(e->trouble);
                ++met;
            }
            CHECK(met == 43);
            CHECK(t.most_open <= handles);
            (void)co_await c.remove_all("/d");
            CHECK_FALSE(t.is_directory("/d"));
            std::filesystem::remove_all(local);
        }
    });
}

TEST_CASE("SFTP requests: a FAILURE that has nothing to do with handles is told once, as what it is")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        odd_tree t;
        t.directories.insert("/d");
        for (int i = 0; i < 10; ++i)
            t.files["/d/" + std::to_string(i)] = "text";
        t.instead = [](const asked& q, answers& a) {
            const bool bad = q.what == type::open && q.path() == "/d/5";
            if (bad)
                a.status(q.id, status::failure);
            return bad;
        };
        scripted s = t.server();
        client c = co_await s.open();
        const transfer_result r = co_await c.get("/d", (folder.path / "t").string(), transfer_options().recursive());
        CHECK(r.files == 9);
        REQUIRE(r.skipped.size() == 1);
        CHECK(r.skipped[0].first == "/d/5");
        CHECK(r.skipped[0].second.code() == status::failure);
    });
}

TEST_CASE("SFTP requests: a listing that does not end is given up at max_entries()")
{
    run_test([]() -> awaitable<void> {
        odd_tree tree;
        tree.directories.insert("/d");
        for (int i = 0; i < 10; ++i)
            tree.files["/d/" + std::to_string(i)] = "text";
        for (const std::size_t most : {9u, 10u, 11u}) {
            scripted s([&tree](const asked& q, answers& a) { tree.answer(q, a); });
            s.ours(sftp::client_options().max_entries(most));
            client c = co_await s.open();
            const failure why = co_await failure_of(c.list("/d"));
            CHECK(why.code() == (most < 10 ? error_code(errc::capture_limit) : error_code()));
        }
    });
}
