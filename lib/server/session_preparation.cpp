// Answers the requests that a client makes on a session channel before its program: variables and a terminal (RFC 4254 §6.2 and
// §6.4). The log-in's permissions decide first, then the application.
#include "server/session_state.hpp"

#include "base/wildcard.hpp"
#include "server/server_state.hpp"
#include "server/session_text.hpp"
#include "wire/session_requests.hpp"
#include "wire/terminal_modes.hpp"

#include <algorithm>

namespace sshoal::server {

namespace msg = wire::msg;

namespace {

constexpr std::size_t longest_env_name = 256;
constexpr std::size_t most_env_bytes = 256 * 1024; // for all names and values of a session
constexpr std::size_t longest_terminal_type = 200;

/// Variables that make the dynamic linker load code. No pattern allows them, only their full names.
bool is_linker_variable(std::string_view name) noexcept { return name.starts_with("LD_") || name.starts_with("DYLD_"); }

} // namespace

bool session_state::may_set(std::string_view name) const
{
    if (name.empty() || name.size() > longest_env_name || has_nul(name) || name.find('=') != std::string_view::npos)
        return false;
    const bool by_full_name = is_linker_variable(name);
    const std::optional<std::vector<std::string>>& own = allowed().accept_env;
    const auto& patterns = own ? *own : settings_->get().accept_env;
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
        return by_full_name ? p == name : matches_wildcard(p, name);
    });
}

std::string session_state::ask(server_state& server, session_setup s)
{
    const server_options::impl& o = server.settings().get();
    const auto& about = o.asked_about;
    const bool is_asked = o.permit_setup && std::find(about.begin(), about.end(), s.what) != about.end();
    if (!is_asked) {
        const bool needs_a_server = s.what == session_setup::kind::x11 || s.what == session_setup::kind::agent;
        return needs_a_server && !server.services() && !server.awaits_services() ? "nothing serves it here" : "";
    }
    s.user = server.core().server_log_in().user;
    s.allowed = &server.allowed();
    s.application_data = &server.application_data();
    const conn::connection_state::callback_scope scope(server);
    try {
        return o.permit_setup(s);
    } catch (const std::exception& e) {
        return std::string("permit_setup() failed: ") + e.what();
    } catch (...) {
        return "permit_setup() failed";
    }
}

session_state::refusal session_state::ask(session_setup s) const
{
    const auto c = channel_.lock();
    return c ? ask(static_cast<server_state&>(c->link()), std::move(s)) : refusal();
}

const permissions& session_state::allowed() const
{
    static const permissions everything;
    const auto c = channel_.lock();
    return c ? static_cast<server_state&>(c->link()).allowed() : everything;
}

session_state::refusal session_state::take_env(byte_view body)
{
    const auto m = msg::env::decode(body);
    if (!m || phase_ != phase::preparing)
        return m ? "it comes behind the program's" : "it cannot be read";
    const std::string shown = '"' + printable(m->variable, 64) + '"';
    if (!may_set(m->variable))
        return shown + " is not among the names that accept_env() lets a client set";
    if (has_nul(m->value))
        return "there is a NUL in the value of " + shown;
    const auto it = std::find_if(env_.begin(), env_.end(), [&](const auto& e) { return e.first == m->variable; });
    const std::size_t before = it == env_.end() ? 0 : it->first.size() + it->second.size();
    const std::size_t after = env_bytes_ - before + m->variable.size() + m->value.size();
    if (after > most_env_bytes)
        return "with " + shown + " the variables of this session have more than " + std::to_string(most_env_bytes) + " bytes";
    if (it == env_.end() && env_.size() >= settings_->get().max_env)
        return shown + " is one more than max_env(), which is " + std::to_string(settings_->get().max_env);
    session_setup s(session_setup::kind::variable);
    s.name = m->variable;
    s.value = m->value;
    if (refusal why = ask(std::move(s)); !why.empty())
        return why;
    env_bytes_ = after;
    if (it == env_.end())
        env_.emplace_back(m->variable, m->value);
    else
        it->second = m->value;
    return {};
}

session_state::refusal session_state::take_pty(byte_view body)
{
    const auto m = msg::pty_req::decode(body);
    if (!m || m->term.size() > longest_terminal_type || !is_graphic(m->term))
        return "it cannot be read";
    const auto modes = wire::terminal_modes::decode(m->modes);
    if (!modes)
        return "its modes cannot be read";
    if (phase_ != phase::preparing || pty_)
        return pty_ ? "there is a terminal already" : "it comes behind the program's";
    if (!allowed().terminal)
        return "this log-in has no terminal";
    terminal t{std::string(m->term), size_of(*m)};
    for (const auto& mode : modes->modes)
        t.modes.emplace_back(mode.opcode, mode.value);
    session_setup s(session_setup::kind::terminal);
    s.pty = t;
    if (refusal why = ask(std::move(s)); !why.empty())
        return why;
    pty_ = std::move(t);
    if (const auto c = channel_.lock())
        c->protocol()->set_terminal();
    return {};
}

} // namespace sshoal::server
