// SCP of one file into a function, and out of one.
#include "ends.hpp"
#include "scp_scene.hpp"

using namespace rig;

namespace {

struct received {
    std::string text;
    std::vector<sftp::attributes> announced;
};

awaitable<void> take(std::shared_ptr<received> to, std::span<const std::byte> bytes)
{
    to->text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    co_return;
}

/// Gives a text in parts of at most 100,000 bytes.
class text_source {
public:
    explicit text_source(std::string all) : all_(std::make_shared<std::string>(std::move(all))) {}
    sftp::transfer_source function() const
    {
        return [all = all_, at = at_](std::span<std::byte> into) { return give(all, at, into); };
    }

private:
    static awaitable<std::size_t> give(std::shared_ptr<std::string> all, std::shared_ptr<std::size_t> at, std::span<std::byte> into)
    {
        const std::size_t n = std::min({into.size(), all->size() - *at, std::size_t(100'000)});
        std::memcpy(into.data(), all->data() + *at, n);
        *at += n;
        co_return n;
    }
    std::shared_ptr<std::string> all_;
    std::shared_ptr<std::size_t> at_ = std::make_shared<std::size_t>(0);
};

struct receiver {
    std::shared_ptr<received> got = std::make_shared<received>();
    scp::announced_function announced() const
    {
        return [g = got](const sftp::attributes& a) { g->announced.push_back(a); };
    }
    sftp::transfer_sink sink() const
    {
        return [g = got](std::span<const std::byte> bytes) { return take(g, bytes); };
    }
};

} // namespace

TEST_CASE("scp: a file of any size goes into a function, which is told its size first, and comes out of one")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        for (const std::size_t size : {std::size_t(0), std::size_t(1), block, 3 * block + 7}) {
            CAPTURE(size);
            const text_source from(pattern(size));
            sftp::attributes of;
            of.with_size(size).with_permissions(0640);
            transfer_result r = co_await scp::send_from(s.link.client, from.function(), of, "/there");
            CHECK(r.files == 1);
            CHECK(r.bytes == size);
            CHECK(s.there->content("/there") == pattern(size));
            CHECK(s.there->mode("/there") == 0640);
            const receiver to;
            r = co_await scp::receive_to(s.link.client, "/there", to.announced(), to.sink());
            CHECK(r.files == 1);
            CHECK(to.got->text == pattern(size));
            REQUIRE(to.got->announced.size() == 1);
            CHECK(to.got->announced[0].size == size);
            CHECK(to.got->announced[0].permissions == 0640u);
        }
        s.there->file("/old", "x", 0600, 5000);
        const receiver to;
        (void)co_await scp::receive_to(s.link.client, "/old", to.announced(), to.sink(), scp::options().preserve());
        CHECK(to.got->announced.at(0).mtime == sftp::file_time(std::chrono::seconds(5000)));
        (void)co_await scp::receive_to(s.link.client, "/old", {}, to.sink());
        CHECK(to.got->text == "xx");
    });
}

TEST_CASE("scp: functions that fail, sources that end early, more files than one, and what does not fit")
{
    run_test([]() -> awaitable<void> {
        scp_scene s = co_await scp_over();
        s.serve_scp();
        s.there->file("/a1", "one");
        s.there->file("/a2", "two");
        sftp::attributes of;
        const text_source some("12345");
        failure why = co_await failure_of(scp::send_from(s.link.client, some.function(), of, "/b"));
        CHECK(why.code() == errc::invalid_argument);
        of.with_size(10);
        why = co_await failure_of(scp::send_from(s.link.client, some.function(), of, "/folder/"));
        CHECK(why.code() == errc::invalid_argument);
        why = co_await failure_of(scp::send_from(s.link.client, some.function(), of, "/b"));
        CHECK(bool(why)); // five bytes are missing
        const receiver to;
        why = co_await failure_of(scp::receive_to(s.link.client, "/a1", {}, to.sink(), scp::options().recursive()));
        CHECK(why.code() == errc::invalid_argument);
        why = co_await failure_of(scp::receive_to(s.link.client, "/missing", {}, to.sink()));
        CHECK(bool(why));
        CHECK(to.got->text.empty());
        why = co_await failure_of(scp::receive_to(s.link.client, "/a?", {}, to.sink()));
        CHECK(why.code() == errc::file_error);
        CHECK(why.context().find("several files came") != std::string::npos);
        CHECK(to.got->text == "one");
        const scp::announced_function stop = [](const sftp::attributes&) { throw error(failure(errc::not_supported, "too large")); };
        why = co_await failure_of(scp::receive_to(s.link.client, "/a1", stop, to.sink()));
        CHECK(why.code() == errc::not_supported);
        const sftp::transfer_sink full = [](std::span<const std::byte>) -> awaitable<void> {
            throw error(failure(errc::capture_limit, "full"));
            co_return;
        };
        why = co_await failure_of(scp::receive_to(s.link.client, "/a1", {}, full));
        CHECK(why.message().find("full") != std::string::npos);
        const receiver again; // the connection is as good as before
        (void)co_await scp::receive_to(s.link.client, "/a2", {}, again.sink());
        CHECK(again.got->text == "two");
    });
}
