// is_scp() and serve().

#include "scp/copying.hpp"
#include "scp/protocol/command.hpp"
#include "sshoal/run_on.hpp"

#include <boost/asio/this_coro.hpp>

namespace sshoal::scp {
namespace {

using scp_protocol::command;

awaitable<std::vector<std::string>> paths_of(sftp::file_system& files, std::vector<std::string> patterns)
{
    std::vector<std::string> all;
    for (std::string& pattern : patterns) {
        auto at_home = without_tilde(files, std::move(pattern));
        std::string path = co_await std::move(at_home);
        auto expanding = expand(files, std::move(path));
        outcome<std::vector<std::string>> some = co_await std::move(expanding);
        if (!some)
            throw error(some.error());
        for (std::string& one : *some)
            all.push_back(std::move(one));
    }
    co_return std::move(all);
}

awaitable<void> obey(copying& c, command told)
{
    if (told.where == command::direction::to && c.files->read_only())
        throw error(failure(errc::file_error, "the files here cannot be changed"));
    auto finding = paths_of(*c.files, std::move(told.paths));
    std::vector<std::string> paths = co_await std::move(finding);
    if (told.where == command::direction::from) {
        auto sending = send_all(c, std::move(paths));
        co_await std::move(sending);
        co_return;
    }
    if (paths.size() != 1)
        throw error(failure(errc::file_error, "ambiguous target"));
    receiving what;
    what.target = std::move(paths.front());
    what.must_be_directory = told.target_is_directory;
    auto receiving_all = receive_all(c, std::move(what));
    co_await std::move(receiving_all);
}

/// Returns: whether one end has told the other of this failure. Other failures end the channel by themselves.
bool is_of_the_copy(const error_code& code)
{
    return code == errc::protocol_error || code == errc::file_error || code == errc::capture_limit || code == errc::channel_closed
           || code.category() == sftp::sftp_category();
}

/// Returns: whether all files were copied.
awaitable<bool> serve_copy(copying& c, command told)
{
    failure f;
    try {
        auto obeying = obey(c, std::move(told));
        co_await std::move(obeying);
    } catch (const error& e) {
        f = e.why();
    }
    if (f && !is_of_the_copy(f.code()))
        throw error(f);
    if (f && f.code() != errc::channel_closed && f.code().category() != sftp::sftp_category())
        c.send_fatal(f);
    co_return !f && c.errors == 0;
}

awaitable<void> serve_here(server_session session, std::string line, std::shared_ptr<sftp::file_system> files, options how)
{
    const channel_closer end_of_it(session.io());
    std::optional<command> told = scp_protocol::parse_command(line);
    if (!told || told->paths.empty() || !files) {
        auto telling = session.write_error("scp: this server takes only scp -t and scp -f\n");
        co_await std::move(telling);
        co_await session.exit(1);
        co_return;
    }
    how.recursive(told->recursive).preserve(told->preserve);
    if (told->where == command::direction::from && how.rate() > 0)
        session.io().set_send_rate(how.rate());
    copying c(link(session.io()), std::move(files), how, side::server);
    auto serving = serve_copy(c, std::move(*told));
    const bool well = co_await std::move(serving);
    co_await session.exit(well ? 0 : 1);
}

awaitable<bool> serve_stream(std::unique_ptr<byte_stream> over, command told, std::shared_ptr<sftp::file_system> files,
                             options how)
{
    how.recursive(told.recursive).preserve(told.preserve);
    copying c(link(std::move(over)), std::move(files), how, side::server);
    auto serving = serve_copy(c, std::move(told));
    const bool well = co_await std::move(serving);
    co_return well;
}

} // namespace

bool is_scp(std::string_view line) { return scp_protocol::parse_command(line).has_value(); }

awaitable<void> serve(server_session session, std::string line, std::shared_ptr<sftp::file_system> files, options how)
{
    executor strand = session.get_executor();
    auto work = serve_here(std::move(session), std::move(line), std::move(files), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    co_await std::move(crossing);
}

awaitable<bool> serve(std::unique_ptr<byte_stream> over, std::string line, std::shared_ptr<sftp::file_system> files, options how)
{
    std::optional<command> told = scp_protocol::parse_command(line);
    if (!over || !told || told->paths.empty() || !files || how.rate() > 0)
        throw error(failure(errc::invalid_argument, "not scp -t or scp -f, or a limit of the rate, which streams do not have"));
    executor strand = over->home();
    if (!strand)
        strand = co_await asio::this_coro::executor;
    auto work = serve_stream(std::move(over), std::move(*told), std::move(files), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    const bool well = co_await std::move(crossing);
    co_return well;
}

} // namespace sshoal::scp
