// authorized_keys_test.cpp - which keys may log in: lines with and without options, and lines made to be misread.
#include "sshoal/authorized_keys.hpp"
#include "../keys/key_files.hpp"
#include "../keys/stopwatch.hpp"
#include "catch.hpp"
#include "sample_keys.hpp"
#include "vector_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace sshoal;
using namespace sshoal::test;

namespace {

authorized_keys from(std::string_view text)
{
    authorized_keys keys;
    keys.read(text, "file");
    return keys;
}

/// The options in front of the one key of the line; nothing where the line is not used.
std::string options_in(const std::string& line)
{
    const auto keys = from(line);
    return keys.restricted().size() == 1 && keys.entries().empty() ? keys.restricted()[0].options : "";
}

} // namespace

TEST_CASE("a byte order mark in front of the first key does not matter")
{
    const auto keys = from("\xef\xbb\xbf" + key_line(1) + "\r\n" + key_line(2) + "\r\n");
    CHECK(keys.contains(key(1)));
    CHECK(keys.contains(key(2)));
}

TEST_CASE("keys without options may log in")
{
    const auto keys
        = from("# comment\n\n" + key_line(1) + " a comment, with \"quotes\"\r\n \t" + key_line(2) + "\n" + key_line(3));
    for (const unsigned value : {1u, 2u, 3u})
        CHECK(keys.contains(key(value)));
    CHECK_FALSE(keys.contains(key(4)));
    CHECK_FALSE(keys.contains(public_key()));
    REQUIRE(keys.entries().size() == 3);
    CHECK(keys.entries()[0].line == 3);
    CHECK(keys.entries()[0].options.empty());
    CHECK(keys.entries()[0].key.comment() == "a comment, with \"quotes\"");
    CHECK(keys.entries()[2].line == 5);
    CHECK(keys.warnings().empty());
    CHECK_FALSE(authorized_keys().contains(key(1)));
}

TEST_CASE("a key with any option is not contained")
{
    for (const std::string option : {"no-pty", "restrict", "NO-PTY", "command=\"/bin/false\"", "from=\"*\"", "no-pty,restrict"}) {
        const auto keys = from(option + " " + key_line(1) + "\n" + key_line(2));
        CHECK_FALSE(keys.contains(key(1)));
        CHECK(keys.contains(key(2)));
        REQUIRE(keys.restricted().size() == 1);
        CHECK(keys.restricted()[0].options == option);
        CHECK(keys.restricted()[0].rules);
        CHECK(keys.warnings().empty());
        CHECK(keys.find(key(1), key_use()) == &keys.restricted()[0]);
    }
}

TEST_CASE("an option that is not understood rejects its line, and is told")
{
    for (const std::string option : {"x", "\"\"", "unknown=1", "no-pty,x", "command=\"a\",command=\"b\""}) {
        const auto keys = from(option + " " + key_line(1) + "\n" + key_line(2));
        CHECK_FALSE(keys.contains(key(1)));
        CHECK(keys.find(key(1), key_use()) == nullptr);
        CHECK(keys.find(key(2), key_use()) == &keys.entries()[0]);
        REQUIRE(keys.restricted().size() == 1);
        CHECK_FALSE(keys.restricted()[0].rules);
        REQUIRE(keys.warnings().size() == 1);
        CHECK(keys.warnings()[0].starts_with("file:1: "));
    }
}

TEST_CASE("of the lines for a key, the first one that lets it in is found")
{
    key_use use;
    use.address = "192.0.2.1";
    const auto command_of = [&](const std::string& lines) {
        const auto keys = from(lines);
        const authorized_key* const found = keys.find(key(1), use);
        return found == nullptr ? "none" : found->rules ? found->rules->allowed.command.value_or("no command") : "no options";
    };
    const std::string k = " " + key_line(1) + "\n", plain = key_line(1) + "\n";
    CHECK(command_of(key_line(2)) == "none");
    CHECK(command_of(plain + "restrict" + k) == "no options");
    CHECK(command_of("restrict" + k + plain) == "no command");
    CHECK(command_of("from=\"198.51.100.1\",command=\"a\"" + k + "command=\"b\"" + k + "command=\"c\"" + k) == "b");
    CHECK(command_of("expiry-time=\"20000101\"" + k + plain) == "no options");
    CHECK(command_of("cert-authority" + k) == "none");
    CHECK(command_of("x" + k + "command=\"b\"" + k) == "b");
    authorized_keys two_files = from("command=\"first\"" + k);
    two_files.read(plain, "second");
    CHECK(two_files.find(key(1), use)->rules);
    CHECK(two_files.find(public_key(), use) == nullptr);
}

