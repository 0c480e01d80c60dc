// T93, T94: our SFTP client against servers that answer what nobody asked, in another form, or not to the end.
#include "../async/sftp_peers.hpp"
#include "memory_use.hpp"

using namespace rig;
using namespace sshoal::sftp;
using namespace std::string_view_literals;

namespace {

bytes raw(std::string_view text) { return copy_of(view_of(text)); }

/// How a session fares whose server greets like this.
awaitable<failure> greeted_with(bytes greeting, bool hangs_up)
{
    scripted s([&](const asked&, answers& a) {
        append(a.out, greeting);
        a.hang_up = hangs_up;
    });
    const failure f = co_await failure_of(s.greets(false).open());
    if (!hangs_up && f) {
        const bool gone = co_await s.left();
        CHECK(gone);
    }
    co_return f;
}

bytes version_packet(std::uint32_t version, bytes rest = {})
{
    packet p(type::version);
    p.u32(version).raw(rest);
    return std::move(p).finish();
}

using request_of = awaitable<failure> (*)(client);
awaitable<failure> ask_stat(client c) { return failure_of(c.stat("x")); }
awaitable<failure> ask_open(client c) { return failure_of(c.open("x")); }
awaitable<failure> ask_directory(client c) { return failure_of(c.open_directory("x")); }
awaitable<failure> ask_list(client c) { return failure_of(c.list("x")); }
awaitable<failure> ask_link(client c) { return failure_of(c.read_link("x")); }
awaitable<failure> ask_path(client c) { return failure_of(c.real_path("x")); }
awaitable<failure> ask_remove(client c) { return failure_of(c.remove("x")); }
awaitable<failure> ask_statvfs(client c) { return failure_of(c.statvfs("x")); }
awaitable<failure> ask_read(client c) { return failure_of(c.read_all("x")); }
awaitable<failure> ask_check(client c)
{
    file f = co_await c.open("x");
    failure why = co_await failure_of(f.check("md5"));
    co_return why;
}
awaitable<failure> ask_names(client c)
{
    std::vector<std::uint32_t> ids{1, 2};
    failure why = co_await failure_of(c.names_of(ids, ids));
    co_return why;
}

/// One request and a hostile answer to it: an error, the session closed with nothing left of it, and no growth.
awaitable<void> ends_session(const char* what, request_of ask, script hostile)
{
    INFO(what);
    const std::size_t before = resident_bytes();
    scripted s([&](const asked& q, answers& a) {
        const bool on_handle = ask == ask_read || ask == ask_check || ask == ask_list;
        if (on_handle && (q.what == type::open || q.what == type::opendir))
            a.handle(q.id);
        else if (q.what != type::close)
            hostile(q, a);
    });
    s.extensions(names(extension::statvfs, extension::users_groups_by_id));
    client c = co_await s.open();
    auto asking = ask(c);
    const failure why = co_await std::move(asking);
    INFO(why.message());
    CHECK((why.code() == errc::protocol_error || why.code() == errc::malformed_message || why.code() == errc::packet_too_large));
    const bool gone = co_await s.left();
    CHECK(gone);
    const failure later = co_await failure_of(c.stat("y"));
    CHECK(later.code() == why.code());
    check_growth(before, 4 << 20);
}

packet reply(type t, std::uint32_t id) { return request(t, id); }

/// An answer that arrives whole and makes no sense: its request fails, and the session goes on.
awaitable<void> fails_alone(const char* what, request_of ask, script hostile)
{
    INFO(what);
    const std::size_t before = resident_bytes();
    bool odd = true;
    scripted s([&](const asked& q, answers& a) {
        if (q.what == type::close)
            a.status(q.id, status::ok);
        else if (!odd)
            a.attrs(q.id, attributes().with_size(7));
        else if (ask == ask_list && q.what == type::opendir)
            a.handle(q.id);
        else
            hostile(q, a);
    });
    client c = co_await s.open();
    auto asking = ask(c);
    const failure why = co_await std::move(asking);
    CHECK(why.code() == errc::malformed_message);
    odd = false;
    const attributes later = co_await c.stat("y");
    CHECK(later.size == 7u);
    check_growth(before, 4 << 20);
}

} // namespace

