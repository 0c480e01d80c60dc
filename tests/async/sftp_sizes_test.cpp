// Sizes that are wrong, or are not the size any more when the transfer gets there: every file is moved up to its end.
#include "sftp_peers.hpp"

#include <fstream>

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// A server with one file "d/a", which tells one size and has another.
class odd_size {
public:
    std::uint64_t says = 0;
    std::string has;
    std::size_t most_read = SIZE_MAX; ///< bytes in one answer
    std::size_t asked_sizes = 0;      ///< FSTAT requests
    std::function<void(odd_size&, const asked&)> before; ///< each answer

    attributes attrs() const { return attributes().with_size(says).with_permissions(0100644); }
    void answer(const asked& q, answers& a)
    {
        if (before)
            before(*this, q);
        switch (q.what) {
        case type::open: return a.handle(q.id);
        case type::opendir: listed_ = false; return a.handle(q.id);
        case type::fstat: ++asked_sizes; return a.attrs(q.id, attrs());
        case type::stat:
        case type::lstat:
            return a.attrs(q.id, q.path().ends_with("a") ? attrs() : attributes().with_permissions(040755));
        case type::readdir:
            if (std::exchange(listed_, true))
                return a.status(q.id, status::eof);
            return a.names(q.id, {directory_entry("a", attrs())});
        case type::read:
            if (q.offset() >= has.size())
                return a.status(q.id, status::eof);
            return a.data(q.id, has.substr(q.offset(), std::min<std::size_t>(q.length(), most_read)));
        case type::close: return a.status(q.id, status::ok);
        default: return a.status(q.id, status::op_unsupported);
        }
    }
    scripted server()
    {
        return scripted([this](const asked& q, answers& a) { answer(q, a); });
    }

private:
    bool listed_ = false;
};

constexpr std::size_t step = 32768; ///< of one READ, where the server tells no limits

void append_on_disk(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

/// What says and has are.
constexpr std::pair<std::uint64_t, std::size_t> sizes[]
    = {{20, 50},           {20, 20},           {50, 20},           {0, 50},           {0, 3 * step},        {200'000, 300'000},
       {300'000, 200'000}, {step, step + 9},   {step, step},       {step, step - 1},  {step - 1, step},     {3 * step, 9 * step},
       {3 * step, 3 * step + 1}, {3 * step + 1, 3 * step}, {9 * step, 3 * step}, {1, 0}, {1u << 30, 5 * step + 7}};

} // namespace

TEST_CASE("SFTP sizes: get() and copy_to() move what a file has, whatever its size was said to be")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string(), tree = (folder.path / "tree").string();
        client other = co_await client_of(make_memory_file_system());
        for (const auto& [says, has] : sizes)
            for (const std::size_t most_read : {SIZE_MAX, std::size_t(10'000)}) {
                CAPTURE(says, has, most_read);
                odd_size file;
                file.says = says;
                file.has = pattern(has);
                file.most_read = most_read;
                scripted s = file.server();
                client c = co_await s.open();
                std::uint64_t told = 0;
                auto how = transfer_options();
                how.progress([&](const transfer_progress& p) { told = p.bytes; });
                transfer_result r = co_await c.get("d/a", local, how);
                CHECK(on_disk(local) == file.has);
                CHECK(r.bytes == has);
                CHECK(told == has);
                const transfer_options ways[] = {transfer_options().in_place(), transfer_options().sparse(),
                                                 transfer_options().by_rename(), transfer_options().requests_at_once(1)};
                for (const auto& also : ways) {
                    put_on_disk(local, pattern(400'000)); // longer than all of them
                    (void)co_await c.get("d/a", local, also);
                    CHECK(on_disk(local) == file.has);
                }
                if (says >= 10 && has > 10) {
                    put_on_disk(local, file.has.substr(0, 10));
                    (void)co_await c.get("d/a", local, transfer_options().resume());
                    CHECK(on_disk(local) == file.has);
                }
                r = co_await c.get("d", tree, transfer_options().recursive());
                CHECK(r.skipped.empty());
                CHECK(on_disk(std::filesystem::path(tree) / "a") == file.has);
                if (has > 0) { // where there was something, and is nothing any more, a copy is refused
                    for (const auto& also : {transfer_options(), transfer_options().in_place()}) {
                        (void)co_await c.copy_to(other, "d/a", "copy", also);
                        const std::string copied = co_await other.read_all("copy");
                        CHECK(copied == file.has);
                    }
                }
                std::filesystem::remove_all(tree);
            }
    });
}

TEST_CASE("SFTP sizes: a size that is right costs no request more than one READ for the end, and most often none")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        for (const auto& [size, reads] : {std::pair<std::size_t, std::size_t>(1, 1), {step - 1, 1}, {step, 2}, {step + 1, 2},
                                          {3 * step, 4}, {3 * step + 5, 4}}) {
            CAPTURE(size);
            odd_size file;
            file.says = size;
            file.has = pattern(size);
            std::size_t asked_for = 0;
            file.before = [&](odd_size&, const asked& q) { asked_for += q.what == type::read ? 1 : 0; };
            scripted s = file.server();
            client c = co_await s.open();
            (void)co_await c.get("d/a", (folder.path / "local").string());
            CHECK(asked_for == reads);
            CHECK(file.asked_sizes == 0);
        }
    });
}

