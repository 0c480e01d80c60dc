#include "sftp_service.hpp"

#include "option_scanner.hpp"
#include "private_root.hpp"
#include "text_tools.hpp"

#include <sshoal/byte_stream.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/system_account.hpp>

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

int facility_named(const std::string& name)
{
    constexpr std::pair<std::string_view, int> known[]
        = {{"daemon", LOG_DAEMON}, {"user", LOG_USER},     {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV},
           {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
           {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
    for (const auto& [text, value] : known)
        if (text == lower(name))
            return value;
    throw usage_error("Invalid log facility \"" + name + '"');
}

unsigned mask_of(const std::string& text)
{
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '7' || value > 0777)
            throw usage_error("Invalid umask \"" + text + '"');
        value = value * 8 + static_cast<unsigned>(c - '0');
    }
    if (text.empty() || value > 0777)
        throw usage_error("Invalid umask \"" + text + '"');
    return value;
}

void take_requests(std::vector<std::string>& into, const std::string& list)
{
    if (!into.empty())
        throw usage_error("requests are given twice");
    into = split_list(list);
    const auto known = sftp::request_names();
    for (const std::string& name : into)
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw usage_error("no such request: " + name);
    if (into.empty())
        throw usage_error("a list of requests is empty");
}

std::optional<std::string> expand(const std::string& text, const std::string& home, const std::string& user)
{
    return expand_tokens(text, [&](char c) -> std::optional<std::string> {
        switch (c) {
        case '%': return "%";
        case 'd': return home;
        case 'u': return user;
        default: return std::nullopt;
        }
    });
}

verbosity verbosity_of_level(sshoal::log_level l) noexcept
{
    switch (l) {
    case sshoal::log_level::error: return verbosity::error;
    case sshoal::log_level::warning:
    case sshoal::log_level::info: return verbosity::info;
    case sshoal::log_level::debug: return verbosity::debug1;
    case sshoal::log_level::trace: return verbosity::debug3;
    }
    return verbosity::debug1;
}

awaitable<void> serve_stream(std::unique_ptr<sshoal::byte_stream> stream, std::shared_ptr<sftp::file_system> files,
                             sftp::serve_options options, int& status)
{
    try {
        co_await sftp::serve(std::move(stream), std::move(files), std::move(options));
        status = 0;
    } catch (const sshoal::error& e) {
        say(verbosity::error, std::string("session ended: ") + e.what());
    }
}

} // namespace

sftp_call parse_sftp_call(const std::vector<std::string>& words, sftp_caller caller)
{
    sftp_call c;
    c.facility = LOG_AUTH;
    c.words = words;
    option_scanner scan(words, caller == sftp_caller::session ? "C:I:U:d:ef:l:P:p:Q:Ru:" : "d:ef:l:P:p:Q:Ru:");
    while (const char flag = scan.next()) {
        const std::string& value = scan.argument();
        switch (flag) {
        case 'C': c.chroot = value; break;
        case 'I': c.client = value; break;
        case 'U': c.user = value; break;
        case 'R': c.read_only = true; break;
        case 'e': c.to_stderr = true; break;
        case 'd':
            if (!expand(value, "", ""))
                throw usage_error("unknown token in " + value);
            c.start = value;
            break;
        case 'f': c.facility = facility_named(value); break;
        case 'l': {
            const auto level = verbosity_named(value);
            if (!level)
                throw usage_error("Invalid log level \"" + value + '"');
            c.level = *level;
            break;
        }
        case 'p': take_requests(c.allowed, value); break;
        case 'P': take_requests(c.denied, value); break;
        case 'u': c.umask = mask_of(value); break;
        case 'Q':
            if (value != "requests")
                throw usage_error("Invalid query type");
            c.list_requests = true;
            break;
        default: break;
        }
    }
    if (scan.has_word() && caller != sftp_caller::command_line)
        throw usage_error("extra argument " + scan.take_word());
    return c;
}

std::shared_ptr<sftp::file_system> sftp_files(const sftp_call& call, const std::string& home, const std::string& user,
                                              const std::string& begin)
{
    sftp::local_options options;
    options.read_only(call.read_only).start(begin);
    if (call.umask)
        options.umask(*call.umask);
    if (call.start.empty())
        return sftp::make_local_file_system(options);
    std::string start = expand(call.start, home, user).value_or(call.start);
    if (!start.starts_with('/'))
        start = (begin.empty() ? home : begin) + '/' + start;
    sftp::local_options elsewhere = options;
    try {
        return sftp::make_local_file_system(elsewhere.start(start));
    } catch (const sshoal::error& e) { // as in OpenSSH, no reason to refuse the log-in
        say(verbosity::error, std::string("cannot start in ") + e.what());
    }
    return sftp::make_local_file_system(options);
}

sftp::serve_options sftp_options(const sftp_call& call)
{
    sftp::serve_options options;
    options.read_only(call.read_only).allow(call.allowed).deny(call.denied).client(call.client);
    auto write = [most = call.level](sshoal::log_level l, std::string_view line) {
        program_log& log = program_log::get();
        if (const verbosity v = verbosity_of_level(l); v <= most)
            log.write(std::min(v, log.level()), line);
    };
    const auto most = call.level >= verbosity::debug2   ? sshoal::log_level::trace
                      : call.level == verbosity::debug1 ? sshoal::log_level::debug
                      : call.level >= verbosity::info   ? sshoal::log_level::info
                                                        : sshoal::log_level::error;
    options.log(std::move(write), most);
    return options;
}

void forbid_tracing() noexcept { ::prctl(PR_SET_DUMPABLE, 0); }

int serve_sftp_on_standard_io(sftp_call call, const char* program)
{
    std::signal(SIGPIPE, SIG_IGN);
    if (call.list_requests) {
        for (const std::string& name : sftp::request_names())
            std::cout << name << '\n';
        return 0;
    }
    program_log& log = program_log::get();
    log.level(call.level);
    if (!call.to_stderr)
        log.to_syslog(program, call.facility);
    if (call.umask)
        ::umask(static_cast<::mode_t>(*call.umask));
    try {
        if (!call.chroot.empty() || !call.user.empty())
            enter_private_root(call.chroot, call.user);
        forbid_tracing();
        std::string home = home_directory(), user;
        if (const auto own = sshoal::system_account::find(::getuid()); own && *own)
            user = (*own)->name;
        if (!call.user.empty())
            user = call.user;
        auto files = sftp_files(call, home, user, ".");
        sshoal::asio::io_context context(1);
        const int in = ::fcntl(0, F_DUPFD_CLOEXEC, 3), out = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
        auto stream = sshoal::make_descriptor_stream(context.get_executor(), in, out);
        int status = 255;
        sshoal::spawn(context, serve_stream(std::move(stream), std::move(files), sftp_options(call), status));
        context.run();
        return status;
    } catch (const std::exception& e) {
        say(verbosity::fatal, e.what());
        return 255;
    }
}

} // namespace programs
