// send() and receive().

#include "scp/copying.hpp"
#include "scp/file_of_functions.hpp"
#include "scp/protocol/command.hpp"
#include "sshoal/run_on.hpp"

#include <algorithm>
#include <array>

namespace sshoal::scp {
namespace {

constexpr std::size_t most_words = 2048, most_noise = 64 * 1024;

/// The most bytes that are kept of the program's other output, such as "scp: command not found".
awaitable<void> keep_words(process p, std::shared_ptr<std::string> words)
{
    std::array<char, 512> text;
    for (;;) {
        error_code ec;
        auto reading = p.io().read_some(std::as_writable_bytes(std::span(text)), ec, data_stream::error);
        const std::size_t n = co_await std::move(reading);
        if (ec || n == 0)
            break;
        words->append(text.data(), std::min(n, most_words - words->size()));
    }
}

/// The program at the server that is the other end of a transfer.
class remote_program {
public:
    explicit remote_program(process p) : process_(std::move(p)), closer_(process_.io())
    {
        spawn(process_, keep_words(process_, words_));
    }
    process& get() noexcept { return process_; }

    /// Waits for the program's end. Returns: a text that says how it ended, if it failed.
    awaitable<failure> end()
    {
        try {
            auto ending = process_.in().send_eof();
            co_await std::move(ending);
        } catch (const error& e) {
            if (e.code() != errc::channel_closed) // the program of a source ends by itself
                throw;
        }
        std::array<std::byte, 512> noise;
        for (std::size_t dropped = 0;;) {
            auto reading = process_.out().read_some(noise);
            const std::size_t n = co_await std::move(reading);
            if (n == 0)
                break;
            dropped += n;
            if (dropped > most_noise) {
                process_.io().close();
                co_return failure(errc::protocol_error, "the program at the server does not end");
            }
        }
        auto waiting = process_.wait();
        const exit_info info = co_await std::move(waiting);
        if (info.ok() || (words_->empty() && !info.status && info.signal.empty()))
            co_return failure();
        std::string why = printable(*words_, 512);
        while (why.ends_with("\\x0a") || why.ends_with("\\x0d"))
            why.resize(why.size() - 4);
        co_return failure(make_error_code(sftp::status::failure), why.empty() ? info.describe() : std::move(why));
    }

private:
    process process_;
    channel_closer closer_;
    std::shared_ptr<std::string> words_ = std::make_shared<std::string>();
};

/// Runs one end of a copy. Tells the server the reason if this end gives up, and explains an end that came early.
awaitable<void> run_copy(copying& c, remote_program& program, awaitable<void> work)
{
    failure f;
    try {
        co_await std::move(work);
    } catch (const error& e) {
        f = e.why();
    }
    if (!f)
        co_return;
    if (f.code() == errc::protocol_error || f.code() == errc::file_error)
        c.send_fatal(f);
    else if (f.code() == errc::channel_closed && c.errors == 0) {
        auto ending = program.end();
        const failure why = co_await std::move(ending);
        if (why)
            f = why;
    }
    throw error(f);
}

/// A transfer in which every file failed has failed.
awaitable<transfer_result> concluded(copying& c, remote_program& program)
{
    auto ending = program.end();
    const failure why = co_await std::move(ending);
    transfer_result& r = c.done;
    r.bytes = c.progress.total();
    if (r.files + r.directories == 0 && c.first_error)
        throw error(c.first_error);
    if (why && r.skipped.empty())
        throw error(why);
    co_return std::move(r);
}

std::string command_line(const options& how, std::string_view flags, const std::string& path)
{
    std::string line = how.program();
    if (how.is_recursive())
        line += " -r";
    if (how.preserves())
        line += " -p";
    line.append(flags);
    line += path.starts_with('-') ? " -- " : " ";
    return line + path;
}

std::shared_ptr<sftp::file_system> files_of(const options& how) { return how.files() ? how.files() : default_files(); }

failure bad_path() { return failure(errc::invalid_argument, "a path with a zero byte"); }

awaitable<transfer_result> send_here(connection to, std::vector<std::string> paths, std::string remote_path, options how)
{
    const auto quoted = scp_protocol::quoted_for_shell(remote_path, scp_protocol::wildcards::quoted);
    if (!quoted)
        throw error(bad_path());
    if (paths.empty())
        throw error(failure(errc::invalid_argument, "nothing to send"));
    auto files = files_of(how);
    auto starting = to.start(command_line(how, paths.size() > 1 ? " -d -t" : " -t", *quoted));
    remote_program program(co_await std::move(starting));
    channel io = program.get().io();
    if (how.rate() > 0)
        io.set_send_rate(how.rate());
    copying c(link(std::move(io)), std::move(files), how, side::client);
    auto copy = run_copy(c, program, send_all(c, std::move(paths)));
    co_await std::move(copy);
    auto end = concluded(c, program);
    transfer_result r = co_await std::move(end);
    co_return r;
}

awaitable<transfer_result> receive_here(connection from, std::string remote_path, std::string local_path,
                                        announced_function announced, options how)
{
    const auto quoted = scp_protocol::quoted_for_shell(remote_path, scp_protocol::wildcards::live);
    if (!quoted)
        throw error(bad_path());
    if (remote_path.empty())
        remote_path = ".";
    auto files = files_of(how);
    auto starting = from.start(command_line(how, " -f", *quoted));
    remote_program program(co_await std::move(starting));
    copying c(link(program.get().io()), std::move(files), how, side::client);
    c.announced = std::move(announced);
    receiving what;
    what.target = std::move(local_path);
    what.asked = std::move(remote_path);
    auto copy = run_copy(c, program, receive_all(c, std::move(what)));
    co_await std::move(copy);
    const bool nothing = c.done.files + c.done.directories == 0 && c.errors == 0;
    auto end = concluded(c, program);
    transfer_result r = co_await std::move(end);
    if (nothing)
        throw error(failure(errc::protocol_error, "the server sent nothing"));
    co_return r;
}

} // namespace

awaitable<transfer_result> send(connection to, std::vector<std::string> paths, std::string remote_path, options how)
{
    executor strand = to.get_executor();
    auto work = send_here(std::move(to), std::move(paths), std::move(remote_path), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    transfer_result r = co_await std::move(crossing);
    co_return r;
}

awaitable<transfer_result> receive(connection from, std::string remote_path, std::string local_path, options how)
{
    executor strand = from.get_executor();
    auto work = receive_here(std::move(from), std::move(remote_path), std::move(local_path), {}, std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    transfer_result r = co_await std::move(crossing);
    co_return r;
}

awaitable<transfer_result> receive_to(connection from, std::string remote_path, announced_function announced, sftp::transfer_sink to,
                                      options how)
{
    if (how.is_recursive())
        throw error(failure(errc::invalid_argument, "receive_to() receives one file: recursive() does not fit"));
    how.files(make_file_of_functions({}, std::move(to), {}));
    executor strand = from.get_executor();
    std::string name = remote_path; // for messages
    auto work = receive_here(std::move(from), std::move(remote_path), std::move(name), std::move(announced), std::move(how));
    auto crossing = on_strand(std::move(strand), std::move(work));
    transfer_result r = co_await std::move(crossing);
    co_return r;
}

awaitable<transfer_result> send_from(connection to, sftp::transfer_source from, sftp::attributes of, std::string remote_path, options how)
{
    std::string name = remote_path.substr(remote_path.rfind('/') + 1);
    if (!of.size || name.empty())
        throw error(failure(errc::invalid_argument,
                            !of.size ? "scp says the size of a file first: send_from() needs it" : "a path that ends in \"/\" names no file"));
    how.recursive(false).files(make_file_of_functions(std::move(from), {}, std::move(of)));
    auto sending = send(std::move(to), {std::move(name)}, std::move(remote_path), std::move(how));
    transfer_result r = co_await std::move(sending);
    co_return r;
}

} // namespace sshoal::scp
