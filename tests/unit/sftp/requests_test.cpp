// What the server takes from a client's packets: every request, whole and cut at every byte.

#include "catch.hpp"
#include "sftp/protocol/requests.hpp"

using namespace sshoal;
using namespace sshoal::sftp_protocol;

namespace {

struct sample {
    operation what;
    bytes packet; // from the type on
};

bytes body_of(packet&& p)
{
    bytes whole = std::move(p).finish();
    whole.erase(whole.begin(), whole.begin() + 4);
    return whole;
}

packet start(type t) { return packet(t, std::uint32_t(7), std::size_t(64)); }
packet extended(std::string_view name)
{
    packet p = start(type::extended);
    p.string(name);
    return p;
}

sftp::attributes full_attributes()
{
    sftp::attributes a;
    a.with_size(std::uint64_t(1) << 40).with_owner(1, 0xfffffffe).with_permissions(0100644);
    a.with_times(sftp::file_time(std::chrono::seconds(5)), sftp::file_time(std::chrono::seconds(0xffffffffu)));
    a.extended.emplace_back("name@example.org", std::string("\0\xff", 2));
    return a;
}

std::vector<sample> samples()
{
    const sftp::attributes a = full_attributes();
    std::vector<sample> all;
    const auto add = [&](operation o, packet&& p) { all.push_back({o, body_of(std::move(p))}); };
    add(operation::open, std::move(start(type::open).string("a/b").u32(0x1a).attrs(a)));
    add(operation::close, std::move(start(type::close).string("handle")));
    add(operation::read, std::move(start(type::read).string("handle").u64(9).u32(10)));
    add(operation::write, std::move(start(type::write).string("handle").u64(9).string("data")));
    add(operation::lstat, std::move(start(type::lstat).string("a/b")));
    add(operation::fstat, std::move(start(type::fstat).string("handle")));
    add(operation::setstat, std::move(start(type::setstat).string("a/b").attrs(a)));
    add(operation::fsetstat, std::move(start(type::fsetstat).string("handle").attrs(a)));
    add(operation::opendir, std::move(start(type::opendir).string("a/b")));
    add(operation::readdir, std::move(start(type::readdir).string("handle")));
    add(operation::remove, std::move(start(type::remove).string("a/b")));
    add(operation::mkdir, std::move(start(type::mkdir).string("a/b").attrs(a)));
    add(operation::rmdir, std::move(start(type::rmdir).string("a/b")));
    add(operation::realpath, std::move(start(type::realpath).string("a/b")));
    add(operation::stat, std::move(start(type::stat).string("a/b")));
    add(operation::rename, std::move(start(type::rename).string("a/b").string("c")));
    add(operation::readlink, std::move(start(type::readlink).string("a/b")));
    add(operation::symlink, std::move(start(type::symlink).string("a/b").string("c")));
    add(operation::posix_rename, std::move(extended("posix-rename@openssh.com").string("a/b").string("c")));
    add(operation::statvfs, std::move(extended("statvfs@openssh.com").string("a/b")));
    add(operation::fstatvfs, std::move(extended("fstatvfs@openssh.com").string("handle")));
    add(operation::hardlink, std::move(extended("hardlink@openssh.com").string("a/b").string("c")));
    add(operation::fsync, std::move(extended("fsync@openssh.com").string("handle")));
    add(operation::lsetstat, std::move(extended("lsetstat@openssh.com").string("a/b").attrs(a)));
    add(operation::limits, extended("limits@openssh.com"));
    add(operation::expand_path, std::move(extended("expand-path@openssh.com").string("a/b")));
    add(operation::copy_data, std::move(extended("copy-data").string("handle").u64(1).u64(2).string("other").u64(3)));
    add(operation::home_directory, std::move(extended("home-directory").string("a/b")));
    bytes ids;
    wire::writer(ids).u32(0).u32(1000);
    add(operation::users_groups_by_id, std::move(extended("users-groups-by-id@openssh.com").string(ids).string(byte_view())));
    add(operation::check_file_handle,
        std::move(extended("check-file-handle").string("handle").string("md5,sha1").u64(1).u64(2).u32(256)));
    add(operation::check_file_name, std::move(extended("check-file-name").string("a/b").string("md5").u64(1).u64(2).u32(256)));
    return all;
}

} // namespace

TEST_CASE("every request of version 3 and of OpenSSH is decoded with its fields")
{
    const std::vector<sample> all = samples();
    REQUIRE(all.size() == operation_count);
    request r;
    for (const sample& s : all) {
        CAPTURE(name_of(s.what));
        const decoded d = decode_request(s.packet, r);
        REQUIRE(d.well_formed);
        CHECK(d.has_id);
        CHECK(r.id == 7);
        REQUIRE(r.what == s.what);
        if (!r.path.empty())
            CHECK(r.path == "a/b");
        if (!r.handle.empty())
            CHECK(text_of(r.handle) == "handle");
        if (!r.second_path.empty())
            CHECK(r.second_path == "c");
        switch (s.what) {
        case operation::open:
            CHECK((r.flags == 0x1a && r.attrs == full_attributes()));
            break;
        case operation::read:
            CHECK((r.offset == 9 && r.length == 10));
            break;
        case operation::write:
            CHECK((r.offset == 9 && text_of(r.data) == "data"));
            break;
        case operation::setstat:
        case operation::fsetstat:
        case operation::mkdir:
        case operation::lsetstat:
            CHECK(r.attrs == full_attributes());
            break;
        case operation::copy_data:
            CHECK((r.offset == 1 && r.length == 2 && r.second_offset == 3 && text_of(r.second_handle) == "other"));
            break;
        case operation::users_groups_by_id:
            CHECK((r.users == std::vector<std::uint32_t>{0, 1000} && r.groups.empty()));
            break;
        case operation::check_file_handle:
            CHECK((r.algorithms == std::vector<std::string>{"md5", "sha1"} && r.block_size == 256));
            break;
        default:
            break;
        }
        if (s.what != operation::open && !traits_of(s.what).name.empty() && s.what != operation::setstat
            && s.what != operation::fsetstat && s.what != operation::mkdir && s.what != operation::lsetstat)
            CHECK(r.attrs == sftp::attributes()); // nothing of an earlier request stays
    }
}

