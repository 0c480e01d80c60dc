// known_hosts_test.cpp - what known_hosts says about hosts and keys, for every form of line.
#include "sshoal/known_hosts.hpp"
#include "catch.hpp"
#include "sample_keys.hpp"
#include "vector_files.hpp"

using namespace sshoal;
using namespace sshoal::test;

namespace {

known_hosts hosts_from(std::string_view text)
{
    known_hosts hosts;
    hosts.read(text, "file");
    return hosts;
}

host_status status(const std::string& text, std::string_view host, std::uint16_t port, unsigned value)
{
    return hosts_from(text).check(host, port, key(value));
}

} // namespace

TEST_CASE("a plain line makes its key known for its host only")
{
    const std::string text = "example.org " + key_line(1) + " comment\n";
    CHECK(status(text, "example.org", 22, 1) == host_status::match);
    CHECK(status(text, "EXAMPLE.ORG", 22, 1) == host_status::match);
    CHECK(status(text, "example.org", 22, 2) == host_status::changed);
    CHECK(status(text, "example.com", 22, 1) == host_status::unknown);
    CHECK(status(text, "", 22, 1) == host_status::unknown);
    CHECK(status("", "example.org", 22, 1) == host_status::unknown);
    CHECK(hosts_from(text).check("example.org", 22, public_key()) == host_status::unknown);
}

TEST_CASE("any of several keys of a host matches, and another key is a change whatever its type")
{
    const auto rsa = public_key::load(test::vector_file("keys/rsa.pub")).value();
    const std::string text = "h " + key_line(1) + "\nh " + key_line(2) + "\n";
    CHECK(status(text, "h", 22, 1) == host_status::match);
    CHECK(status(text, "h", 22, 2) == host_status::match);
    CHECK(status(text, "h", 22, 3) == host_status::changed);
    CHECK(hosts_from(text).check("h", 22, rsa) == host_status::changed);
    CHECK(hosts_from(text + "h " + rsa.line()).check("h", 22, rsa) == host_status::match);
}

TEST_CASE("ports other than 22 have lines of their own")
{
    const std::string text = "h " + key_line(1) + "\n[h]:2222 " + key_line(2) + "\n[::1]:2222 " + key_line(3) + "\n";
    CHECK(status(text, "h", 22, 1) == host_status::match);
    CHECK(status(text, "h", 22, 2) == host_status::changed);
    CHECK(status(text, "h", 2222, 2) == host_status::match);
    CHECK(status(text, "h", 2222, 1) == host_status::changed);
    CHECK(status(text, "::1", 2222, 3) == host_status::match);
    CHECK(status(text, "[::1]", 2222, 3) == host_status::match);
    CHECK(status(text, "::1", 22, 3) == host_status::unknown);
    // A line without a port can confirm a key for another port, but does not contradict it.
    CHECK(status(text, "h", 2200, 1) == host_status::match);
    CHECK(status(text, "h", 2200, 2) == host_status::unknown);
}

TEST_CASE("addresses are found in each of their forms")
{
    const std::string text = "2001:db8::1,192.0.2.1 " + key_line(1) + "\n";
    CHECK(status(text, "2001:DB8:0:0:0:0:0:1", 22, 1) == host_status::match);
    CHECK(status(text, "[2001:db8::1]", 22, 1) == host_status::match);
    CHECK(status(text, "192.0.2.1", 22, 2) == host_status::changed);
    CHECK(status(text, "192.0.2.10", 22, 1) == host_status::unknown);
}

TEST_CASE("lists, wildcards and negation")
{
    const std::string text = "a,b,*.example.org,!bad.example.org " + key_line(1) + "\n";
    CHECK(status(text, "a", 22, 1) == host_status::match);
    CHECK(status(text, "b", 22, 1) == host_status::match);
    CHECK(status(text, "www.example.org", 22, 1) == host_status::match);
    CHECK(status(text, "bad.example.org", 22, 1) == host_status::unknown);
    CHECK(status(text, "www.example.org", 2222, 1) == host_status::match);
    CHECK(status(text, "a,b", 22, 1) == host_status::unknown);
    CHECK(status("[*.example.org]:* " + key_line(1), "www.example.org", 2222, 1) == host_status::match);
    CHECK(status("!h " + key_line(1), "h", 22, 1) == host_status::unknown);
}

