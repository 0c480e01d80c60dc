#include "remote_session.hpp"

#include "../client_login.hpp"
#include "../option_scanner.hpp"
#include "../text_tools.hpp"

#include <boost/asio/this_coro.hpp>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

/// These options switch off what transfers of files do not need, whatever ssh_config says: the first value counts. The user's flags
/// come before the last one.
constexpr const char* said_first[] = {"ForwardX11 no", "PermitLocalCommand no", "ClearAllForwardings yes", "RemoteCommand none",
                                      "RequestTTY no", "Tunnel no"};
constexpr const char* said_last = "ForwardAgent no";

client_wishes wishes_for(const remote_options& o, const remote_place& place)
{
    client_wishes w;
    for (const char* line : said_first)
        w.set(line);
    for (const remote_setting& s : o.settings)
        w.set(s.line, s.name);
    w.set(said_last);
    for (const std::string& file : o.identities)
        w.set("IdentityFile", file, "-i");
    if (place.user)
        w.set("User", *place.user, "command line");
    if (place.port)
        w.set_last("Port", std::to_string(*place.port), "command line");
    w.file = o.config_file;
    w.loud = o.loud;
    w.quiet = o.quiet ? 1 : 0;
    if (!sshoal::is_harmless_host(place.host))
        throw config_error("hostname contains invalid characters");
    if (!sshoal::is_harmless_user(w.first("User").value_or("")))
        throw config_error("remote username contains invalid characters");
    return w;
}

awaitable<std::unique_ptr<sshoal::byte_stream>> start_words(std::vector<std::string> words, std::chrono::milliseconds patience,
                                                            children& keep)
{
    const sshoal::executor ex = co_await asio::this_coro::executor;
    const auto end = std::make_shared<std::promise<sshoal::child_status>>();
    sshoal::child_command command(std::move(words));
    command.interruptible(false).patience(patience);
    command.on_end([end](const sshoal::child_status& s) { end->set_value(s); });
    auto stream = sshoal::start_program(ex, std::move(command));
    keep.push_back(end->get_future().share());
    co_return std::move(stream);
}

awaitable<sshoal::sftp::client> open_over(std::unique_ptr<sshoal::byte_stream> stream)
{
    sshoal::sftp::client_options options;
    auto opening = sshoal::sftp::open(std::move(stream), std::move(options));
    auto client = co_await std::move(opening);
    co_return client;
}

bool is_command(const std::string& subsystem) { return subsystem.find('/') != std::string::npos; }

} // namespace

awaitable<logged_in> log_in(const remote_options& o, const remote_place& place)
{
    logged_in r;
    r.way = std::make_unique<client_way>(load_client_way(wishes_for(o, place), place.host));
    const client_settings& c = r.way->back();
    const login_outcome refused = std::make_shared<std::optional<sshoal::login_refusal>>();
    auto going = log_in_along(*r.way, refused);
    try {
        r.connection = co_await std::move(going);
    } catch (const sshoal::error& e) {
        say_last_words(e, c, refused);
        throw;
    }
    say(verbosity::verbose, "Authenticated to " + c.host_name + " ([" + r.connection.info().remote.describe() + "]).");
    co_return std::move(r);
}

awaitable<std::unique_ptr<sshoal::byte_stream>>
start_by_program(const remote_options& o, const remote_place& place, const std::string& command, bool subsystem,
                 std::chrono::milliseconds patience, children& keep)
{
    if (place.host.starts_with('-') || (place.user && place.user->starts_with('-')))
        throw usage_error("hostname or user name contains invalid characters");
    std::vector<std::string> words{*o.program};
    // The first value counts for ssh, so these come before the user's configuration.
    for (const char* setting :
         {"ForwardX11=no", "PermitLocalCommand=no", "ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no"}) {
        words.push_back("-o");
        words.push_back(setting);
    }
    words.insert(words.end(), o.ssh_words.begin(), o.ssh_words.end());
    for (std::string w : {"-o", "ForwardAgent=no"})
        words.push_back(std::move(w));
    if (place.port)
        words.push_back("-oPort=" + std::to_string(*place.port));
    if (place.user) {
        words.push_back("-l");
        words.push_back(*place.user);
    }
    if (subsystem)
        words.push_back("-s");
    words.push_back("--");
    words.push_back(place.host);
    words.push_back(command);
    auto stream = co_await start_words(std::move(words), patience, keep);
    co_return std::move(stream);
}

awaitable<std::shared_ptr<remote_session>> open_remote(const remote_options& o, const remote_place& place, children& keep)
{
    auto session = std::make_shared<remote_session>();
    if (o.server) {
        const auto words = split_words(*o.server);
        if (!words || words->empty())
            throw usage_error("Cannot parse the command of -D");
        auto stream = co_await start_words(*words, usual_patience, keep);
        session->sftp = co_await open_over(std::move(stream));
    } else if (o.program) {
        auto stream = co_await start_by_program(o, place, o.subsystem, !is_command(o.subsystem), usual_patience, keep);
        session->sftp = co_await open_over(std::move(stream));
    } else {
        session->own = co_await log_in(o, place);
        sshoal::sftp::client_options options;
        if (is_command(o.subsystem))
            options.command(o.subsystem);
        else
            options.subsystem(o.subsystem);
        session->sftp = co_await session->own->connection.open_sftp(options);
    }
    co_return session;
}

} // namespace programs
