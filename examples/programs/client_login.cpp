#include "client_login.hpp"

#include "client_link.hpp"
#include "prompt.hpp"
#include "text_tools.hpp"

#include <sshoal/client.hpp>

#include <unistd.h>

#include <iostream>

namespace programs {
namespace {

using sshoal::awaitable;

sshoal::passphrase_function passphrases(const client_settings& c)
{
    return [batch = c.batch_mode](std::string path, unsigned) -> awaitable<std::optional<std::string>> {
        if (batch)
            co_return std::nullopt;
        auto typed = ask_user("Enter passphrase for key '" + path + "': ", false);
        if (!typed || typed->empty())
            co_return std::nullopt;
        co_return std::move(typed);
    };
}

sshoal::password_function passwords(const client_settings& c, suspicion suspect)
{
    const unsigned most = c.number_of_password_prompts;
    return [most, suspect, who = c.user + '@' + c.host_name](std::string,
                                                               unsigned attempt) -> awaitable<std::optional<std::string>> {
        if (attempt >= most || *suspect)
            co_return std::nullopt;
        if (attempt > 0)
            say(verbosity::info, "Permission denied, please try again.");
        auto typed = ask_user(who + "'s password: ", false);
        co_return std::move(typed);
    };
}

/// Asks for a new password twice, until both are the same, as ssh does when the server demands one.
sshoal::password_function new_passwords(const client_settings& c)
{
    return [who = c.user + '@' + c.host_name](std::string prompt, unsigned) -> awaitable<std::optional<std::string>> {
        say(verbosity::info, prompt);
        for (;;) {
            auto typed = ask_user("Enter " + who + "'s new password: ", false);
            if (!typed || typed->empty())
                co_return std::nullopt;
            auto again = ask_user("Retype " + who + "'s new password: ", false);
            if (!again || again->empty())
                co_return std::nullopt;
            if (*typed == *again)
                co_return std::move(typed);
            say(verbosity::info, "Mismatch; try again, EOF to quit.");
        }
    };
}

sshoal::interactive_function dialogue(const client_settings& c, suspicion suspect)
{
    return [most = c.number_of_password_prompts, suspect, who = c.user + '@' + c.host_name](
               sshoal::interactive_prompts p) -> awaitable<std::optional<std::vector<std::string>>> {
        if (*suspect || p.attempt >= most) // a dialogue may have many rounds
            co_return std::nullopt;
        for (const std::string& text : {p.name, p.instruction})
            if (!text.empty())
                std::cerr << text << std::endl;
        std::vector<std::string> answers;
        for (const auto& prompt : p.prompts) {
            auto typed = ask_user('(' + who + ") " + prompt.text, prompt.echo);
            if (!typed)
                co_return std::nullopt;
            answers.push_back(std::move(*typed));
        }
        co_return std::optional(std::move(answers));
    };
}

sshoal::confirm_function agent_question(const client_settings& c)
{
    return [batch = c.batch_mode](sshoal::public_key key) -> awaitable<bool> {
        if (batch)
            co_return false;
        const auto answer = ask_user("Add key " + sshoal::printable(key.comment(), 256) + " (" + key.fingerprint() + ") to agent? ", true);
        co_return answer && (answer->empty() || lower(*answer) == "yes");
    };
}

sshoal::client_options make_client_options(const client_settings& c, login_outcome refused)
{
    const suspicion suspect = std::make_shared<bool>(false);
    sshoal::client_options o = sshoal::client_options::from(c);
    std::shared_ptr<sshoal::host_key_verifier> trust = make_client_trust(c, suspect);
    if (!c.revoked_host_keys.empty())
        trust = sshoal::refuse_revoked(std::move(trust), c.revoked_host_keys);
    o.verifier(std::move(trust)).passphrase(passphrases(c));
    o.password(passwords(c, suspect)).new_password(new_passwords(c)).interactive(dialogue(c, suspect)).try_none();
    if (c.add_keys_to_agent == sshoal::agent_keeping::ask && !c.identity_agent.empty())
        o.add_keys_to_agent({}, c.identity_agent, agent_question(c));
    o.on_refused([refused](const sshoal::login_refusal& r) { *refused = r; });
    o.on_banner([](std::string_view text) {
        if (program_log::get().shows(verbosity::info))
            (void)!::write(2, text.data(), text.size());
    });
    program_log& log = program_log::get();
    o.log(log.for_library(), log.library_level());
    return o;
}

} // namespace

awaitable<sshoal::connection> log_in_along(const client_way& way, login_outcome refused)
{
    const client_settings& c = way.back();
    sshoal::client_options options = make_client_options(c, refused);
    for (std::size_t i = 0; i + 1 < way.size(); ++i) {
        sshoal::login_target hop;
        hop.user = way[i].user;
        hop.host = way[i].host_name;
        hop.port = way[i].port;
        options.jump(std::move(hop), make_client_options(way[i], std::make_shared<std::optional<sshoal::login_refusal>>()));
    }
    if (way.size() > 1) {
        auto connecting = sshoal::connect(c.host_name, std::move(options));
        sshoal::connection there = co_await std::move(connecting);
        co_return there;
    }
    auto reaching = reach_server(c);
    auto link = co_await std::move(reaching);
    if (!link)
        throw sshoal::error(link.error());
    auto connecting = sshoal::connect(std::move(*link), c.host_name, std::move(options));
    sshoal::connection there = co_await std::move(connecting);
    co_return there;
}

void say_last_words(const sshoal::error& e, const client_settings& c, const login_outcome& refused)
{
    const auto is = [&](sshoal::errc code) { return e.code() == code; };
    if (is(sshoal::errc::host_key_unknown) || is(sshoal::errc::host_key_changed) || is(sshoal::errc::host_key_rejected))
        say(verbosity::fatal, "Host key verification failed.");
    else if (is(sshoal::errc::authentication_failed) && *refused)
        say(verbosity::fatal,
            c.user + '@' + c.host_name + ": Permission denied (" + join((*refused)->server_methods, ",") + ").");
}

void say_why(const sshoal::error& e, const client_settings& c, const login_outcome& refused)
{
    // OpenSSH's scripts look for the damaged length at the beginning of a line, before the last one.
    if (const auto at = e.context().find("Bad packet length"); at != std::string::npos)
        say(verbosity::error, e.context().substr(at));
    if (e.code() == sshoal::errc::keepalive_timeout)
        say(verbosity::info, "Timeout, server " + c.host_name + " not responding.");
    const bool denied = e.code() == sshoal::errc::authentication_failed && *refused;
    say(denied ? verbosity::verbose : verbosity::fatal, std::string("ssh: ") + e.what());
    say_last_words(e, c, refused);
}

} // namespace programs