TEST_CASE("a line without options does not lift the options of another line for the same key")
{
    CHECK_FALSE(from("restrict " + key_line(1) + "\n" + key_line(1)).contains(key(1)));
    CHECK_FALSE(from(key_line(1) + "\nrestrict " + key_line(1)).contains(key(1)));
}

TEST_CASE("a key inside a quoted option is part of the option")
{
    CHECK(options_in("command=\"" + key_line(1) + "\" " + key_line(2)) == "command=\"" + key_line(1) + "\"");
    CHECK_FALSE(from("command=\"x " + key_line(1) + " y\" " + key_line(2)).contains(key(1)));
    CHECK(options_in("command=\"echo \\\"hi there\\\"\",no-pty " + key_line(1)) == "command=\"echo \\\"hi there\\\"\",no-pty");
    CHECK(options_in("command=\"a\\\\\" " + key_line(1) + "\" " + key_line(2)) == "command=\"a\\\\\" " + key_line(1) + "\"");
    CHECK(options_in("a=\"b c\"d=\"e f\"\t" + key_line(1)) == "a=\"b c\"d=\"e f\"");
}

TEST_CASE("a quote that stays open takes the whole line with it")
{
    for (const std::string& line :
         std::vector<std::string>{ "command=\"x " + key_line(1), "\" " + key_line(1), "command=\"x\\\" " + key_line(1),
                                   "command=\"x\\\\\\\" " + key_line(1), "a=\"b\",c=\" " + key_line(1) }) {
        const auto keys = from(line + "\n" + key_line(2));
        CHECK_FALSE(keys.contains(key(1)));
        CHECK(keys.restricted().empty());
        CHECK(keys.contains(key(2)));
        CHECK(keys.warnings().size() == 1);
    }
}

TEST_CASE("damaged lines and unknown key types are left out")
{
    for (const std::string& line : std::vector<std::string>{
             std::string("ssh-ed25519"), std::string("ssh-ed25519 AAAA"), "ssh-rsa " + key_line(1).substr(12),
             "ssh-dss AAAAB3NzaC1kc3M= x", "no-pty ssh-dss AAAAB3NzaC1kc3M=", "a b " + key_line(1), key_line(1).substr(12),
             key_line(1) + "AAAA", key_line(1) + std::string("\0 ", 2), std::string("\0", 1) + key_line(1),
             key_line(1).substr(0, 40) + '\0' + key_line(1), "ssh-ed25519 " + key_line(1),
             "sk-ssh-ed25519@openssh.com AAAA " + key_line(1) }) {
        INFO(line);
        const auto keys = from(line + "\n" + key_line(2));
        CHECK_FALSE(keys.contains(key(1)));
        CHECK(keys.entries().size() == 1);
        CHECK(keys.restricted().empty());
        CHECK(keys.warnings().size() == 1);
    }
}

TEST_CASE("every truncation of a line lets nobody in")
{
    const std::string line = key_line(1);
    for (std::size_t n = 0; n < line.size(); ++n)
        CHECK(from(line.substr(0, n)).entries().empty());
}

TEST_CASE("a line past 8 KiB is ignored as a whole, and its tail is no line of its own")
{
    for (const std::size_t size : {8u * 1024, 16u * 1024, 1024u * 1024}) {
        for (const char filler : {'#', 'x', ' ', '"', ','}) {
            // The key stands where a reader with a buffer of this size would start anew.
            const std::string line = "a" + std::string(size - 1, filler) + key_line(1);
            const auto keys = from(line + "\n" + key_line(2));
            CHECK_FALSE(keys.contains(key(1)));
            CHECK(keys.restricted().empty());
            CHECK(keys.contains(key(2)));
        }
    }
    const std::string comment(8 * 1024 - key_line(1).size() - 1, 'c');
    CHECK(from(key_line(1) + " " + comment).contains(key(1)));
    CHECK_FALSE(from(key_line(1) + " " + comment + "c").contains(key(1)));
}