TEST_CASE("T84 requests cut at any byte, or with lengths that lie, are not well-formed")
{
    request r;
    for (const sample& s : samples()) {
        CAPTURE(name_of(s.what));
        for (std::size_t n = 0; n < s.packet.size(); ++n) {
            const bytes cut(s.packet.begin(), s.packet.begin() + std::ptrdiff_t(n)); // of its own, so that sanitizers see
            const decoded d = decode_request(cut, r);
            CHECK(d.has_id == (n >= 5));
            // A name that ends early, and LIMITS after its name, may be something else or whole.
            if (d.well_formed)
                CHECK((r.what == operation::unknown || n == s.packet.size()));
        }
        for (std::size_t at = 5; at + 4 <= s.packet.size(); ++at) {
            bytes lie = s.packet;
            store_u32(&lie[at], 0xffffffffu);
            (void)decode_request(lie, r);
            store_u32(&lie[at], std::uint32_t(lie.size()));
            (void)decode_request(lie, r);
        }
    }
}

TEST_CASE("T90 attributes with 2^32-1 extended pairs take no memory")
{
    bytes b;
    wire::writer out(b);
    out.u32(0x80000000u).u32(0xffffffffu);
    for (int i = 0; i < 200; ++i)
        out.string("a").string("b");
    wire::reader in(b);
    CHECK(decode_attributes(in) == sftp::attributes());
    CHECK_FALSE(in.ok());
}

TEST_CASE("attributes go round, and are refused when cut at any byte")
{
    const std::vector<sftp::attributes> all = [] {
        std::vector<sftp::attributes> v(1, full_attributes());
        for (int bits = 0; bits < 16; ++bits) {
            sftp::attributes a;
            if (bits & 1)
                a.with_size(~std::uint64_t(0));
            if (bits & 2)
                a.with_owner(0xffffffffu, 0);
            if (bits & 4)
                a.with_permissions(0xffffffffu);
            if (bits & 8)
                a.with_times(sftp::file_time(), sftp::file_time(std::chrono::seconds(1)));
            v.push_back(a);
        }
        return v;
    }();
    for (const sftp::attributes& a : all) {
        bytes b;
        encode_attributes(b, a);
        wire::reader in(b);
        CHECK(decode_attributes(in) == a);
        CHECK(in.finished());
        for (std::size_t n = 0; n < b.size(); ++n) {
            const bytes cut(b.begin(), b.begin() + std::ptrdiff_t(n));
            wire::reader part(cut);
            CHECK(decode_attributes(part) == sftp::attributes());
            CHECK_FALSE(part.ok());
        }
    }
}

TEST_CASE("T90 dates before 1970 and after 2106 are sent as the nearest that can be said")
{
    sftp::attributes a;
    a.with_times(sftp::file_time(std::chrono::seconds(-5)), sftp::file_time(std::chrono::seconds(0x100000005)));
    bytes b;
    encode_attributes(b, a);
    wire::reader in(b);
    const sftp::attributes back = decode_attributes(in);
    CHECK(back.atime == sftp::file_time());
    CHECK(back.mtime == sftp::file_time(std::chrono::seconds(0xffffffffu)));
}

TEST_CASE("INIT has a version and pairs, and no number")
{
    request r;
    bytes init = body_of(std::move(packet(type::init).u32(3).string("ext").string("1")));
    decoded d = decode_request(init, r);
    CHECK((d.well_formed && r.what == operation::init && r.flags == 3));
    init.pop_back();
    d = decode_request(init, r);
    CHECK_FALSE(d.well_formed);
}

TEST_CASE("what changes files is known by its request, and for OPEN by its flags")
{
    request r;
    r.what = operation::open;
    r.flags = 1;
    CHECK_FALSE(is_change(r));
    for (const std::uint32_t flag : {2u, 4u, 8u, 16u}) {
        r.flags = 1 | flag;
        CHECK(is_change(r));
    }
    for (const operation o : {operation::write, operation::setstat, operation::fsetstat, operation::remove, operation::mkdir,
                              operation::rmdir, operation::rename, operation::symlink, operation::posix_rename,
                              operation::hardlink, operation::fsync, operation::lsetstat, operation::copy_data}) {
        r.what = o;
        CHECK(is_change(r));
    }
    for (const operation o :
         {operation::close, operation::read, operation::lstat, operation::fstat, operation::opendir, operation::readdir,
          operation::realpath, operation::stat, operation::readlink, operation::statvfs, operation::fstatvfs, operation::limits,
          operation::expand_path, operation::home_directory, operation::users_groups_by_id, operation::check_file_handle,
          operation::check_file_name, operation::init, operation::unknown}) {
        r.what = o;
        CHECK_FALSE(is_change(r));
    }
}
