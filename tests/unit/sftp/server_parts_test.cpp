// The parts of which the server's sessions are made: handles, the order of requests, output, permissions, replies.

#include "catch.hpp"
#include "sftp/server/handles.hpp"
#include "sftp/server/output.hpp"
#include "sftp/server/permissions.hpp"
#include "sftp/server/replies.hpp"
#include "sftp/server/schedule.hpp"

#include <set>

using namespace sshoal;
using namespace sshoal::sftp;
using sftp_protocol::operation;

TEST_CASE("T85 handles: as many as allowed, each only while it is open and only in its session")
{
    handle_table t(3), other(3);
    std::vector<handle_table::name> names;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(t.begin());
        names.push_back(t.add(std::make_shared<open_handle>()));
    }
    CHECK_FALSE(t.begin());
    for (const auto& n : names)
        CHECK(t.find(n));
    REQUIRE(other.begin());
    (void)other.add(std::make_shared<open_handle>());
    CHECK_FALSE(other.find(names[0]));
    t.remove(*t.find(names[1]));
    CHECK_FALSE(t.find(names[1]));
    REQUIRE(t.begin());
    t.give_up();
    REQUIRE(t.begin());
    const auto again = t.add(std::make_shared<open_handle>());
    CHECK(again != names[1]); // the slot is the same
    CHECK_FALSE(t.find(names[1]));
    CHECK_FALSE(t.find({}));
    CHECK_FALSE(t.find(byte_view(again).first(11)));
    CHECK_FALSE(t.find(bytes(257)));
    for (std::size_t i = 0; i < 96; ++i) { // any bit
        auto near = again;
        near[i / 8] ^= std::byte(1 << (i % 8));
        CHECK(t.find(near) != t.find(again));
    }
}

TEST_CASE("requests are worked on side by side only where nobody could tell")
{
    open_handle a, b;
    a.path = "a";
    a.mode = open_mode::read_write;
    b.path = "b";
    b.mode = open_mode::read;
    const auto on = [](operation o, const open_handle* h = nullptr, const char* path = "", std::uint32_t flags = 1) {
        static std::vector<std::unique_ptr<sftp_protocol::request>> kept;
        auto& r = *kept.emplace_back(std::make_unique<sftp_protocol::request>());
        r.what = o;
        r.path = path;
        r.flags = flags;
        return footprint_of(r, h, nullptr);
    };
    const auto both = [](const footprint& x, const footprint& y) {
        CHECK(conflict(x, y) == conflict(y, x));
        return conflict(x, y);
    };
    using enum operation;
    CHECK_FALSE(both(on(read, &a), on(read, &a)));
    CHECK_FALSE(both(on(read, &a), on(fstat, &a)));
    CHECK(both(on(read, &a), on(write, &a)));
    CHECK(both(on(write, &a), on(write, &a)));
    CHECK_FALSE(both(on(write, &a), on(read, &b)));
    CHECK_FALSE(both(on(write, &a), on(write, &b)));
    CHECK(both(on(close, &b), on(read, &b)));
    CHECK_FALSE(both(on(close, &a), on(close, &b)));
    CHECK(both(on(readdir, &b), on(readdir, &b)));
    CHECK_FALSE(both(on(readdir, &b), on(stat)));
    CHECK_FALSE(both(on(stat), on(lstat)));
    CHECK(both(on(stat), on(write, &a)));
    CHECK(both(on(operation::rename), on(close, &a))); // written before it has its new name
    CHECK_FALSE(both(on(stat), on(close, &b))); // which could only read
    CHECK(both(on(stat), on(mkdir)));
    CHECK(both(on(operation::remove), on(operation::remove)));
    CHECK_FALSE(both(on(open, nullptr, "x", 0x1a), on(write, &a)));
    CHECK(both(on(open, nullptr, "a", 0x1a), on(write, &a)));
    CHECK_FALSE(both(on(open, nullptr, "x", 0x1a), on(open, nullptr, "y", 0x1a)));
    CHECK(both(on(open, nullptr, "x", 0x1a), on(open, nullptr, "x")));
    CHECK(both(on(open, nullptr, "x", 0x1a), on(operation::rename)));
    sftp_protocol::request copying;
    copying.what = copy_data;
    const footprint copy = footprint_of(copying, &b, &a);
    CHECK(both(copy, on(read, &a)));
    CHECK(both(copy, on(read, &b)));
    CHECK(both(copy, on(stat)));
}