TEST_CASE("SFTP sizes: a file that grows is followed as often as growth_checks() says, and one that grows for ever ends there")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        constexpr std::size_t grows = 1000, begins = 5000;
        for (const std::size_t most : {0u, 1u, 3u, 4u, 5u})
            for (const std::size_t times : {0u, 2u, 3u, 4u, 5u, 1'000'000u}) {
                CAPTURE(most, times);
                odd_size file;
                file.says = begins;
                file.has = pattern(begins);
                std::size_t grown = 0;
                file.before = [&](odd_size& f, const asked& q) { // each time that somebody comes to its end
                    if (q.what != type::read || q.offset() + q.length() <= f.has.size() || grown >= times)
                        return;
                    ++grown;
                    f.has += pattern(grows);
                    f.says = f.has.size();
                };
                scripted s = file.server();
                client c = co_await s.open();
                auto how = transfer_options().growth_checks(most);
                (void)co_await c.get("d/a", local, how);
                const std::string got = on_disk(local);
                CHECK(file.has.starts_with(got));
                CHECK(got.size() == begins + std::min(most, times) * grows);
                CHECK(file.asked_sizes == std::min(most, times));
            }
        CHECK(transfer_options().growth_checks() == 4);
    });
}

TEST_CASE("SFTP sizes: growth_checks() counts each look at the size, also where answers are a byte long")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        odd_size file;
        file.says = 5;
        file.has = pattern(200);
        file.most_read = 1;
        file.before = [](odd_size& f, const asked& q) { // the size is always what has been read, and there is always more
            if (q.what == type::read)
                f.says = std::max<std::uint64_t>(f.says, q.offset() + 1);
        };
        scripted s = file.server();
        client c = co_await s.open();
        (void)co_await c.get("d/a", local, transfer_options().growth_checks(4));
        CHECK(file.asked_sizes <= 6);
        const std::string got = on_disk(local);
        CHECK(file.has.starts_with(got));
        CHECK(got.size() < 20);
    });
}

TEST_CASE("SFTP sizes: put() moves what a local file has when the transfer gets to its end")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t begins : {std::size_t(5), step, 255 * 1024ul, 255 * 1024ul + 1, 3 * 255 * 1024ul})
            for (const std::size_t grows : {1u, 1000u, 600'000u}) {
                CAPTURE(begins, grows);
                put_on_disk(local, pattern(begins));
                bool grown = false;
                auto how = transfer_options();
                how.progress([&](const transfer_progress& p) { // called as the file begins: its size is known by then
                    if (p.path != local || std::exchange(grown, true))
                        return;
                    append_on_disk(local, pattern(begins + grows).substr(begins));
                });
                (void)co_await c.put(local, "there", how);
                const std::string there = co_await c.read_all("there");
                CHECK(there == pattern(begins + grows));
            }
        (void)co_await c.put("/proc/self/status", "status"); // tells 0
        const std::string status_text = co_await c.read_all("status");
        CHECK(status_text.find("VmRSS") != std::string::npos);
    });
}

TEST_CASE("SFTP sizes: put() of a local file that grows for ever ends as growth_checks() says")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        for (const std::size_t most : {0u, 1u, 4u}) {
            CAPTURE(most);
            std::size_t got = 0;
            put_on_disk(local, pattern(10 * step));
            scripted s([&](const asked& q, answers& a) {
                if (q.what == type::open)
                    return a.handle(q.id);
                if (q.what == type::write) {
                    append_on_disk(local, pattern(3 * step)); // faster than it is read
                    got = std::max<std::size_t>(got, q.offset() + q.length());
                }
                a.status(q.id, q.what == type::stat ? status::no_such_file : status::ok);
            });
            client c = co_await s.open();
            const transfer_result r = co_await c.put(local, "there", transfer_options().growth_checks(most));
            CHECK(r.files == 1);
            CHECK(got == r.bytes);
            CHECK((most == 0 ? got == 10 * step : got > 10 * step));
        }
    });
}

TEST_CASE("SFTP sizes: a file that has far more than it tells ends at beyond_size(), and that is told")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "local").string();
        client other = co_await client_of(make_memory_file_system());
        constexpr std::size_t says = 20, most = 3 * step + 100;
        for (const std::size_t more : {most - 1, most, most + 1, 5 * most}) {
            CAPTURE(more);
            odd_size file;
            file.says = says;
            file.has = pattern(says + more);
            scripted s = file.server();
            client c = co_await s.open();
            const auto how = transfer_options().beyond_size(most);
            const bool cut = more > most;
            transfer_result r = co_await c.get("d/a", local, how);
            CHECK(on_disk(local) == file.has.substr(0, says + most));
            CHECK(r.files == 1);
            REQUIRE(r.skipped.size() == (cut ? 1u : 0u));
            if (cut)
                CHECK(r.skipped[0].second.code() == errc::capture_limit);
            r = co_await c.copy_to(other, "d/a", "copy", how);
            const std::string copied = co_await other.read_all("copy");
            CHECK(copied == file.has.substr(0, says + most));
            CHECK(r.skipped.size() == (cut ? 1u : 0u));
        }
        const transfer_options usual, given = transfer_options().beyond_size(5);
        CHECK(usual.bytes_beyond(1) == 256u << 20);
        CHECK(usual.bytes_beyond(100u << 20) == 1600u << 20);
        CHECK(usual.bytes_beyond(UINT64_MAX) == UINT64_MAX);
        CHECK(given.bytes_beyond(UINT64_MAX) == 5);
    });
}
