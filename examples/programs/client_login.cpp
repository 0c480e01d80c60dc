#include "client_login.hpp"

#include "prompt.hpp"
#include "text_tools.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace programs {
namespace {

using sshoal::awaitable;
using signers = std::vector<std::shared_ptr<sshoal::signer>>;

/// Reasons not to use a file for a key, said to the user where the file was named.
bool usable_identity(const std::string& path, bool named)
{
    struct ::stat what = {};
    if (::stat(path.c_str(), &what) != 0) {
        say(named ? verbosity::info : verbosity::debug1,
            "Warning: Identity file " + path + " not accessible: " + std::strerror(errno) + '.');
        return false;
    }
    if (what.st_uid == ::getuid() && (what.st_mode & 077) != 0) {
        say(verbosity::error, "WARNING: UNPROTECTED PRIVATE KEY FILE! Others may read " + path + "; it is not used.");
        return false;
    }
    return true;
}

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

signers file_identities(const client_config& c)
{
    std::vector<std::string> files = c.identity_files;
    const bool named = !files.empty();
    if (const auto home = home_folder(); home && !named)
        for (const char* name : {"id_rsa", "id_ecdsa", "id_ed25519"})
            files.push_back(*home + "/.ssh/" + name);
    signers all;
    for (const std::string& path : files) {
        if (lower(path) == "none" || !usable_identity(path, named))
            continue;
        auto loaded = sshoal::load_signer(path, passphrases(c));
        if (loaded)
            all.push_back(std::move(*loaded));
        else
            say(verbosity::info, "Load key \"" + path + "\": " + loaded.error().code().message());
    }
    return all;
}

/// Those of the agent first, as in OpenSSH those that are in both places are signed for by the agent.
awaitable<signers> all_identities(const client_config& c, std::string host)
{
    signers files = file_identities(c);
    std::string socket = c.identity_agent.value_or("SSH_AUTH_SOCK");
    if (socket == "SSH_AUTH_SOCK")
        socket = std::getenv("SSH_AUTH_SOCK") != nullptr ? std::getenv("SSH_AUTH_SOCK") : "";
    else if (socket.starts_with('$') && !socket.starts_with("${"))
        socket = std::getenv(socket.c_str() + 1) != nullptr ? std::getenv(socket.c_str() + 1) : "";
    else if (lower(socket) != "none")
        socket = expand_client_tokens(c, host, socket);
    if (socket.empty() || lower(socket) == "none")
        co_return files;
    const sshoal::agent agent(socket);
    auto held = co_await agent.identities();
    if (!held) {
        say(verbosity::debug1, "agent: " + held.error().context());
        co_return files;
    }
    const auto is_in = [](const signers& list, const sshoal::public_key& key) {
        return std::any_of(list.begin(), list.end(), [&](const auto& s) { return s->key() == key; });
    };
    signers all;
    for (const auto& s : *held)
        if (!*c.identities_only || is_in(files, s->key()))
            all.push_back(s);
    for (const auto& s : files)
        if (!is_in(all, s->key()))
            all.push_back(s);
    co_return all;
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

sshoal::interactive_function dialogue(const client_config& c, suspicion suspect)
{
    auto left = std::make_shared<unsigned>(*c.password_prompts);
    return [left, suspect, who = *c.user + '@' + *c.host_name](
               sshoal::interactive_prompts p) -> awaitable<std::optional<std::vector<std::string>>> {
        if (*suspect || (!p.prompts.empty() && *left == 0))
            co_return std::nullopt;
        *left -= p.prompts.empty() ? 0u : 1u;
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

awaitable<sshoal::client_options> make_client_options(const client_config& c, std::string host)
{
    const suspicion suspect = std::make_shared<bool>(false);
    sshoal::client_options o;
    o.user(*c.user).port(*c.port).verifier(make_client_trust(c, suspect));
    const auto order = method_order(c);
    o.methods(order);
    const auto wants = [&](const char* method) { return std::find(order.begin(), order.end(), method) != order.end(); };
    if (wants("publickey")) {
        const signers identities = co_await all_identities(c, host);
        for (const auto& s : identities)
            o.identity(s);
    }
    if (wants("password"))
        o.password(passwords(c, suspect));
    if (wants("keyboard-interactive"))
        o.interactive(dialogue(c, suspect));
    o.algorithms(c.algorithms).compression(*c.compression);
    sshoal::limits limits;
    if (c.rekey_bytes && *c.rekey_bytes != 0)
        limits.rekey_bytes = *c.rekey_bytes;
    if (c.rekey_time)
        limits.rekey_time = *c.rekey_time;
    if (c.connect_timeout->count() > 0)
        limits.identification_timeout = *c.connect_timeout;
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

} // namespace programs