TEST_CASE("a question in a host name is no pattern")
{
    CHECK(status("example.org " + key_line(1), "*", 22, 1) == host_status::unknown);
    CHECK(status("example.org " + key_line(1), "example?org", 22, 1) == host_status::unknown);
}

TEST_CASE("hashed names as ssh-keygen -H writes them")
{
    known_hosts hosts;
    const std::string line = hosts.add("Example.org", 22, key(1), true).value();
    const std::string with_port = hosts.add("example.org", 2222, key(2), true).value();
    CHECK(line.starts_with("|1|"));
    CHECK(line.find("xample") == std::string::npos);
    for (const auto& known : {hosts, hosts_from(line + "\n" + with_port + "\n")}) {
        CHECK(known.check("example.org", 22, key(1)) == host_status::match);
        CHECK(known.check("example.org", 22, key(2)) == host_status::changed);
        CHECK(known.check("example.org", 2222, key(2)) == host_status::match);
        CHECK(known.check("example.com", 22, key(1)) == host_status::unknown);
    }
    // From ssh-keygen -H over a line for "sshoal.example".
    const std::string theirs = "|1|WoLsngGnPqEdNEZe8ct2iuX2o8g=|Wsr8fhwbTmlqgcRApZ83IWXucDM= " + key_line(1);
    CHECK(status(theirs, "sshoal.example", 22, 1) == host_status::match);
    CHECK(status(theirs, "sshoal.examples", 22, 1) == host_status::unknown);
}

TEST_CASE("a revoked key is revoked wherever its line stands")
{
    const std::string good = "h " + key_line(1) + "\n";
    const std::string revoked = "@revoked * " + key_line(1) + "\n";
    CHECK(status(good + revoked, "h", 22, 1) == host_status::revoked);
    CHECK(status(revoked + good, "h", 22, 1) == host_status::revoked);
    CHECK(status(revoked, "other", 22, 1) == host_status::revoked);
    CHECK(status(revoked, "other", 22, 2) == host_status::unknown);
    CHECK(status(good + revoked, "h", 2222, 1) == host_status::revoked);
    CHECK(status(good + "@revoked other " + key_line(1), "h", 22, 1) == host_status::match);
    CHECK(status(good + "@revoked h " + key_line(2), "h", 22, 2) == host_status::revoked);
    CHECK(status("@revoked h " + key_line(1) + "\n[h]:2222 " + key_line(1), "h", 2222, 1) == host_status::revoked);
    CHECK(hosts_from(good + revoked).keys_for("h", 22).empty());
}

TEST_CASE("a certificate authority is not a host key")
{
    const std::string text = "@cert-authority *.example.org " + key_line(1) + "\n";
    CHECK(status(text, "www.example.org", 22, 1) == host_status::unknown);
    CHECK(hosts_from(text).keys_for("www.example.org", 22).empty());
    REQUIRE(hosts_from(text).authorities_for("www.example.org", 22).size() == 1);
    CHECK(hosts_from(text).authorities_for("www.example.org", 22)[0] == key(1));
    CHECK(hosts_from(text).authorities_for("example.com", 22).empty());
    CHECK(hosts_from(text + "@revoked * " + key_line(1)).authorities_for("www.example.org", 22).empty());
}

TEST_CASE("the keys for a host are listed once each")
{
    const auto rsa = public_key::load(test::vector_file("keys/rsa.pub")).value();
    const auto hosts
        = hosts_from("h " + rsa.line() + "\nh,i " + key_line(1) + "\nh " + key_line(1) + "\n[h]:2222 " + key_line(2) + "\n");
    CHECK(hosts.keys_for("h", 22) == std::vector<public_key>{rsa, key(1)});
    CHECK(hosts.keys_for("h", 2222) == std::vector<public_key>{key(2)});
    CHECK(hosts.keys_for("i", 2200) == std::vector<public_key>{key(1)});
    CHECK(hosts.keys_for("j", 22).empty());
    CHECK(hosts.size() == 4);
}

TEST_CASE("a byte order mark in front of the first line does not matter")
{
    const std::string mark = "\xef\xbb\xbf";
    CHECK(status(mark + "h " + key_line(1) + "\r\n", "h", 22, 1) == host_status::match);
    CHECK(status(mark + "# comment\nh " + key_line(1) + "\n", "h", 22, 1) == host_status::match);
    // Only there: elsewhere it is part of a name.
    CHECK(status("x " + key_line(2) + "\n" + mark + "h " + key_line(1) + "\n", "h", 22, 1) == host_status::unknown);
    CHECK(status(mark + "@revoked * " + key_line(1) + "\n", "h", 22, 1) == host_status::revoked);
}

