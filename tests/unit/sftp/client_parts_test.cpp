// What SFTP's client is made of: how much is under way, requests by their numbers, words of status codes, lines of listings.
#include "catch.hpp"
#include "sftp/client/request_table.hpp"
#include "sftp/protocol/pipeline_depth.hpp"
#include "sshoal/sftp_types.hpp"

#include <cstdlib>
#include <set>

using namespace sshoal;
using namespace sshoal::sftp;
using sftp_protocol::pipeline_depth;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

/// A path of this rate and round trip, the depth as it is after so many answers. The first `cold` answers take `warming` more.
std::size_t depth_after(std::size_t piece, std::size_t most, double rate, std::chrono::duration<double> rtt, int answers,
                        pipeline_depth::clock::duration idle = {}, int cold = 0, std::chrono::duration<double> warming = {})
{
    pipeline_depth depth(piece, most, idle);
    using clock = pipeline_depth::clock;
    struct request {
        pipeline_depth::mark mark;
        clock::time_point done;
    };
    clock::time_point now{}, free{};
    std::vector<request> queue;
    for (int i = 0; i < answers; ++i) {
        while (queue.size() * piece + piece <= depth.target()) {
            const auto way = std::chrono::duration_cast<clock::duration>(rtt);
            const auto begins = std::max(free, now + way / 2);
            const std::chrono::duration<double> takes = std::chrono::duration<double>(double(piece) / rate) + (i < cold ? warming : 0s);
            free = begins + std::chrono::duration_cast<clock::duration>(takes);
            queue.push_back({depth.on_send(now), free + way / 2});
        }
        now = queue.front().done;
        depth.on_answer(queue.front().mark, piece, now);
        queue.erase(queue.begin());
    }
    return depth.target();
}

} // namespace

TEST_CASE("the depth of a pipeline fills the path, stays within its limits, and does not grow for ever")
{
    constexpr std::size_t piece = 32768, most = 64u << 20;
    CHECK(pipeline_depth(piece, most).target() == pipeline_depth::at_first);
    CHECK(pipeline_depth(1 << 20, most).target() == 8 << 20);
    CHECK(pipeline_depth(piece, 8 * piece - 1).target() == 8 * piece - 1);
    CHECK(pipeline_depth(piece, piece).target() == piece);
    for (const auto rtt : {1ms, 20ms, 100ms})
        for (const double rate : {1e6, 1e8, 1e9}) {
            const double path = rate * std::chrono::duration<double>(rtt).count();
            const std::size_t depth = depth_after(piece, most, rate, rtt, 5000);
            CAPTURE(rtt.count(), rate, depth);
            CHECK(double(depth) >= std::min(path, double(most)));
            CHECK(double(depth) <= std::max(3 * path + 8.0 * piece, 8.0 * piece) + 4.0 * piece);
            CHECK(depth <= most);
        }
    CHECK(depth_after(piece, 1 << 20, 1e9, 100ms, 1000) == 1 << 20);
    // Answers without a byte, and such as come before they were asked for, as clocks can have it.
    pipeline_depth odd(piece, most);
    const auto now = pipeline_depth::clock::now();
    odd.on_answer(odd.on_send(now), 1, now);
    for (int i = 0; i < 100; ++i)
        odd.on_answer(odd.on_send(now), 0, now - 1s);
    CHECK(odd.target() == 8 * piece);
}

TEST_CASE("the depth of a pipeline on a short path is not that of pieces which wait for one another; a slow server's stays")
{
    constexpr std::size_t piece = 261'120, most = 64u << 20;
    constexpr auto cold = pipeline_depth::settled / 2;
    CHECK(depth_after(piece, most, 1.5e9, 70us, 500, {}, cold, 1ms) > 12 * piece);
    CHECK(depth_after(piece, most, 1.5e9, 70us, 500, 70us, cold, 1ms) == 8 * piece);
    // Looked for once, and found again afterwards.
    CHECK(depth_after(piece, most, 1.5e9, 70us, pipeline_depth::settled - 1, 70us, cold, 1ms) > 12 * piece);
    CHECK(depth_after(piece, most, 1.5e9, 70us, pipeline_depth::settled, 70us, cold, 1ms) == 2 * piece);
    // It answers small requests at once and needs long for each piece, many at a time.
    for (const double rate : {1e8, 3e8}) {
        const std::size_t depth = depth_after(piece, most, rate, 100ms, 2000, 5ms);
        CAPTURE(rate, depth);
        CHECK(double(depth) >= rate * 0.1);
    }
}

TEST_CASE("requests have numbers of their own until they are answered, as many as allowed and not one more")
{
    request_table table;
    std::set<std::uint32_t> ids;
    for (std::size_t i = 0; i < request_table::most; ++i) {
        const auto id = table.add(outstanding_request());
        REQUIRE(id);
        ids.insert(*id);
    }
    CHECK(ids.size() == request_table::most);
    CHECK(table.size() == request_table::most);
    CHECK_FALSE(table.add(outstanding_request()));
    CHECK(table.find(*ids.rbegin()) != nullptr);
    CHECK(table.find(*ids.rbegin() + 1) == nullptr);
    CHECK(table.find(0xffffffffu) == nullptr);
    (void)table.take(77);
    CHECK(table.find(77) == nullptr);
    CHECK(table.add(outstanding_request()) == 77u);
    CHECK_FALSE(table.add(outstanding_request()));
}