TEST_CASE("output: replies leave whole and once, also while others are being made")
{
    output o;
    const auto take = [&](std::size_t n) {
        std::string got;
        while (n > 0 && !o.front().empty()) {
            const byte_view next = o.front().first(std::min(n, o.front().size()));
            got += text_of(next);
            n -= next.size();
            o.sent(next.size());
        }
        return got;
    };
    o.append(view_of("one"));
    {
        auto first = o.reserve(1000);
        CHECK(o.waiting() == 1003);
        o.append(view_of("two"));
        auto second = o.reserve(300000);
        CHECK(second.room().size() == 300000);
        CHECK(take(2) == "on");
        std::memcpy(first.room().data(), "first", 5);
        first.commit(5);
        CHECK(o.waiting() == 1 + 5 + 3 + 300000);
        // What has left in part goes first.
        CHECK(take(100) == "efirsttwo");
        std::memcpy(second.room().data(), "second", 6);
        second.commit(6);
        second.commit(6); // once
        CHECK(take(100) == "second");
        auto never = o.reserve(10);
    }
    CHECK(o.waiting() == 0);
    CHECK(o.front().empty());
    o.shrink();
    for (int i = 0; i < 1000; ++i)
        o.append(view_of(std::string(1000, char('a' + i % 26))));
    CHECK(o.waiting() == 1000000);
    std::string expected;
    for (int i = 0; i < 1000; ++i)
        expected += std::string(1000, char('a' + i % 26));
    CHECK(take(1000000) == expected);
    CHECK(o.waiting() == 0);
}

namespace {

class some_files final : public file_system {
public:
    std::vector<std::string_view> extensions() const override { return {extension::posix_rename, extension::statvfs, "made-up"}; }
    bool read_only() const noexcept override { return fixed; }
    bool fixed = false;
};

std::set<std::string> offered(const serve_options& o, bool fixed = false)
{
    some_files files;
    files.fixed = fixed;
    const bytes packet = sftp::permissions::make(o, files).value().version();
    CHECK(load_u32(packet.data()) == packet.size() - 4);
    wire::reader in(byte_view(packet).subspan(5));
    CHECK(in.u32() == 3);
    std::set<std::string> names;
    for (const auto& [name, data] : sftp_protocol::decode_extensions(in).value())
        CHECK(names.insert(name).second);
    return names;
}

} // namespace

TEST_CASE("VERSION tells of the extensions that work, and of no others")
{
    using set = std::set<std::string>;
    CHECK(offered({})
          == set{"posix-rename@openssh.com", "statvfs@openssh.com", "fsync@openssh.com", "limits@openssh.com", "copy-data",
                 "check-file"});
    CHECK(offered(serve_options().read_only()) == set{"statvfs@openssh.com", "limits@openssh.com", "check-file"});
    CHECK(offered({}, true) == set{"statvfs@openssh.com", "limits@openssh.com", "check-file"});
    CHECK(offered(serve_options().deny({"limits", "check-file-name", "statvfs"}))
          == set{"posix-rename@openssh.com", "fsync@openssh.com", "copy-data", "check-file"});
    CHECK(offered(serve_options().allow({"open", "read", "limits"})) == set{"limits@openssh.com"});
    CHECK(offered(serve_options().allow({"limits", "fsync"}).deny({"fsync"})) == set{"limits@openssh.com"});
    CHECK(sftp::permissions::make(serve_options().deny({"no-such"}), some_files()).error().code() == errc::invalid_argument);
    CHECK(sftp::permissions::make(serve_options().allow({""}), some_files()).error().code() == errc::invalid_argument);
    for (const std::string& name : request_names())
        CHECK(sftp::permissions::make(serve_options().deny({name}), some_files()).has_value());
}

