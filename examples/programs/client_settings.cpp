#include "client_settings.hpp"

#include "text_tools.hpp"

#include <sshoal/child_program.hpp>
#include <sshoal/client_options.hpp>
#include <sshoal/run_on.hpp>
#include <sshoal/system_account.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace programs {
namespace {

using sshoal::awaitable;

[[noreturn]] void refuse(const sshoal::failure& f) { throw config_error(f.context()); }

struct shell_command {
    std::string text;
    bool operator()() const
    {
        try {
            return sshoal::run_to_end(sshoal::child_command::shell(text).quiet()).end.ok();
        } catch (const sshoal::error&) { // there is no such shell
            return false;
        }
    }
};

awaitable<bool> run_match_command(std::string command)
{
    shell_command run{command};
    auto running = sshoal::run_on(sshoal::disk_threads(), std::move(run));
    const bool holds = co_await std::move(running);
    say(verbosity::debug1, "Match exec \"" + command + "\": " + (holds ? "yes" : "no"));
    co_return holds;
}

void set_log_level(const client_wishes& w, const std::optional<std::string>& named)
{
    program_log& log = program_log::get();
    if (w.quiet > 0)
        log.level(verbosity::quiet);
    else if (w.loud > 0)
        log.level(w.loud == 1 ? verbosity::debug1 : w.loud == 2 ? verbosity::debug2 : verbosity::debug3);
    else if (const auto level = named ? verbosity_named(*named) : std::nullopt)
        log.level(*level);
}

/// Reads the file of -F, or the usual ones.
sshoal::ssh_config files_of(const client_wishes& w)
{
    if (!w.file) {
        auto usual = sshoal::ssh_config::load_default();
        if (!usual)
            refuse(usual.error());
        return std::move(*usual);
    }
    if (lower(*w.file) == "none")
        return {};
    if (::access(w.file->c_str(), R_OK) != 0)
        throw config_error("Can't open user config file " + *w.file + ": " + std::strerror(errno));
    sshoal::config_reading how;
    how.of_user = true;
    auto named = sshoal::ssh_config::load({*w.file}, how);
    if (!named)
        throw config_error("Can't open user config file " + named.error().context());
    return std::move(*named);
}

/// Says so once for each process.
void mention_missing_home(const sshoal::config_facts& facts)
{
    static bool mentioned = false;
    if (mentioned || !facts.home.empty())
        return;
    mentioned = true;
    const std::string named = home_directory();
    say(verbosity::info, "No home folder (" + (named.empty() ? "neither the account nor HOME names one" : named) +
                             "): no configuration, keys or known hosts of the user are read, and no host is recorded there.");
}

client_settings look_up(const client_wishes& w, const std::string& host, bool to_show)
{
    sshoal::ssh_config all = w.lines();
    set_log_level(w, std::nullopt);
    all.append(files_of(w));
    sshoal::config_facts facts = sshoal::config_facts::of_this_process();
    facts.remote_command = w.remote_command;
    client_settings found;
    try {
        sshoal::run([&]() -> awaitable<void> {
            auto looking = all.lookup(host, sshoal::config_answers().exec(run_match_command).only_to_show(to_show), facts);
            found = co_await std::move(looking);
        });
    } catch (const sshoal::error& e) {
        refuse(e.why());
    }
    if (found.user.empty())
        throw config_error("No user exists for uid " + std::to_string(::getuid()) + "; -l names the user at the server");
    set_log_level(w, found.log_level);
    program_log::get().always(found.get_all("LogVerbose"));
    for (const auto& [what, text] : found.notes)
        say(what == sshoal::config_note::warning ? verbosity::info : verbosity::debug1, text);
    if (!to_show)
        mention_missing_home(facts);
    return found;
}

/// Returns: the part of the command line that also holds for a host on the way.
client_wishes wishes_on_the_way(const client_wishes& w, const sshoal::login_target& hop)
{
    client_wishes its;
    its.file = w.file;
    its.loud = w.loud;
    its.quiet = w.quiet;
    if (!hop.user.empty())
        its.set("User", hop.user, "ProxyJump");
    if (hop.port != 0)
        its.set("Port", std::to_string(hop.port), "ProxyJump");
    its.set("ClearAllForwardings yes", "ProxyJump");
    return its;
}

client_way way_to(const client_wishes& w, const std::string& host, unsigned deep)
{
    const unsigned most = sshoal::client_options().max_jumps();
    if (deep > most)
        throw config_error("ProxyJump leads through more than " + std::to_string(most) + " hosts, perhaps in a circle, the last one "
                           + sshoal::printable(host));
    client_settings last = look_up(w, host, false);
    client_way way;
    for (const sshoal::login_target& hop : last.jumps) {
        client_wishes its = wishes_on_the_way(w, hop);
        if (&hop != &last.jumps.front()) // only the nearest host may be behind others by its own settings
            its.set("ProxyJump none", "ProxyJump");
        const client_way to_it = way_to(its, hop.host, deep + 1);
        way.insert(way.end(), to_it.begin(), to_it.end());
    }
    last.jumps.clear(); // they are in the way now
    way.push_back(std::move(last));
    return way;
}

} // namespace

void client_wishes::set(const std::string& line, const std::string& name)
{
    sshoal::ssh_config trial;
    if (const auto good = trial.set(line, name); !good)
        refuse(good.error());
    const auto end = line.find_first_of(" \t=");
    wishes_.push_back({lower(line.substr(0, end)), line, name});
}

void client_wishes::set(const std::string& keyword, const std::string& value, const std::string& name)
{
    set(keyword + ' ' + sshoal::quoted_config_value(value), name);
}

void client_wishes::set_last(const std::string& keyword, const std::string& value, const std::string& name)
{
    std::erase_if(wishes_, [&](const wish& w) { return w.last_counts && w.keyword == lower(keyword); });
    set(keyword, value, name);
    std::rotate(wishes_.begin(), wishes_.end() - 1, wishes_.end()); // before a line of -o
    wishes_.front().last_counts = true;
}

std::optional<std::string> client_wishes::first(const std::string& keyword) const
{
    for (const wish& w : wishes_) {
        if (w.keyword != lower(keyword))
            continue;
        sshoal::ssh_config alone;
        (void)alone.set(w.line, w.name);
        const auto found = alone.lookup_now("any", sshoal::config_facts());
        return found ? found->get(keyword) : std::nullopt;
    }
    return std::nullopt;
}

sshoal::ssh_config client_wishes::lines() const
{
    sshoal::ssh_config all;
    for (const wish& w : wishes_)
        (void)all.set(w.line, w.name);
    return all;
}

client_way load_client_way(const client_wishes& w, const std::string& host) { return way_to(w, host, 0); }

std::string describe_client_settings(const client_wishes& w, const std::string& host)
{
    return look_up(w, host, true).describe();
}

std::string local_user()
{
    const auto found = sshoal::system_account::find(::getuid());
    return found && *found ? (*found)->name : std::string();
}

} // namespace programs
