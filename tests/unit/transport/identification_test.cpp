#include "catch.hpp"
#include "transport/identification.hpp"

using namespace sshoal;
using namespace sshoal::transport;

namespace {

struct feed {
    explicit feed(role self) : reader(self) {}
    /// Gives the text byte by byte; true when the version line is there.
    bool give(std::string_view text)
    {
        for (const char c : text) {
            *in.append(1) = std::byte(c);
            if (done)
                continue;
            const auto r = reader.read(in);
            if (!r) {
                failed = r.error();
                return false;
            }
            done = *r == identification_reader::progress::done;
            most = std::max(most, in.size());
        }
        return done;
    }
    identification_reader reader;
    io_buffer in;
    failure failed;
    bool done = false;
    std::size_t most = 0;
};

bool accepted(role self, std::string_view text)
{
    feed bytewise(self);
    const bool result = bytewise.give(text);
    // The same at once.
    identification_reader reader(self);
    io_buffer in;
    std::memcpy(in.append(text.size()), text.data(), text.size());
    const auto r = reader.read(in);
    CHECK((r && *r == identification_reader::progress::done) == result);
    if (r && result)
        CHECK(reader.line() == bytewise.reader.line());
    return result;
}

} // namespace

TEST_CASE("an identification line is read with CRLF and with LF alone, and nothing behind it is touched")
{
    for (const std::string end : {"\r\n", "\n"}) {
        feed f(role::server);
        REQUIRE(f.give("SSH-2.0-OpenSSH_9.2 some comment" + end + "rest"));
        CHECK(f.reader.line() == "SSH-2.0-OpenSSH_9.2 some comment");
        CHECK(text_of(f.in.view()) == "rest");
    }
}

TEST_CASE("T01: the version must be 2 with any minor number, or 1.99")
{
    for (const role self : {role::client, role::server})
        for (const char* good : {"SSH-2.0-x\r\n", "SSH-1.99-x\r\n", "SSH-2.1-x\r\n", "SSH-2.99-x\r\n", "SSH-2.00000-x\r\n"})
            CHECK(accepted(self, good));
    for (const char* bad : {"SSH-1.5-x\r\n", "SSH-1.98-x\r\n", "SSH-2.0x\r\n", "SSH-3.0-x\r\n", "SSH-2.0-\r\n", "SSH-2.0\r\n",
             "SSH-1.99-\r\n", "SSH--x\n", "SSH-\n", "SSH-2.-x\n", "SSH-2-x\n", "SSH-2.a-x\n", "SSH-20-x\n", "SSH-2.000000-x\n"}) {
        CHECK_FALSE(accepted(role::client, bad));
        CHECK_FALSE(accepted(role::server, bad));
    }
    CHECK_FALSE(accepted(role::server, "ssh-2.0-x\r\n"));
}

TEST_CASE("T01: a peer's version line has at most 8192 bytes with its line end")
{
    for (const role self : {role::client, role::server})
        for (const std::string end : {"\r\n", "\n"})
            for (const std::size_t size : {254u, 255u, 256u, 300u, 8191u, 8192u, 8193u, 9000u}) {
                std::string line = "SSH-2.0-";
                line.resize(size - end.size(), 'x');
                CHECK(accepted(self, line + end) == (size <= 8192));
            }
    feed endless(role::server);
    CHECK_FALSE(endless.give("SSH-2.0-" + std::string(65536, 'x')));
    CHECK(endless.failed.code() == errc::bad_identification);
    CHECK(endless.most <= max_version_line);
}

TEST_CASE("T01: NUL and a carriage return inside the line are refused")
{
    using namespace std::string_literals;
    CHECK_FALSE(accepted(role::client, "SSH-2.0-a\0b\r\n"s));
    CHECK_FALSE(accepted(role::server, "SSH-2.0-a\0b\r\n"s));
    CHECK_FALSE(accepted(role::server, "SSH-2.0-a\rb\r\n"s));
    CHECK_FALSE(accepted(role::client, "wel\0come\r\nSSH-2.0-a\r\n"s));
}

TEST_CASE("T01: only a server may send lines before its identification")
{
    feed f(role::client);
    REQUIRE(f.give("welcome\r\n\n\x1b[2Jmind the gap\nSSH-2.0-x\r\n"));
    REQUIRE(f.reader.pre_lines().size() == 3);
    CHECK(f.reader.pre_lines()[0] == "welcome");
    CHECK(f.reader.pre_lines()[2].find('\x1b') == std::string::npos);

    feed s(role::server);
    CHECK_FALSE(s.give("GET / HTTP/1.1\r\n"));
    CHECK(s.failed.code() == errc::bad_identification);
    CHECK(s.most == 0); // the first byte was enough
}

TEST_CASE("T01: lines before the identification are limited in number and length")
{
    for (const std::size_t count : {1023u, 1024u, 1025u}) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += "x\r\n";
        feed f(role::client);
        CHECK(f.give(text + "SSH-2.0-x\r\n") == (count <= 1024));
    }
    for (const std::size_t size : {8191u, 8192u, 8193u})
        CHECK(accepted(role::client, std::string(size, 'x') + "\r\nSSH-2.0-x\r\n") == (size <= 8192));
    feed endless(role::client);
    CHECK_FALSE(endless.give(std::string(65536, 'x')));
    CHECK(endless.most <= 16 * 1024);
}

TEST_CASE("T01: what is kept of the lines before the identification is bounded")
{
    feed f(role::client);
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += std::string(100, 'y') + "\n\n";
    text.resize(1000 * 51);
    REQUIRE(f.give(text + "\nSSH-2.0-x\r\n"));
    std::size_t kept = 0;
    for (const std::string& line : f.reader.pre_lines())
        kept += line.size();
    CHECK(kept <= 2 * max_kept_pre_text);
}

TEST_CASE("our own identification is always valid")
{
    CHECK(make_identification("sshoal_1.0") == "SSH-2.0-sshoal_1.0");
    CHECK(make_identification("a\r\nb\x1b").find_first_of("\r\n\x1b") == std::string::npos);
    CHECK(make_identification(std::string(1000, 'x')).size() + 2 == max_own_version_line);
    CHECK(accepted(role::server, make_identification(std::string(1000, 'x')) + "\r\n"));
}
