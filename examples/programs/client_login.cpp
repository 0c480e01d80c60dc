#include "client_login.hpp"

#include "prompt.hpp"
#include "text_tools.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace programs {
namespace {

using sshoal::awaitable;

sshoal::passphrase_function passphrases(const client_config& c)
{
    return [batch = *c.batch](std::string path, unsigned) -> awaitable<std::optional<std::string>> {
        if (batch)
            co_return std::nullopt;
        auto typed = ask_user("Enter passphrase for key '" + path + "': ", false);
        if (!typed || typed->empty())
            co_return std::nullopt;
        co_return std::move(typed);
    };
}

/// IdentityFile, IdentitiesOnly and IdentityAgent.
sshoal::ssh_identities identities(const client_config& c, const std::string& host)
{
    sshoal::ssh_identities all;
    std::vector<std::string> files;
    for (const std::string& path : c.identity_files)
        if (lower(path) != "none")
            files.push_back(path);
    // The library looks for the usual files below $HOME; here the account's home folder counts, if there is one.
    const auto home = home_folder();
    if (!c.identity_files.empty() || !home)
        all.files(std::move(files));
    else
        all.folder(*home + "/.ssh");
    all.only(*c.identities_only);
    std::string socket = c.identity_agent.value_or("SSH_AUTH_SOCK");
    if (socket == "SSH_AUTH_SOCK")
        socket = std::getenv("SSH_AUTH_SOCK") != nullptr ? std::getenv("SSH_AUTH_SOCK") : "";
    else if (socket.starts_with('$') && !socket.starts_with("${"))
        socket = std::getenv(socket.c_str() + 1) != nullptr ? std::getenv(socket.c_str() + 1) : "";
    else if (lower(socket) != "none")
        socket = expand_client_tokens(c, host, socket);
    if (socket.empty() || lower(socket) == "none")
        all.no_agent();
    else
        all.agent(socket);
    return all;
}

std::vector<std::string> method_order(const client_config& c)
{
    std::vector<std::string> order;
    for (const std::string& m : split_list(c.preferred_methods.value_or("publickey,keyboard-interactive,password"))) {
        const bool by_user = m == "password" || m == "keyboard-interactive";
        if ((m == "publickey" && *c.publickey) || (m == "password" && *c.password && !*c.batch) ||
            (m == "keyboard-interactive" && *c.interactive && !*c.batch))
            order.push_back(m);
        else if (m != "publickey" && !by_user)
            say(verbosity::debug1, "method " + m + " is not implemented");
    }
    return order;
}

sshoal::password_function passwords(const client_config& c, suspicion suspect)
{
    const unsigned most = *c.password_prompts;
    return [most, suspect, who = *c.user + '@' + *c.host_name](std::string,
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
sshoal::password_function new_passwords(const client_config& c)
{
    return [who = *c.user + '@' + *c.host_name](std::string prompt, unsigned) -> awaitable<std::optional<std::string>> {
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

sshoal::interactive_function dialogue(const client_config& c, suspicion suspect)
{
    return [most = *c.password_prompts, suspect, who = *c.user + '@' + *c.host_name](
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

} // namespace

awaitable<sshoal::client_options> make_client_options(const client_config& c, std::string host, login_outcome refused)
{
    const suspicion suspect = std::make_shared<bool>(false);
    sshoal::client_options o;
    o.user(*c.user).port(*c.port).verifier(make_client_trust(c, suspect));
    const auto order = method_order(c);
    o.methods(order);
    const auto wants = [&](const char* method) { return std::find(order.begin(), order.end(), method) != order.end(); };
    if (wants("publickey"))
        o.identities(identities(c, host)).passphrase(passphrases(c));
    if (wants("password"))
        o.password(passwords(c, suspect)).new_password(new_passwords(c));
    if (wants("keyboard-interactive"))
        o.interactive(dialogue(c, suspect));
    o.password_prompts(*c.password_prompts).required_rsa_bits(*c.required_rsa_bits).try_none();
    o.on_refused([refused](const sshoal::login_refusal& r) { *refused = r; });
    o.algorithms(c.algorithms).compression(*c.compression);
    sshoal::limits limits;
    if (c.rekey_bytes && *c.rekey_bytes != 0)
        limits.rekey_bytes = *c.rekey_bytes;
    if (c.rekey_time)
        limits.rekey_time = *c.rekey_time;
    if (c.connect_timeout->count() > 0)
        limits.identification_timeout = limits.first_kex_timeout = *c.connect_timeout;
    limits.login_timeout = std::chrono::milliseconds(0); // the user may take time to answer; the server has a limit
    o.limits(limits);
    if (c.alive_interval->count() > 0)
        o.keepalive(*c.alive_interval, *c.alive_count);
    o.on_banner([](std::string_view text) {
        if (program_log::get().shows(verbosity::info))
            (void)!::write(2, text.data(), text.size());
    });
    program_log& log = program_log::get();
    o.log(log.for_library(), log.library_level());
    co_return o;
}

void say_last_words(const sshoal::error& e, const client_config& c, const login_outcome& refused)
{
    const auto is = [&](sshoal::errc code) { return e.code() == code; };
    if (is(sshoal::errc::host_key_unknown) || is(sshoal::errc::host_key_changed) || is(sshoal::errc::host_key_rejected))
        say(verbosity::fatal, "Host key verification failed.");
    else if (is(sshoal::errc::authentication_failed) && *refused)
        say(verbosity::fatal,
            *c.user + '@' + *c.host_name + ": Permission denied (" + join((*refused)->server_methods, ",") + ").");
}

void say_why(const sshoal::error& e, const client_config& c, const login_outcome& refused)
{
    // OpenSSH's scripts look for the damaged length at the beginning of a line, before the last one.
    if (const auto at = e.context().find("Bad packet length"); at != std::string::npos)
        say(verbosity::error, e.context().substr(at));
    if (e.code() == sshoal::errc::keepalive_timeout)
        say(verbosity::info, "Timeout, server " + *c.host_name + " not responding.");
    const bool denied = e.code() == sshoal::errc::authentication_failed && *refused;
    say(denied ? verbosity::verbose : verbosity::fatal, std::string("ssh: ") + e.what());
    say_last_words(e, c, refused);
}

} // namespace programs
