// Sockets from a service manager, and notes to it, with this process in its place.
#include "catch.hpp"
#include "sshoal/service_manager.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sshoal;

namespace {

/// A variable of the environment, for as long as the object lives.
struct variable {
    variable(const char* n, const std::string& value) : name(n) { ::setenv(name, value.c_str(), 1); }
    variable(const variable&) = delete;
    ~variable() { ::unsetenv(name); }
    const char* name;
};

/// The service manager's end.
struct manager {
    manager() : socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0))
    {
        ::sockaddr_un at = {};
        at.sun_family = AF_UNIX;
        path.copy(at.sun_path, sizeof at.sun_path - 1);
        REQUIRE(::bind(socket.get(), reinterpret_cast<::sockaddr*>(&at), sizeof at) == 0);
    }
    ~manager() { ::unlink(path.c_str()); }
    std::string received() const
    {
        char text[256];
        const auto n = ::recv(socket.get(), text, sizeof text, 0);
        return n < 0 ? std::string() : std::string(text, static_cast<std::size_t>(n));
    }
    std::string path = (std::filesystem::temp_directory_path() / ("sshoal-notify-" + std::to_string(::getpid()))).string();
    owned_descriptor socket;
};

} // namespace

TEST_CASE("a note reaches the service manager, if there is one")
{
    CHECK_FALSE(notify_service_manager("READY=1"));
    manager m;
    {
        const variable v("NOTIFY_SOCKET", m.path);
        CHECK(notify_service_manager("READY=1\nSTATUS=up"));
        CHECK(m.received() == "READY=1\nSTATUS=up");
    }
    for (const std::string& odd : {std::string("relative"), std::string("/"), std::string(), std::string(300, '/')}) {
        const variable v("NOTIFY_SOCKET", odd);
        CHECK_FALSE(notify_service_manager("READY=1"));
    }
    CHECK(m.received().empty());
}

TEST_CASE("sockets are taken once, and only those that are meant for this process")
{
    const std::string me = std::to_string(::getpid());
    CHECK(inherited_sockets().empty());
    {
        const variable who("LISTEN_PID", std::to_string(::getppid())), count("LISTEN_FDS", "1");
        CHECK(inherited_sockets().empty());
        CHECK(std::getenv("LISTEN_FDS") == nullptr);
    }
    for (const char* odd : {"-1", "1025", "99999999999999999999", "x", "", "1 "}) {
        const variable who("LISTEN_PID", me), count("LISTEN_FDS", odd);
        CHECK(inherited_sockets().empty());
    }
    const owned_descriptor kept(::fcntl(3, F_DUPFD_CLOEXEC, 10)); // the runner of the tests may use descriptor 3
    const owned_descriptor null(::open("/dev/null", O_RDONLY));
    if (null.get() != 3)
        REQUIRE(::dup2(null.get(), 3) == 3);
    {
        const variable who("LISTEN_PID", me), count("LISTEN_FDS", "1");
        auto all = inherited_sockets();
        REQUIRE(all.size() == 1);
        CHECK(all[0].release() == 3);
        CHECK((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(inherited_sockets().empty());
    }
    if (kept)
        ::dup2(kept.get(), 3);
    else if (null.get() != 3)
        ::close(3);
}

TEST_CASE("the watchdog's interval is this process's own")
{
    CHECK_FALSE(watchdog_interval());
    const variable interval("WATCHDOG_USEC", "30000000");
    CHECK(watchdog_interval() == std::chrono::seconds(30));
    {
        const variable who("WATCHDOG_PID", std::to_string(::getppid()));
        CHECK_FALSE(watchdog_interval());
    }
    const variable who("WATCHDOG_PID", std::to_string(::getpid()));
    CHECK(watchdog_interval() == std::chrono::seconds(30));
    const variable none("WATCHDOG_USEC", "0");
    CHECK_FALSE(watchdog_interval());
}

TEST_CASE("the time of a reload is in microseconds")
{
    const std::string line = reload_time();
    CHECK(line.starts_with("MONOTONIC_USEC="));
    CHECK(std::stoll(line.substr(line.find('=') + 1)) > 0);
}
