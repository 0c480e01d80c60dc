#include "catch.hpp"
#include "os/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

using namespace sshoal;

namespace {

struct seen {
    std::string out;
    int status = -1;
    os::start_report report;
};

/// Runs the plan with its standard output and error in a pipe.
seen run(os::child_plan plan)
{
    os::descriptor from, to;
    REQUIRE(os::make_pipe(from, to));
    plan.descriptors = {-1, to.get(), to.get()};
    const auto child = os::start_child(plan);
    REQUIRE(child.has_value());
    seen s;
    s.report = os::wait_for_start(child->report);
    to.reset();
    char room[256];
    for (::ssize_t n = 0; (n = ::read(from.get(), room, sizeof room)) > 0;)
        s.out.append(room, static_cast<std::size_t>(n));
    s.status = os::wait_for_end(child->id);
    return s;
}

os::child_plan shell(const char* script)
{
    os::child_plan p;
    p.program = "/bin/sh";
    p.arguments = {"sh", "-c", script};
    return p;
}

} // namespace

TEST_CASE("a child has the environment, the folder and the arguments of its plan")
{
    os::child_plan p = shell("echo \"$WORD $0 $(pwd)\"; exit 7");
    p.arguments.push_back("first");
    p.environment = {"WORD=said", "PATH=/usr/bin:/bin"};
    p.directory = "/usr";
    const seen s = run(p);
    CHECK(s.report.failed_at == os::start_report::none);
    CHECK(s.out == "said first /usr\n");
    CHECK(WEXITSTATUS(s.status) == 7);
}

TEST_CASE("a child without a folder says so, or does not begin")
{
    os::child_plan p = shell("pwd");
    p.directory = "/no/such/folder";
    const seen refused = run(p);
    CHECK(refused.report.failed_at == os::start_report::directory);
    CHECK(refused.report.error == ENOENT);
    CHECK(refused.out.empty());
    p.directory_complaint = "no folder\n";
    const seen elsewhere = run(p);
    CHECK(elsewhere.report.failed_at == os::start_report::none);
    CHECK(elsewhere.out == "no folder\n/\n");
}

TEST_CASE("a program is looked up in the folders of $PATH, and only if it is asked for")
{
    const std::string before = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
    ::setenv("PATH", "/no/such/folder:/dev/null:/usr/bin:/bin", 1);
    os::child_plan p;
    p.program = "echo";
    p.arguments = {"echo", "word"};
    const seen by_path = run(p);
    CHECK(by_path.report.failed_at == os::start_report::exec);
    p.search = true;
    CHECK(run(p).out == "word\n");
    p.program = "no-such-program";
    const seen none = run(p);
    CHECK(none.report.failed_at == os::start_report::exec);
    CHECK(none.report.error == ENOENT);
    ::setenv("PATH", before.c_str(), 1);
}

TEST_CASE("a child gets no other descriptors, ignored signals or blocked signals if its plan says so")
{
    os::descriptor leaked(::open("/dev/null", O_RDONLY)); // not closed on exec
    REQUIRE(leaked.get() > 2);
    const std::string number = std::to_string(leaked.get());
    struct ::sigaction before = {}, ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGUSR1, &ignore, &before);
    ::sigset_t blocked, mask;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
    const std::string script = "test -e /proc/self/fd/" + number + " && echo leaked; kill -USR1 $$; echo ignored";
    const std::string of_mask = "kill -USR2 $$; echo blocked";
    os::child_plan p = shell(script.c_str()), q = shell(of_mask.c_str());
    CHECK(run(p).out == "leaked\nignored\n");
    CHECK(run(q).out == "blocked\n");
    p.close_others = p.reset_all_signals = q.reset_all_signals = true;
    const seen alone = run(p), unblocked = run(q);
    ::sigaction(SIGUSR1, &before, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    CHECK(alone.out.empty());
    CHECK(WTERMSIG(alone.status) == SIGUSR1);
    CHECK(unblocked.out.empty());
    CHECK(WTERMSIG(unblocked.status) == SIGUSR2);
}

TEST_CASE("a child leads a session of its own if its plan says so")
{
    const char* const script = "set -- $(cat /proc/self/stat); test \"$6\" = $$ && echo leads"; // the sixth field is the session
    os::child_plan p = shell(script);
    CHECK(run(p).out.empty());
    p.own_session = true;
    CHECK(run(p).out == "leads\n");
}