TEST_CASE("a byte order mark at the head of the file is passed over")
{
    const std::string mark = "\xef\xbb\xbf";
    CHECK(from(mark + key_line(1) + "\r\n" + key_line(2)).entries().size() == 2);
    CHECK(from(mark + "no-pty " + key_line(1)).restricted().size() == 1);
    CHECK(from(mark + "# comment\n" + key_line(1)).warnings().empty());
    CHECK_FALSE(from(key_line(1) + "\n" + mark + key_line(2)).contains(key(2))); // a quoted "option" of a line would begin so
}

TEST_CASE("a carriage return ends no line")
{
    CHECK_FALSE(from("no-pty\r" + key_line(1)).contains(key(1)));
    CHECK_FALSE(from("# comment\r" + key_line(1)).contains(key(1)));
    CHECK_FALSE(from("x\v" + key_line(1) + "\fy").contains(key(1)));
}

TEST_CASE("a million lines take bounded time")
{
    const stopwatch watch;
    std::string text;
    for (int i = 0; i < 1'000'000; ++i)
        text += "no-pty x\n";
    for (int i = 0; i < 100'000; ++i)
        text += key_line(unsigned(i) % 256) + "\n";
    const auto keys = from(text);
    CHECK(keys.entries().size() == 100'000);
    CHECK(keys.warnings().size() == 101);
    CHECK_FALSE(keys.contains(public_key::load(test::vector_file("keys/rsa.pub")).value()));
    CHECK(watch.seconds() < 20);
}

TEST_CASE("authorized_keys must be a regular file within the limit")
{
    const temporary_folder folder;
    authorized_keys keys;
    CHECK(keys.load(folder.write("file", key_line(1))).value() == true);
    CHECK(keys.contains(key(1)));
    CHECK(keys.load(folder / "missing").value() == false);
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(keys.load(folder / "fifo").error().code() == errc::file_error);
    CHECK(keys.load(folder.path()).error().code() == errc::file_error);
    CHECK(keys.load("/dev/zero").error().code() == errc::file_error);
    CHECK(keys.load(folder / "file", authorized_keys_options().max_bytes(10)).error().code() == errc::file_error);
}

TEST_CASE("with strict modes nobody else may be able to change the file or the folders above it")
{
    const temporary_folder folder;
    const std::string home = folder / "home", ssh = home + "/.ssh", path = ssh + "/authorized_keys";
    REQUIRE(::mkdir(home.c_str(), 0755) == 0);
    REQUIRE(::mkdir(ssh.c_str(), 0700) == 0);
    folder.write("home/.ssh/authorized_keys", key_line(1));
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    const auto strict = authorized_keys_options().strict_modes(::getuid(), home);
    const auto accepted = [&] { return authorized_keys().load(path, strict).has_value(); };
    CHECK(accepted());
    for (const std::string& target : std::vector<std::string>{path, ssh, home}) {
        struct ::stat status = {};
        REQUIRE(::stat(target.c_str(), &status) == 0);
        for (const ::mode_t bit : {0020u, 0002u}) {
            REQUIRE(::chmod(target.c_str(), (status.st_mode & 07777) | bit) == 0);
            CHECK_FALSE(accepted());
            CHECK(authorized_keys().load(path).has_value());
        }
        REQUIRE(::chmod(target.c_str(), status.st_mode & 07777) == 0);
    }
    CHECK(accepted());
    // What lies above the home directory is not the user's business.
    REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
    CHECK(accepted());
    CHECK_FALSE(
        authorized_keys().load(path, authorized_keys_options().strict_modes(::getuid(), folder / "elsewhere")).has_value());
    REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);

    // Through a link the folders that count are those of the file itself.
    const std::string shared = folder / "shared";
    REQUIRE(::mkdir(shared.c_str(), 0755) == 0);
    REQUIRE(::chmod(shared.c_str(), 0777) == 0);
    folder.write("shared/keys", key_line(1));
    REQUIRE(::unlink(path.c_str()) == 0);
    REQUIRE(::symlink((shared + "/keys").c_str(), path.c_str()) == 0);
    CHECK_FALSE(accepted());

    if (::getuid() == 0) {
        REQUIRE(::unlink(path.c_str()) == 0);
        folder.write("home/.ssh/authorized_keys", key_line(1));
        REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
        CHECK_FALSE(accepted());
    }
}