TEST_CASE("T93 a server with another version, none, or a broken one is no server")
{
    run_test([]() -> awaitable<void> {
        for (const std::uint32_t version : {0u, 4u, 6u, 0x7fffffffu, 0xffffffffu}) {
            const failure f = co_await greeted_with(version_packet(version), false);
            CHECK(f.code() == errc::protocol_error);
        }
        for (const std::uint32_t version : {1u, 2u, 3u}) {
            const failure f = co_await greeted_with(version_packet(version), false);
            CHECK_FALSE(f);
        }
        failure f = co_await greeted_with({}, true);
        CHECK(f.code() == errc::connection_lost);
        f = co_await greeted_with(raw("\x00\x00\x00\x05\x02\x00"sv), true);
        CHECK(f.code() == errc::connection_lost);
        f = co_await greeted_with(raw("\x00\x00\x00\x01\x02"sv), false);
        CHECK(f.code() == errc::protocol_error);
        f = co_await greeted_with(raw("\x00\x00\x00\x00"sv), false);
        CHECK(f.code() == errc::protocol_error);
        f = co_await greeted_with(raw("\xff\xff\xff\xff"sv), false);
        CHECK(f.code() == errc::protocol_error);
        f = co_await greeted_with(raw("Welcome to this machine.\r\n"sv), false);
        CHECK(f.code() == errc::protocol_error);
        f = co_await greeted_with(std::move(reply(type::status, 0).u32(0)).finish(), false);
        CHECK(f.code() == errc::protocol_error);
        // Extensions: cut at each byte, lengths that lie, one without data.
        bytes pair;
        wire::writer(pair).string("name@example.com").string("data");
        for (std::size_t n = 1; n < pair.size(); ++n) {
            const bytes cut(pair.begin(), pair.begin() + std::ptrdiff_t(n));
            f = co_await greeted_with(version_packet(3, cut), false);
            CHECK(f.code() == errc::malformed_message);
        }
        f = co_await greeted_with(version_packet(3, raw("\xff\xff\xff\xff" "x"sv)), false);
        CHECK(f.code() == errc::malformed_message);
    });
}

TEST_CASE("T93 extensions without number, twice, without a name: each is known by its name, and the session works")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> all;
        for (int i = 0; i < 9000; ++i)
            all.push_back("ext-" + std::to_string(i % 4500));
        all.push_back("");
        scripted s([](const asked& q, answers& a) { a.attrs(q.id, attributes().with_size(7)); });
        client c = co_await s.extensions(all).open();
        CHECK(c.supports("ext-4499"));
        CHECK_FALSE(c.supports("ext-4500"));
        CHECK(c.extension_data("ext-0") == "1");
        CHECK(c.supports(""));
        const attributes a = co_await c.stat("x");
        CHECK(a.size == 7u);
    });
}

TEST_CASE("T93 limits that no server has are brought to what can be, and a broken reply is no limit")
{
    run_test([]() -> awaitable<void> {
        for (const std::uint64_t said : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(100), ~std::uint64_t(0)}) {
            std::uint32_t most = 0;
            const std::string all = pattern(300'000);
            scripted s([&](const asked& q, answers& a) {
                if (q.what == type::extended) {
                    packet p = reply(type::extended_reply, q.id);
                    a.add(std::move(p.u64(said).u64(said).u64(said).u64(said)));
                } else if (q.what == type::open) {
                    a.handle(q.id);
                } else if (q.what == type::read) {
                    most = std::max(most, q.length());
                    if (q.offset() >= all.size())
                        a.status(q.id, status::eof);
                    else
                        a.data(q.id, std::string_view(all).substr(q.offset(), q.length()));
                }
            });
            client c = co_await s.extensions(names(extension::limits)).open();
            const std::string got = co_await c.read_all("x");
            CHECK(got == all);
            CHECK(most <= 255 * 1024);
        }
        scripted cut([&](const asked& q, answers& a) {
            if (q.what == type::extended)
                a.add(reply(type::extended_reply, q.id));
            else
                a.attrs(q.id, attributes());
        });
        client c = co_await cut.extensions(names(extension::limits)).open();
        CHECK(c.limits().read_length == 0);
    });
}

