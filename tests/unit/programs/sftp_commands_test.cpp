// The commands of sftp(1), with its messages.
#include "sftp_commands.hpp"

#include "catch.hpp"

using programs::parse_sftp_command;
using programs::verb;

TEST_CASE("flags and arguments of commands")
{
    const auto get = parse_sftp_command("get -afpR 'a b*' c");
    CHECK(get.what == verb::get);
    CHECK((get.resume && get.sync && get.preserve && get.recursive));
    CHECK(get.first == "a b\\*");
    CHECK(get.second == "c");
    CHECK(parse_sftp_command("reget x").resume);
    CHECK(parse_sftp_command("PUT x -r").recursive);
    CHECK(parse_sftp_command("put -- -r").first == "-r");

    const auto list = parse_sftp_command("ls -lahSr /x*");
    CHECK((list.details && list.all && list.human && list.reverse));
    CHECK(list.order == programs::list_order::by_size);
    CHECK_FALSE(parse_sftp_command("ls -l1").details);
    CHECK(parse_sftp_command("ls -n").details);

    const auto mode = parse_sftp_command("chmod -h 0755 f*");
    CHECK(mode.number == 0755);
    CHECK(mode.link_itself);
    CHECK(mode.first == "f*");
    CHECK(parse_sftp_command("chown 0755 f").number == 755);
    CHECK(parse_sftp_command("symlink a b").symbolic);
    CHECK(parse_sftp_command("ln -s a b").symbolic);
    CHECK(parse_sftp_command("rename -l a \"b*\"").second == "b*");
    CHECK(parse_sftp_command("rename -l a b").legacy);
    CHECK_FALSE(parse_sftp_command("cd").first);
}

TEST_CASE("what is wrong is said as sftp(1) says it")
{
    CHECK(parse_sftp_command("jajajaja").error == "Invalid command.");
    CHECK(parse_sftp_command("get -q x").error == "get: Invalid flag -q");
    CHECK(parse_sftp_command("get").error == "You must specify at least one path after a get command.");
    CHECK(parse_sftp_command("ln x").error == "You must specify two paths after a ln command.");
    CHECK(parse_sftp_command("mkdir").error == "You must specify a path after a mkdir command.");
    CHECK(parse_sftp_command("chmod 644").error == "You must specify a path after a chmod command.");
    CHECK(parse_sftp_command("chmod x f").error == "You must supply a numeric argument to the chmod command.");
    CHECK(parse_sftp_command("chown 4294967296 f").error == "You must supply a numeric argument to the chown command.");
    CHECK(parse_sftp_command("lumask 8").error == "You must supply a numeric argument to the lumask command.");
    CHECK(parse_sftp_command("get \"x").error == "Unterminated quoted argument");
}

TEST_CASE("prefixes, comments and shells")
{
    const auto c = parse_sftp_command("  -@ -put a b");
    CHECK(c.error == "Invalid command.");
    const auto both = parse_sftp_command("  -@put a b  ");
    CHECK((both.ignore_errors && both.quiet));
    CHECK(both.text == "put a b");
    CHECK(parse_sftp_command("-jajaja").ignore_errors);
    CHECK(parse_sftp_command("\t# a comment").what == verb::nothing);
    CHECK(parse_sftp_command("").error.empty());
    CHECK(parse_sftp_command("!echo  hi there").rest == "echo  hi there");
    CHECK(parse_sftp_command("!").rest.empty());
    CHECK(parse_sftp_command("lls -l 'a b'").rest == "-l 'a b'");
    CHECK(parse_sftp_command("?").what == verb::help);
    CHECK(parse_sftp_command("get a\\ ").first == "a ");
}
