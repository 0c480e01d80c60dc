#include "catch.hpp"

#include "sshoal/child_program.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <future>

namespace sshoal::net::test {
namespace {

awaitable<void> read_to_end(byte_stream& s, std::string& text)
{
    char room[64];
    for (;;) {
        error_code ec;
        const std::size_t n = s.try_read(std::as_writable_bytes(std::span(room)), ec);
        text.append(room, n);
        if (ec == asio::error::would_block)
            co_await s.wait_readable();
        else if (ec)
            co_return;
    }
}

std::string all_of(asio::io_context& ctx, byte_stream& s)
{
    std::string text;
    std::exception_ptr thrown;
    asio::co_spawn(ctx, read_to_end(s, text), [&](std::exception_ptr e) { thrown = e; });
    ctx.restart();
    ctx.run();
    REQUIRE_FALSE(thrown);
    return text;
}

/// Reads until the program has said that its traps are set.
void wait_for_word(asio::io_context& ctx, byte_stream& s)
{
    std::byte one{};
    error_code ec;
    while (s.try_read(std::span(&one, 1), ec) == 0 || one != std::byte('\n')) {
        REQUIRE((!ec || ec == asio::error::would_block));
        asio::co_spawn(ctx, s.wait_readable(), [](std::exception_ptr, error_code) {});
        ctx.restart();
        ctx.run();
    }
}

class program_end {
public:
    child_command of(const std::string& script)
    {
        child_command c({"/bin/sh", "-c", script});
        c.on_end([p = promise_](const child_status& s) { p->set_value(s); });
        return c;
    }
    child_status get()
    {
        auto future = promise_->get_future();
        REQUIRE(future.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
        return future.get();
    }

private:
    std::shared_ptr<std::promise<child_status>> promise_ = std::make_shared<std::promise<child_status>>();
};

error_code start_error(child_command c)
{
    asio::io_context ctx;
    try {
        start_program(ctx.get_executor(), std::move(c));
    } catch (const error& e) {
        return e.code();
    }
    return {};
}

} // namespace

TEST_CASE("child programs: a stream over the standard input and output of a program")
{
    asio::io_context ctx;
    program_end end;
    auto s = start_program(ctx.get_executor(), end.of("cat; echo done; exit 3"));
    error_code ec;
    CHECK(s->try_write(std::as_bytes(std::span("word", 4)), ec) == 4);
    CHECK_FALSE(s->shutdown_send());
    CHECK(all_of(ctx, *s) == "worddone\n");
    s->close();
    s->close(); // may be called twice
    const child_status how = end.get();
    CHECK(how.status == 3);
    CHECK(how.signal == 0);
    CHECK_FALSE(how.ok());
}

TEST_CASE("child programs: the end of a stream ends its program, by a signal if need be")
{
    std::signal(SIGHUP, SIG_DFL); // who runs the tests under nohup has it ignored, and programs inherit that
    asio::io_context ctx;
    program_end by_input, by_hangup, by_kill;
    { // ends with its input; the destructor closes
        auto s = start_program(ctx.get_executor(), by_input.of("cat >/dev/null").patience(std::chrono::seconds(60)));
    }
    auto waits = start_program(ctx.get_executor(), by_hangup.of("echo; exec sleep 600").patience(std::chrono::milliseconds(1)));
    wait_for_word(ctx, *waits); // SIGKILL follows a second later, and starting a shell may take that long on a busy machine
    waits->close();
    auto stubborn
        = start_program(ctx.get_executor(), by_kill.of("trap '' HUP; echo; exec sleep 600").patience(std::chrono::milliseconds(1)));
    wait_for_word(ctx, *stubborn);
    stubborn->close();
    CHECK(by_input.get().ok());
    CHECK(by_hangup.get().signal == SIGHUP);
    CHECK(by_kill.get().signal == SIGKILL);
}

TEST_CASE("child programs: a program that cannot be started is an error with its name")
{
    CHECK(start_error(child_command({"/no/such/program"})) == boost::system::errc::no_such_file_or_directory);
    CHECK(start_error(child_command({"no-such-program-in-any-folder"})) == boost::system::errc::no_such_file_or_directory);
    CHECK(start_error(child_command({"/"})) == boost::system::errc::permission_denied);
    CHECK(start_error(child_command({})) == errc::invalid_argument);
    try {
        run_to_end(child_command({"/no/such/program"}));
        FAIL("started");
    } catch (const error& e) {
        CHECK(e.context() == "/no/such/program");
    }
}

TEST_CASE("child programs: the output of a program that runs to its end is bounded")
{
    const auto output = [](const char* script, std::size_t most) {
        return run_to_end(child_command({"sh", "-c", script}).capture(most));
    };
    CHECK(output("printf 12345", 5).out == "12345");
    CHECK(output("printf 12345", 5).end.ok());
    CHECK(output("printf 123456", 5).out == "12345");
    CHECK(output("exec yes", 4096).end.signal == SIGPIPE); // no more is read, although this process may ignore the signal
    const auto quiet = run_to_end(child_command({"/bin/sh", "-c", "cat; echo word; exit 3"}).quiet());
    CHECK(quiet.end.status == 3);
    CHECK(quiet.out.empty());
}

TEST_CASE("child programs: an interrupt ends a program unless the command says otherwise")
{
    const auto interrupted = [](child_command c) { return run_to_end(c.quiet()).end; };
    const std::vector<std::string> words{"/bin/sh", "-c", "kill -INT $$"};
    CHECK(interrupted(child_command(words).interruptible(true)).signal == SIGINT);
    CHECK(interrupted(child_command(words).interruptible(false)).ok());
    struct ::sigaction before = {}, ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &before);
    CHECK(interrupted(child_command(words)).ok());
    CHECK(interrupted(child_command(words).interruptible(true)).signal == SIGINT);
    ::sigaction(SIGINT, &before, nullptr);
}

TEST_CASE("child programs: the user's shell runs a command line")
{
    const char* const shell = std::getenv("SHELL");
    const std::string before = shell != nullptr ? shell : "";
    ::setenv("SHELL", "/bin/some-shell", 1);
    CHECK(child_command::shell("exec true").arguments() == std::vector<std::string>{"/bin/some-shell", "-c", "exec true"});
    CHECK(child_command::shell("").arguments() == std::vector<std::string>{"/bin/some-shell"});
    ::setenv("SHELL", "", 1);
    CHECK(child_command::shell("").arguments() == std::vector<std::string>{"/bin/sh"});
    CHECK(run_to_end(child_command::shell("exit 5")).end.status == 5);
    ::setenv("SHELL", before.c_str(), 1);
}

} // namespace sshoal::net::test
