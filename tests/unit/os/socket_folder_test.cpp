#include "catch.hpp"
#include "os/socket_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sshoal;

namespace {

struct ::stat status_of(const std::string& path)
{
    struct ::stat s = {};
    CHECK(::lstat(path.c_str(), &s) == 0);
    return s;
}

void make_file(const std::string& path) { CHECK(os::descriptor(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600))); }

} // namespace

TEST_CASE("socket folder: only its owner can enter it, it can be given away, and it goes with what is in it")
{
    std::string folder, file;
    {
        outcome<os::socket_folder> made = os::socket_folder::make();
        REQUIRE(made.has_value());
        const os::socket_folder mine = std::move(*made);
        file = mine.socket();
        folder = file.substr(0, file.rfind('/'));
        CHECK((status_of(folder).st_mode & 07777) == 0700);
        make_file(file);
        const bool root = ::geteuid() == 0;
        const ::uid_t owner = root ? 65'534 : ::geteuid();
        CHECK(mine.give_to(owner, ::getegid()).has_value());
        CHECK(status_of(file).st_uid == owner);
        CHECK(status_of(folder).st_uid == owner);
    }
    CHECK(::access(folder.c_str(), F_OK) != 0);
}

TEST_CASE("socket folder: what its owner puts in its place is left alone")
{
    outcome<os::socket_folder> other = os::socket_folder::make();
    REQUIRE(other.has_value());
    const std::string victim = other->socket().substr(0, other->socket().rfind('/'));
    std::string folder, name;
    {
        outcome<os::socket_folder> made = os::socket_folder::make();
        REQUIRE(made.has_value());
        const os::socket_folder mine = std::move(*made);
        const std::string file = mine.socket();
        folder = file.substr(0, file.rfind('/'));
        name = file.substr(file.rfind('/'));
        make_file(victim + name);
        CHECK(::rename(folder.c_str(), (folder + "-moved").c_str()) == 0);
        CHECK(::symlink(victim.c_str(), folder.c_str()) == 0);
    }
    CHECK(::access((victim + name).c_str(), F_OK) == 0);
    ::unlink((victim + name).c_str());
    ::unlink(folder.c_str());
    ::rmdir((folder + "-moved").c_str());
}
