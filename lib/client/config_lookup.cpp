// ssh_config::lookup(): asks for settings, and gets the answers to the questions that conditions ask.
#include "base/access.hpp"
#include "config/client_lookup.hpp"
#include "sshoal/child_program.hpp"
#include "sshoal/run_on.hpp"

#include <netdb.h>

namespace sshoal {
namespace {

using conf::lookup_question;

/// Runs a command in the user's shell.
struct command_holds {
    std::string command;
    bool operator()() const
    {
        try {
            return run_to_end(child_command::shell(command).quiet()).end.ok();
        } catch (const error&) { // there is no such shell
            return false;
        }
    }
};

/// Asks the system's resolver.
struct name_look_up {
    std::string name;
    std::optional<std::string> operator()() const
    {
        ::addrinfo wanted = {}, *found = nullptr;
        wanted.ai_socktype = SOCK_STREAM;
        wanted.ai_flags = AI_CANONNAME;
        if (::getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0 || found == nullptr)
            return std::nullopt;
        std::string canonical = found->ai_canonname != nullptr ? found->ai_canonname : name;
        ::freeaddrinfo(found);
        return canonical;
    }
};

awaitable<bool> command_answer(const config_answers& how, std::string command)
{
    if (how.exec()) {
        auto asking = how.exec()(std::move(command));
        const bool told = co_await std::move(asking);
        co_return told;
    }
    command_holds run{std::move(command)};
    auto running = run_on(disk_threads(), std::move(run));
    const bool held = co_await std::move(running);
    co_return held;
}

awaitable<std::optional<std::string>> name_answer(const config_answers& how, std::string name)
{
    if (how.canonical_name()) {
        auto asking = how.canonical_name()(std::move(name));
        std::optional<std::string> told = co_await std::move(asking);
        co_return told;
    }
    name_look_up look{std::move(name)};
    auto looking = run_on(disk_threads(), std::move(look));
    std::optional<std::string> found = co_await std::move(looking);
    co_return found;
}

/// A step of a look-up that reads files.
struct step_work {
    std::shared_ptr<const conf::client_document> in;
    std::string host;
    config_facts facts;
    conf::lookup_answers answers;
    outcome<conf::lookup_step> operator()() const { return conf::look_up(*in, host, facts, answers); }
};

awaitable<ssh_settings> settings_of(std::shared_ptr<const conf::client_document> in, std::string host, config_answers how,
                                    config_facts facts)
{
    conf::lookup_answers answers;
    for (;;) {
        outcome<conf::lookup_step> step = failure(errc::bad_configuration);
        if (conf::reads_files(*in)) {
            step_work work{in, host, facts, answers};
            auto working = run_on(disk_threads(), std::move(work));
            step = co_await std::move(working);
        } else {
            step = conf::look_up(*in, host, facts, answers);
        }
        if (!step)
            throw error(step.error());
        lookup_question q = step->question;
        if (q.what == lookup_question::kind::none) {
            if (step->not_done && !how.is_only_to_show())
                throw error(step->not_done);
            co_return std::move(step->settings);
        }
        std::optional<std::string> answer;
        if (q.what == lookup_question::kind::command) {
            if (how.forbids_exec())
                throw error(conf::wrong_place(step->asked_at, "Match exec is not allowed here: " + printable(q.text)));
            auto asking = command_answer(how, q.text);
            const bool held = co_await std::move(asking);
            if (held)
                answer.emplace();
        } else {
            auto asking = name_answer(how, q.text);
            answer = co_await std::move(asking);
        }
        answers.emplace_back(std::move(q), std::move(answer));
    }
}

} // namespace

awaitable<ssh_settings> ssh_config::lookup(std::string host, config_answers how, config_facts facts) const
{
    return settings_of(self_, std::move(host), std::move(how), std::move(facts));
}

awaitable<ssh_settings> ssh_config::lookup(std::string host, config_answers how) const
{
    const auto in = self_;
    auto gathering = run_on(disk_threads(), &config_facts::of_this_process); // accounts may be on another machine
    config_facts facts = co_await std::move(gathering);
    auto finding = settings_of(in, std::move(host), std::move(how), std::move(facts));
    ssh_settings s = co_await std::move(finding);
    co_return s;
}

} // namespace sshoal