TEST_CASE("T89 nothing that changes is allowed where nothing may change")
{
    const sftp::permissions p = sftp::permissions::make(serve_options().read_only(), some_files()).value();
    sftp_protocol::request r;
    for (std::size_t i = 0; i < sftp_protocol::operation_count; ++i) {
        r.what = operation(i);
        CHECK(p.allows(r) == !sftp_protocol::traits_of(r.what).changes);
    }
    r.what = operation::open;
    for (std::uint32_t flags = 0; flags < 64; ++flags) {
        r.flags = flags;
        CHECK(p.allows(r) == ((flags & 0x1e) == 0));
    }
}

TEST_CASE("failures become what version 3 can say")
{
    CHECK(status_for(fail(status::no_such_file)) == std::pair(status::no_such_file, std::string("no such file")));
    CHECK(status_for(fail(status::dir_not_empty, "words")) == std::pair(status::failure, std::string("words")));
    CHECK(status_for(fail(status(4000000000u))).first == status::failure);
    CHECK(status_for(failure(error_code(ENOENT, boost::system::generic_category()))).first == status::no_such_file);
    CHECK(status_for(failure(error_code(EACCES, boost::system::system_category()))).first == status::permission_denied);
    CHECK(status_for(failure(error_code(ENOSPC, boost::system::system_category()))).first == status::failure);
    CHECK(status_for(failure(errc::timed_out)).first == status::failure);
    output o;
    replies(o).failed(1, fail(status::ok)); // no failure may look like success
    CHECK(load_u32(&o.front()[9]) == std::uint32_t(status::failure));
}

TEST_CASE("L21 output: blocks go with what was in them, and those with nothing in them are not kept")
{
    output o;
    CHECK(o.blocks() == 0);
    for (std::size_t n = 300000; n < 300020; ++n) { // each too large for the block before
        o.append(bytes(n));
        CHECK(o.blocks() == 1);
        while (!o.front().empty())
            o.sent(o.front().size());
    }
    {
        std::vector<std::unique_ptr<output::reservation>> made;
        for (int i = 0; i < 20; ++i) {
            made.push_back(std::unique_ptr<output::reservation>(new output::reservation(o.reserve(1000))));
            made.back()->room()[0] = std::byte(i);
        }
        for (const auto& r : made)
            r->commit(1);
    }
    CHECK(o.waiting() == 20);
    CHECK(o.blocks() == 20);
    while (!o.front().empty())
        o.sent(o.front().size());
    CHECK(o.blocks() == 1);
    for (std::size_t i = 0; i < 1000; ++i)
        o.append(bytes(164000 + i % 2)); // more than half a block
    CHECK(o.blocks() <= output::blocks_for(o.waiting()));
    CHECK(o.blocks() >= output::blocks_for(o.waiting()) - 50);
}

TEST_CASE("T90 names that fill more than a packet are told in several, and none is lost")
{
    std::vector<directory_entry> entries;
    for (int i = 0; i < 100; ++i)
        entries.emplace_back(std::string(4000, '\xff') + std::to_string(i), attributes().with_owner(0xffffffffu, 0xffffffffu));
    entries[50].name = std::string(300000, 'x'); // fits nowhere
    std::size_t at = 0, told = 0;
    while (at < entries.size()) {
        output o;
        const std::size_t n = replies(o).names(9, std::span(entries).subspan(at));
        REQUIRE(n > 0);
        at += n;
        const byte_view packet = o.front();
        REQUIRE(load_u32(packet.data()) == packet.size() - 4);
        CHECK(packet.size() - 4 <= sftp_protocol::most_packet_bytes);
        wire::reader in(packet.subspan(9));
        told += sftp_protocol::decode_names(in).value().size();
        CHECK(in.finished());
    }
    CHECK(told == 99);
}