TEST_CASE("status codes have words, equal the conditions that they mean, and unknown ones are told by their number")
{
    std::set<std::string> words;
    for (int s = 0; s <= int(status::link_loop); ++s)
        words.insert(make_error_code(status(s)).message());
    CHECK(words.size() == std::size_t(status::link_loop) + 1);
    CHECK(make_error_code(status(22)).message() == "status 22");
    CHECK(make_error_code(status(0xffffffffu)).message() == "status 4294967295");
    CHECK_FALSE(make_error_code(status::ok).failed());
    CHECK(make_error_code(status::no_such_path) == std::errc::no_such_file_or_directory);
    CHECK(make_error_code(status::permission_denied) == std::errc::permission_denied);
    CHECK(make_error_code(status::file_already_exists) == std::errc::file_exists);
    CHECK(make_error_code(status::no_space_on_filesystem) == std::errc::no_space_on_device);
    CHECK(make_error_code(status::dir_not_empty) == std::errc::directory_not_empty);
    CHECK(make_error_code(status::link_loop) == std::errc::too_many_symbolic_link_levels);
    CHECK(fail_errno(ENOENT).code() == status::no_such_file);
    CHECK(fail_errno(ENOTDIR).code() == status::no_such_file);
    CHECK(fail_errno(EACCES).code() == status::permission_denied);
    CHECK(fail_errno(EINVAL).code() == status::bad_message);
    CHECK(fail_errno(ENOSYS).code() == status::op_unsupported);
    for (const int number : {ENOSPC, EDQUOT, EIO, EEXIST, ENOTEMPTY, EROFS, EMFILE, 100000})
        CHECK(fail_errno(number).code() == status::failure);
    CHECK(fail_errno(ENOSPC, "write").message().find("write: No space left on device") != std::string::npos);
}

TEST_CASE("modes of opening a file by their letters")
{
    CHECK(mode_of("r") == open_mode::read);
    CHECK(mode_of("rb+") == open_mode::read_write);
    CHECK(mode_of("r+b") == open_mode::read_write);
    CHECK(mode_of("w") == open_mode::overwrite);
    CHECK(mode_of("a") == (open_mode::write | open_mode::create | open_mode::append));
    CHECK(mode_of("x+") == (open_mode::read | open_mode::write | open_mode::create | open_mode::exclusive));
    for (const char* wrong : {"", "b", "rw", "r+bt", "R", "w\n", "+", "rr"})
        CHECK_THROWS_AS(mode_of(wrong), error);
}

TEST_CASE("plain names are single names")
{
    for (const std::string_view good : {"a", "...", ".a", "a.", " ", "\n", "\\", "~", "-", "\xff"})
        CHECK(is_plain_name(good));
    for (const std::string_view bad : {""sv, "."sv, ".."sv, "/"sv, "a/"sv, "/a"sv, "\0"sv, "a\0"sv})
        CHECK_FALSE(is_plain_name(bad));
}

TEST_CASE("lines of listings look like those of ls -l, whatever the attributes")
{
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    const file_time now(std::chrono::seconds(1'700'000'000)); // 14 November 2023
    const auto line = [&](std::uint32_t mode, file_time when) {
        attributes a;
        a.with_permissions(mode).with_size(1234).with_owner(1, 2).with_times(when, when);
        return long_name(directory_entry("name", a), now, "user", "group");
    };
    CHECK(line(0100644, now) == "-rw-r--r--    1 user     group        1234 Nov 14 22:13 name");
    CHECK(line(0104755, now).starts_with("-rwsr-xr-x "));
    CHECK(line(0102644, now).starts_with("-rw-r-Sr-- "));
    CHECK(line(041777, now).starts_with("drwxrwxrwt "));
    CHECK(line(041776, now).starts_with("drwxrwxrwT "));
    CHECK(line(0120777, now).starts_with("lrwxrwxrwx "));
    CHECK(line(010000, now).starts_with("p--------- "));
    CHECK(line(020000, now).starts_with("c"));
    CHECK(line(060000, now).starts_with("b"));
    CHECK(line(0140000, now).starts_with("s"));
    CHECK(line(0, now).starts_with("?"));
    constexpr auto half_a_year = std::chrono::hours(365 * 24 / 2);
    CHECK(line(0100644, now - half_a_year + 1s).find(':') != std::string::npos);
    CHECK(line(0100644, now - half_a_year).find(':') == std::string::npos);
    CHECK(line(0100644, now + half_a_year - 1s).find(':') != std::string::npos);
    CHECK(line(0100644, now + half_a_year + 1s).find(':') == std::string::npos);
    CHECK(line(0100644, file_time()).find("1970") != std::string::npos);
    CHECK(line(0100644, file_time(std::chrono::seconds(-1))).find("1969") != std::string::npos);
    attributes huge;
    huge.with_owner(0xffffffffu, 0xffffffffu).with_size(~std::uint64_t(0)).with_permissions(0xffffffffu);
    const std::string all = long_name(directory_entry(std::string(255, 'n'), huge), now, {}, {}, ~std::uint64_t(0));
    CHECK(all.find("4294967295 4294967295 18446744073709551615") != std::string::npos);
    CHECK(all.ends_with(" " + std::string(255, 'n')));
    CHECK(long_name(directory_entry("bare", attributes()), now).ends_with(" bare"));
    const std::string far = long_name(directory_entry("far", attributes().with_times(file_time::max(), file_time::max())), now);
    CHECK(far.ends_with(" far"));
}
