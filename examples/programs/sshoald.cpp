// sshoald - an SSH server with OpenSSH's command line and sshd_config.
#include "background.hpp"
#include "option_scanner.hpp"
#include "server_sftp.hpp"
#include "server_work.hpp"
#include "text_tools.hpp"

#include <sshoal/error.hpp>
#include <sshoal/owned_descriptor.hpp>
#include <sshoal/version.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

namespace {

using namespace programs;

/// The name of this program in the system's log. A link named sshd gives the name that other programs look for there.
std::string program_name = "sshoald";

struct command_line {
    std::string config_file = "/etc/ssh/sshd_config";
    std::string log_file;
    std::vector<std::string> settings; ///< lines before those of the file, so they win
    sshoal::login_facts login;         ///< -C
    unsigned debug = 0;
    bool inetd = false, foreground = false, log_stderr = false, quiet = false, test = false, dump = false;
};

command_line parse(int argc, char** argv)
{
    command_line c;
    option_scanner scan({argv + 1, argv + argc}, "46C:DE:Tc:def:g:h:ik:o:p:qrtV");
    const auto set = [&](std::string text) { c.settings.push_back(std::move(text)); };
    while (const char flag = scan.next()) {
        const std::string& value = scan.argument();
        switch (flag) {
        case '4': set("AddressFamily inet"); break;
        case '6': set("AddressFamily inet6"); break;
        case 'C': read_login_facts(c.login, value); break;
        case 'D': c.foreground = true; break;
        case 'E': c.log_file = value; break;
        case 'T': c.dump = true; break;
        case 'd': ++c.debug; break;
        case 'e': c.log_stderr = true; break;
        case 'f': c.config_file = value; break;
        case 'g': set("LoginGraceTime " + value); break;
        case 'h': set("HostKey \"" + value + '"'); break;
        case 'i': c.inetd = true; break;
        case 'o': set(value); break;
        case 'p': set("Port " + value); break;
        case 'q': c.quiet = true; break;
        case 'r': break; // there is no second program to be executed
        case 't': c.test = true; break;
        case 'V':
            std::cerr << "OpenSSH_9.2 compatible, sshoal_" << sshoal::version() << '\n';
            std::exit(0);
        default: throw usage_error(std::string("option not implemented -- ") + flag);
        }
    }
    if (scan.has_word())
        throw usage_error("extra argument " + scan.take_word());
    return c;
}

std::shared_ptr<const server_config> load(const command_line& c) { return load_server_config(c.config_file, c.settings); }

/// Prints the settings of the log-in that -C describes.
void describe(const command_line& c, const server_config& config)
{
    sshoal::login_facts who = c.login;
    if (who.user && !who.invalid_user)
        if (const auto looked = who.look_up_user(); !looked)
            throw config_error(looked.error().message());
    std::cout << settings_for(config, who)->describe();
}

/// Opens the log before the configuration is read, for its warnings; in inetd style, stderr may be the client's.
void open_log(const command_line& c)
{
    program_log& log = program_log::get();
    if (c.quiet)
        log.level(verbosity::quiet);
    if (!c.log_file.empty()) {
        if (!log.to_file(c.log_file))
            throw config_error("cannot write " + c.log_file);
    } else if (!c.log_stderr && c.debug == 0 && !c.test && !c.dump) {
        log.to_syslog(program_name.c_str(), LOG_AUTH);
    }
}

void adjust_log(const command_line& c, const server_config& config)
{
    program_log& log = program_log::get();
    log.always(config.server->get_all("LogVerbose"));
    if (!c.quiet)
        log.level(c.debug == 0   ? verbosity_named(config.server->log_level).value_or(verbosity::info)
                  : c.debug == 1 ? verbosity::debug1
                  : c.debug == 2 ? verbosity::debug2
                                 : verbosity::debug3);
    if (c.log_file.empty() && !c.log_stderr && c.debug == 0)
        log.to_syslog(program_name.c_str(), facility_named(config.server->syslog_facility));
}

void detach_standard_io(bool keep_stderr)
{
    sshoal::owned_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null)
        return;
    for (int fd = 0; fd < (keep_stderr ? 2 : 3); ++fd)
        ::dup2(null.get(), fd);
    if (null.get() <= 2)
        null.release(); // stays open
}

int serve(const command_line& c)
{
    open_log(c);
    auto config = load(c);
    if (c.dump) {
        describe(c, *config);
        return 0;
    }
    if (c.test) {
        load_host_keys(*config);
        return 0;
    }
    adjust_log(c, *config);
    if (c.inetd)
        return serve_standard_io(config);
    server_call call;
    call.reload = [&] {
        auto fresh = load(c);
        if (!c.log_file.empty() && !program_log::get().to_file(c.log_file)) // the file may have been moved away
            say(verbosity::error, "cannot write " + c.log_file);
        adjust_log(c, *fresh);
        return fresh;
    };
    call.only_one = c.debug > 0;
    if (!c.foreground && c.debug == 0) {
        const auto ready = std::make_shared<sshoal::owned_descriptor>(into_background());
        ::setsid();
        (void)!::chdir("/");
        call.ready = [ready, keep = c.log_stderr] {
            (void)!::write(ready->get(), "", 1);
            ready->reset();
            detach_standard_io(keep);
        };
    }
    return serve_addresses(config, call);
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && std::string_view(argv[1]) == "internal-sftp")
        return run_internal_sftp({argv + 2, argv + argc});
    if (argc > 0)
        program_name = std::string_view(argv[0]).substr(std::string_view(argv[0]).rfind('/') + 1);
    try {
        return serve(parse(argc, argv));
    } catch (const usage_error& e) {
        std::cerr << "sshoald: " << e.what()
                  << "\nusage: sshoald [-46DdeiqrTtV] [-C connection_spec] [-E log] [-f config] [-g grace] [-h hostkey] [-o option] [-p port]\n";
        return 1;
    } catch (const std::exception& e) {
        program_log& log = program_log::get();
        if (!log.is_standard_error() || !log.shows(verbosity::fatal))
            std::cerr << e.what() << '\n';
        log.write(verbosity::fatal, e.what());
        return 255;
    }
}
