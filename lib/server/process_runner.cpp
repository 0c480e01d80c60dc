#include "sshoal/process_runner.hpp"

#include "base/access.hpp"
#include "base/copy_on_write.hpp"
#include "server/program_plan.hpp"
#include "server/running_program.hpp"
#include "server/xauth.hpp"
#include "connection/channel_state.hpp"
#include "net/crossing.hpp"
#include "sshoal/run_on.hpp"

namespace sshoal {

using server::running_program;

program_options::program_options() : impl_(std::make_shared<impl>()) {}

program_options::impl& program_options::edit() { return own_copy(impl_); }

program_options& program_options::user(std::string name)
{
    edit().user = std::move(name);
    return *this;
}

program_options& program_options::accounts(account_function look_up)
{
    edit().accounts = std::move(look_up);
    return *this;
}

program_options& program_options::work_executor(executor ex)
{
    edit().work = std::move(ex);
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

program_options& program_options::root(std::string path)
{
    edit().root = std::move(path);
    return *this;
}

program_options& program_options::login_scripts(bool of_user)
{
    edit().scripts = of_user ? login_scripts_of::user_and_system : login_scripts_of::system;
    return *this;
}

program_options& program_options::peer(endpoint remote, endpoint local)
{
    edit().peer.emplace(std::move(remote), std::move(local));
    return *this;
}

program_options& program_options::end_with_client(std::chrono::milliseconds patience)
{
    edit().patience = patience;
    return *this;
}

program_options& program_options::subsystem(std::string name, std::string command)
{
    edit().subsystems.emplace_back(std::move(name), std::move(command));
    return *this;
}

namespace {

/// Tells the client and the log.
awaitable<void> report_and_exit(server_session session, std::string why)
{
    conn::state_of(session.io())->link().log(log_level::warning, "no program was started: " + why);
    try {
        co_await session.write_error("sshoal: " + why + "\n");
    } catch (const error&) {
        // A client that has gone needs no message.
    }
    co_await session.exit(255);
}

/// The part of a request that is needed away from the session's strand.
class plan_maker {
public:
    plan_maker(const session_request& request, program_options options)
        : options_(std::move(options))
    {
        asked_.what = request.what;
        asked_.command = request.command;
        asked_.forced = request.forced;
        asked_.original_command = request.original_command;
        asked_.pty = request.pty;
        asked_.env = request.env;
        asked_.x11 = request.x11;
        if (options_.get().scripts == login_scripts_of::user_and_system && !request.connection().permissions().user_rc)
            options_.login_scripts(false);
    }
    outcome<server::program_plan> operator()() const
    {
        outcome<server::program_plan> plan = server::plan_program(asked_, options_.get());
        if (plan && asked_.x11)
            plan->x11_trouble = server::tell_xauth(*plan, *asked_.x11);
        return plan;
    }

private:
    program_options options_;
    session_request asked_;
};

awaitable<outcome<server::program_plan>> plan_elsewhere(const session_request& request, const program_options& options)
{
    const executor& chosen = options.get().work;
    plan_maker maker(request, options);
    auto planning = run_on(chosen ? chosen : disk_threads(), std::move(maker));
    outcome<server::program_plan> plan = co_await std::move(planning);
    co_return plan;
}

awaitable<outcome<void>> serve(session_request request, program_options options)
{
    const program_options::impl& o = options.get();
    if (request.what == session_request::kind::subsystem && server::subsystem_command(o, request.command) == nullptr) {
        request.refuse("there is no subsystem " + printable(request.command, 64));
        co_return outcome<void>();
    }
    server_session session = request.accept();
    if (!session)
        co_return outcome<void>();
    conn::state_of(session.io())->hold_close(); // answers the client's CLOSE when the program's end is known
    std::optional<outcome<server::program_plan>> plan;
    std::string problem;
    try {
        auto planning = plan_elsewhere(request, options);
        outcome<server::program_plan> made = co_await std::move(planning);
        plan.emplace(std::move(made));
    } catch (const boost::system::system_error& e) {
        co_return failure(e.code());
    } catch (const std::exception& e) {
        problem = e.what();
    }
    if (!plan || plan->has_error()) {
        if (plan)
            problem = plan->error().context();
        co_await report_and_exit(session, std::move(problem));
        co_return outcome<void>();
    }
    if (!(*plan)->x11_trouble.empty())
        conn::state_of(session.io())->link().log(log_level::warning, "the cookie of X11 is not known: " + (*plan)->x11_trouble);
    outcome<server::forked_child> child = server::fork_program(**plan);
    if (!child) {
        std::string why = child.error().context() + ": " + child.error().code().message();
        co_await report_and_exit(session, std::move(why));
        co_return outcome<void>();
    }
    auto program = std::make_shared<running_program>(session, std::move(*child), (*plan)->may_signal, o.patience);
    const os::start_report started = co_await running_program::started(program);
    if (started.failed_at != os::start_report::none) {
        std::string why = server::describe(started, **plan);
        co_await report_and_exit(session, std::move(why));
        co_return outcome<void>();
    }
    plan.reset();
    outcome<void> served = co_await running_program::serve(program);
    co_return served;
}

} // namespace

awaitable<void> run_program(session_request request, program_options options)
{
    if (!detail::access::self(request))
        co_return;
    const executor strand = request.get_executor();
    auto work = serve(std::move(request), std::move(options));
    co_await net::or_throw(strand, std::move(work));
}

std::string why_no_terminal() { return server::why_no_terminal_now(); }

} // namespace sshoal
