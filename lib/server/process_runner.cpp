#include "sshoal/process_runner.hpp"

#include "server/program_plan.hpp"
#include "server/running_program.hpp"
#include "session/operation.hpp"

namespace sshoal {

using server::running_program;

program_options::program_options() : impl_(std::make_shared<impl>()) {}

program_options::impl& program_options::edit()
{
    if (impl_.use_count() > 1)
        impl_ = std::make_shared<impl>(*impl_);
    return *impl_;
}

program_options& program_options::user(std::string name)
{
    edit().user = std::move(name);
    return *this;
}

program_options& program_options::shell(std::string path)
{
    edit().shell = std::move(path);
    return *this;
}

program_options& program_options::command(std::string text)
{
    edit().command = std::move(text);
    edit().has_command = true;
    return *this;
}

program_options& program_options::env(std::string name, std::string value)
{
    edit().env.emplace_back(std::move(name), std::move(value));
    return *this;
}

program_options& program_options::directory(std::string path)
{
    edit().directory = std::move(path);
    return *this;
}

program_options& program_options::peer(std::string remote, std::string local)
{
    edit().remote = std::move(remote);
    edit().local = std::move(local);
    return *this;
}

program_options& program_options::subsystem(std::string name, std::string command)
{
    edit().subsystems.emplace_back(std::move(name), std::move(command));
    return *this;
}

namespace {

awaitable<void> tell_and_exit(server_session session, std::string why)
{
    try {
        co_await session.write_error("sshoal: " + why + "\n");
    } catch (const error&) {
        // Whoever has gone needs no message.
    }
    co_await session.exit(255);
}

awaitable<outcome<void>> serve(session_request request, program_options options)
{
    const program_options::impl& o = options.get();
    if (request.what == session_request::kind::subsystem && server::subsystem_command(o, request.command) == nullptr) {
        request.refuse();
        co_return outcome<void>();
    }
    server_session session = request.accept();
    if (!session)
        co_return outcome<void>();
    const outcome<server::program_plan> plan = server::plan_program(request, o);
    if (!plan) {
        std::string why = plan.error().context();
        co_await tell_and_exit(session, std::move(why));
        co_return outcome<void>();
    }
    outcome<server::forked_child> child = server::fork_program(*plan);
    if (!child) {
        std::string why = child.error().context() + ": " + child.error().code().message();
        co_await tell_and_exit(session, std::move(why));
        co_return outcome<void>();
    }
    auto program = std::make_shared<running_program>(session, std::move(*child), plan->may_signal);
    const server::start_report started = co_await running_program::started(program);
    if (started.failed_at != server::start_report::none) {
        std::string why = server::describe(started, *plan);
        co_await tell_and_exit(session, std::move(why));
        co_return outcome<void>();
    }
    outcome<void> served = co_await running_program::serve(program);
    co_return served;
}

} // namespace

awaitable<void> run_program(session_request request, program_options options)
{
    if (!request.undecided)
        co_return;
    const executor strand = request.get_executor();
    auto work = serve(std::move(request), std::move(options));
    co_await session::or_throw(strand, std::move(work));
}

} // namespace sshoal