TEST_CASE("T93 answers with an unknown number, twice, of the wrong type, or a success without its fruit end the session")
{
    run_test([]() -> awaitable<void> {
        const auto wrong = [](const char* what, request_of ask, script hostile) {
            return ends_session(what, ask, std::move(hostile));
        };
        for (const std::uint32_t id : {1u, 77u, 0x80000000u, 0xffffffffu}) {
            const script other_number = [id](const asked& q, answers& a) { a.attrs(q.id + id, attributes()); };
            co_await wrong("unknown number", ask_stat, other_number);
        }
        for (const int t : {102, 103, 104, 201, 2, 1, 0, 255}) {
            const script other_type = [t](const asked& q, answers& a) { a.add(reply(type(t), q.id).u32(0)); };
            co_await wrong("wrong type", ask_stat, other_type);
        }
        co_await wrong("HANDLE for REMOVE", ask_remove, [](const asked& q, answers& a) { a.handle(q.id); });
        co_await wrong("OK for OPEN", ask_open, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("OK for OPENDIR", ask_directory, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("OK for STAT", ask_stat, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("OK for READLINK", ask_link, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("OK for READDIR", ask_list, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("OK for READ", ask_read, [](const asked& q, answers& a) { a.status(q.id, status::ok); });
        co_await wrong("no number", ask_stat, [](const asked&, answers& a) { append(a.out, raw("\x00\x00\x00\x01\x69"sv)); });
        co_await wrong("no bytes", ask_stat, [](const asked&, answers& a) { append(a.out, raw("\x00\x00\x00\x00"sv)); });
        co_await wrong("256 KiB and 1", ask_stat, [](const asked&, answers& a) { append(a.out, raw("\x00\x04\x00\x01\x69"sv)); });
        co_await wrong("2^32-1", ask_stat, [](const asked&, answers& a) { append(a.out, raw("\xff\xff\xff\xff\x67"sv)); });
        // Twice: the second is nobody's.
        scripted s([](const asked& q, answers& a) {
            a.attrs(q.id, attributes());
            a.attrs(q.id, attributes());
        });
        client c = co_await s.open();
        (void)co_await c.stat("x");
        const bool gone = co_await s.left();
        CHECK(gone);
        const failure f = co_await failure_of(c.stat("x"));
        CHECK(f.code() == errc::protocol_error);
    });
}

TEST_CASE("T93 replies whose counts and lengths lie, or that are cut anywhere, fail their request; lying DATA ends the session")
{
    run_test([]() -> awaitable<void> {
        const auto with = [](type t, bytes body) -> script { // named: a temporary of g++ 12's would be destroyed twice
            return [t, body](const asked& q, answers& a) { a.add(reply(t, q.id).raw(body)); };
        };
        for (const std::uint32_t count : {0u, 2u, 1000u, 0x55555555u, 0xffffffffu})
            for (const request_of ask : {ask_link, ask_path, ask_list}) {
                if (ask == ask_list && count == 0)
                    continue; // the end
                bytes b;
                wire::writer(b).u32(count).string("name").string("long").u32(0);
                if (count == 2 && ask != ask_list)
                    wire::writer(b).string("name").string("long").u32(0); // two where one was asked for
                co_await fails_alone("NAME count", ask, with(type::name, b));
            }
        bytes whole;
        sftp::attributes a;
        a.with_size(1).with_owner(1, 2).with_permissions(0100644).with_times(file_time(), file_time());
        a.extended.emplace_back("key", "value");
        packet list(type::name, 0);
        list.u32(1).string("name").string("a long name").attrs(a);
        whole = std::move(list).finish();
        const bytes body(whole.begin() + 9, whole.end());
        for (std::size_t n = 0; n < body.size(); ++n)
            co_await fails_alone("NAME cut", ask_list, with(type::name, bytes(body.begin(), body.begin() + std::ptrdiff_t(n))));
        packet one(type::attrs, 0);
        one.attrs(a);
        whole = std::move(one).finish();
        for (std::size_t n = 0; n + 9 < whole.size(); ++n)
            co_await fails_alone("ATTRS cut", ask_stat,
                                  with(type::attrs, bytes(whole.begin() + 9, whole.begin() + 9 + std::ptrdiff_t(n))));
        for (const std::uint32_t count : {1u, 65u, 0xffffffffu}) {
            bytes b;
            wire::writer(b).u32(0x80000000u).u32(count);
            co_await fails_alone("extended count", ask_stat, with(type::attrs, b));
        }
        for (const std::size_t size : {257u, 100'000u}) {
            bytes b;
            wire::writer(b).string(std::string(size, 'h'));
            co_await fails_alone("long HANDLE", ask_open, with(type::handle, b));
        }
        co_await fails_alone("HANDLE's length lies", ask_open, with(type::handle, raw("\xff\xff\xff\xff" "h"sv)));
        co_await fails_alone("link's length lies", ask_link, with(type::name, raw("\x00\x00\x00\x01\x00\x01\x00\x00" "l"sv)));
        co_await ends_session("DATA's length lies", ask_read, with(type::data, raw("\x00\x00\x00\xc8" "d"sv)));
        bytes much;
        wire::writer(much).string(pattern(200'000));
        co_await ends_session("too much DATA", ask_read, with(type::data, much));
    });
}

TEST_CASE("T93 answers of extensions that are cut or have the wrong number of names are refused, and the session lives or ends")
{
    run_test([]() -> awaitable<void> {
        for (const request_of ask : {ask_statvfs, ask_names, ask_check})
            for (const std::string_view text : {""sv, "\0\0\0\1"sv, "\xff\xff\xff\xff"sv, "\0\0\0\0\0\0\0\0"sv}) {
                const bytes body = raw(text);
                scripted s([&](const asked& q, answers& a) {
                    if (q.what == type::open)
                        a.handle(q.id);
                    else if (q.what == type::extended)
                        a.add(reply(type::extended_reply, q.id).raw(body));
                    else
                        a.status(q.id, status::ok);
                });
                s.extensions(names(extension::statvfs, extension::users_groups_by_id, extension::check_file));
                client c = co_await s.open();
                auto asking = ask(c);
                const failure why = co_await std::move(asking);
                CHECK(why.code() == errc::malformed_message);
            }
    });
}

TEST_CASE("T93 a server that goes in the middle of an answer, or with requests under way, fails all of them")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        const bytes whole = std::move(reply(type::data, 0).string(pattern(1000))).finish();
        for (const std::size_t n : {0u, 3u, 4u, 8u, 12u, 13u, 14u, 1012u}) {
            scripted s([&](const asked& q, answers& a) {
                if (q.what == type::open) {
                    a.handle(q.id);
                } else if (q.what == type::read) {
                    a.out.insert(a.out.end(), whole.begin(), whole.begin() + std::ptrdiff_t(n));
                    if (n >= 9)
                        store_u32(a.out.data() + a.out.size() - n + 5, q.id);
                    a.hang_up = true;
                }
            });
            client c = co_await s.open();
            std::vector<beside> others;
            for (int i = 0; i < 20; ++i)
                others.push_back(beside::start(here, failure_of(c.stat("x"))));
            const failure why = co_await failure_of(c.read_all("x"));
            CHECK(why.code() == errc::connection_lost);
            co_await settle();
            for (const beside& b : others)
                CHECK(b.done());
        }
    });
}

TEST_CASE("T93 a length of 4 GiB behind the answer to a READ costs no memory")
{
    run_test([]() -> awaitable<void> {
        scripted s([](const asked& q, answers& a) {
            if (q.what == type::open)
                return a.handle(q.id);
            a.data(q.id, "data");
            for (const int octet : {0xff, 0xff, 0xff, 0xff, int(type::status), 0})
                a.out.push_back(std::byte(octet));
        });
        client c = co_await s.open();
        file f = co_await c.open("x");
        const std::size_t before = most_resident_bytes();
        std::string some(100, ' ');
        const std::size_t n = co_await f.read_at(0, room(some).first(4));
        CHECK(n == 4);
        const failure why = co_await failure_of(c.stat("x"));
        CHECK(why.code() == errc::packet_too_large);
        CHECK(most_resident_bytes() < before + (512u << 20));
    });
}

TEST_CASE("T93 status texts with orders for a terminal, of any length, without one, and codes that do not exist")
{
    run_test([]() -> awaitable<void> {
        int n = 0;
        scripted s([&](const asked& q, answers& a) {
            switch (n++) {
            case 0: return a.status(q.id, status::failure, "\x1b]0;owned\x07\r\n");
            case 1: return a.status(q.id, status::failure, std::string(200'000, 'a'));
            case 2: return a.add(reply(type::status, q.id).u32(3));
            case 3: return a.status(q.id, status(4711), "what");
            case 4: return a.status(q.id, status(0xffffffffu), "");
            default: return a.attrs(q.id, attributes().with_size(1));
            }
        });
        client c = co_await s.open();
        failure f = co_await failure_of(c.stat("x"));
        CHECK(f.code() == status::failure);
        CHECK(f.message().find('\x1b') == std::string::npos);
        CHECK(f.message().find("\\x1b]0;owned") != std::string::npos);
        f = co_await failure_of(c.stat("x"));
        CHECK(f.message().size() < 2000);
        f = co_await failure_of(c.stat("\x1b[2J"));
        CHECK(f.code() == status::permission_denied);
        CHECK(f.message().find('\x1b') == std::string::npos);
        f = co_await failure_of(c.stat("x"));
        CHECK(bool(f));
        f = co_await failure_of(c.stat("x"));
        CHECK(bool(f));
        const attributes a = co_await c.stat("x");
        CHECK(a.size == 1u);
    });
}