TEST_CASE("blank lines, comments, blanks and CRLF do not matter")
{
    const auto hosts = hosts_from("# comment\r\n\r\n \t \r\n  # h " + key_line(2) + "\n \th \t" + key_line(1) + " \t comment \r\n\n");
    CHECK(hosts.check("h", 22, key(1)) == host_status::match);
    CHECK(hosts.size() == 1);
    CHECK(hosts.warnings().empty());
    CHECK(hosts_from("h " + key_line(1)).check("h", 22, key(1)) == host_status::match);
}

TEST_CASE("lines that cannot be used are left out and told")
{
    const std::string good = "h " + key_line(1) + "\n";
    for (const std::string& bad : std::vector<std::string>{
             std::string("h"), std::string("h ssh-ed25519"), "h ssh-ed25519 AAAA", "h " + key_line(2).substr(0, 70),
             "h ssh-rsa " + key_line(2).substr(12), "h ssh-dss AAAAB3NzaC1kc3M=", "h 1024 35 1234567890",
             "@marker h " + key_line(2), "@revoked", "@revoked h", "@cert-authority " + key_line(2),
             "|1|aaaa|bbbb " + key_line(2), "|1| " + key_line(2), "|1|" + std::string(28, 'A') + " " + key_line(2),
             "|2|x|y " + key_line(2), "| " + key_line(2), key_line(2), "h " + key_line(2) + std::string("\0x", 2),
             "@REVOKED h " + key_line(1) }) {
        INFO(bad);
        const auto hosts = hosts_from(bad + "\n" + good);
        CHECK(hosts.size() == 1);
        CHECK(hosts.check("h", 22, key(1)) == host_status::match);
        REQUIRE(hosts.warnings().size() == 1);
        CHECK(hosts.warnings()[0].starts_with("file:1: "));
        CHECK(hosts.warnings()[0].find_first_of(std::string("\0\n", 2)) == std::string::npos);
    }
}

TEST_CASE("every truncation of a line leaves the rest as it is")
{
    const std::string good = "h " + key_line(1) + "\n";
    const std::string other = "@revoked i " + key_line(2);
    for (std::size_t n = 0; n < other.size(); ++n) {
        const auto hosts = hosts_from(other.substr(0, n) + "\n" + good);
        CHECK(hosts.check("h", 22, key(1)) == host_status::match);
        CHECK(hosts.size() == 1);
        CHECK(hosts_from(std::string_view(good).substr(0, n < good.size() - 2 ? n : 0)).size() == 0);
    }
}

TEST_CASE("a line past 8 KiB is left out as a whole")
{
    const std::string long_line = "h" + std::string(8 * 1024 - 1, ' ');
    for (const std::size_t more : {0u, 1u, 100'000u}) {
        const auto hosts = hosts_from(long_line + std::string(more, ' ') + "h " + key_line(1) + "\n" + "i " + key_line(1));
        CHECK(hosts.check("h", 22, key(1)) == host_status::unknown);
        CHECK(hosts.check("i", 22, key(1)) == host_status::match);
        CHECK(hosts.warnings().size() == 1);
    }
}

TEST_CASE("a key is added under names that mean only this host")
{
    known_hosts hosts;
    CHECK(hosts.add("Example.org", 22, key(1)).value() == "example.org " + key_line(1));
    CHECK(hosts.add("::1", 2222, key(2)).value() == "[::1]:2222 " + key_line(2));
    CHECK(hosts.check("example.org", 22, key(1)) == host_status::match);
    CHECK(hosts.check("::1", 2222, key(2)) == host_status::match);
    for (const std::string& bad :
         std::vector<std::string>{ std::string(), std::string("*"), std::string("a?"), std::string("!a"), std::string("a,b"),
                                   std::string("a b"), std::string("a\nb"), std::string("#a"), std::string("@revoked"),
                                   std::string("|1|a"), std::string("a\0b", 3), std::string("[a]:22"), std::string(2000, 'a') })
        CHECK(hosts.add(bad, 22, key(1)).error().code() == errc::invalid_argument);
    CHECK(hosts.add("a", 22, public_key()).error().code() == errc::invalid_argument);
    CHECK(hosts.size() == 2);
}
