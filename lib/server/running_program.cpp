#include "server/running_program.hpp"

#include "connection/channel_state.hpp"
#include "os/child_end.hpp"
#include "os/quiet_write.hpp"
#include "os/signal_names.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

namespace sshoal::server {
namespace {

constexpr std::size_t most_output = 64 * 1024;
constexpr std::size_t most_input = 32 * 1024;
constexpr std::chrono::milliseconds patience_after_output{200};

/// Output passes through this buffer on its way to the channel, and stays only if the channel takes no more: programs that write
/// nothing cost no memory.
std::span<std::byte> transfer_buffer()
{
    thread_local std::array<std::byte, most_output> room;
    return room;
}

} // namespace

running_program::running_program(server_session session, forked_child child, bool may_signal,
                                 std::optional<std::chrono::milliseconds> patience)
    : lot(session.get_executor()), session_(std::move(session)), id_(child.id), has_terminal_(bool(child.master)),
      may_signal_(may_signal), changed_(ready()), kill_timer_(strand()), patience_(patience), eof_timer_(strand())
{
    report_ = adopt(child.report);
    if (has_terminal_) {
        input_ = output_ = adopt(child.master);
    } else {
        input_ = adopt(child.in);
        output_ = adopt(child.out);
        error_ = adopt(child.err);
    }
    os::descriptor notice = os::open_exit_notice(id_);
    if (notice)
        exit_notice_ = adopt(notice);
}

/// No coroutine is left to wait for the program: the io_context has been destroyed, perhaps at the end of the process. A thread
/// waits for a program that may live on.
running_program::~running_program()
{
    if (reaped_ || try_reap())
        return;
    close_descriptors();
    if (has_terminal_)
        signal_group(SIGHUP);
    if (patience_)
        signal_group(SIGKILL);
    for (int tries = 0; patience_ && tries < 100; ++tries) {
        if (try_reap())
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    try {
        std::thread([id = id_] { os::wait_for_end(id); }).detach();
    } catch (const std::system_error&) {
        // If there is no thread, the program is reaped when this process ends.
    }
}

std::shared_ptr<running_program::descriptor> running_program::adopt(os::descriptor& fd)
{
    auto d = std::make_shared<descriptor>(strand());
    error_code ec;
    d->assign(fd.get(), ec);
    if (!ec)
        fd.release();
    return d; // on an error the descriptor is closed, and its first use fails
}

awaitable<os::start_report> running_program::started(std::shared_ptr<running_program> self)
{
    os::start_report r;
    for (;;) {
        const ::ssize_t n = ::read(self->report_->native_handle(), &r, sizeof r);
        if (n < 0 && errno == EAGAIN) {
            error_code ignored;
            co_await self->report_->async_wait(descriptor::wait_read, asio::redirect_error(asio::use_awaitable, ignored));
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n != static_cast<::ssize_t>(sizeof r))
            r = os::start_report();
        break;
    }
    self->report_.reset();
    // The child is about to call _exit(), but may be stopped before: it runs as the user, whose processes may send it signals.
    if (r.failed_at != os::start_report::none && !self->try_reap())
        asio::co_spawn(self->strand(), reap(self), asio::detached);
    co_return r;
}

awaitable<outcome<void>> running_program::serve(std::shared_ptr<running_program> self)
{
    self->open(self);
    self->outputs_open_ = self->has_terminal_ ? 1 : 2;
    asio::co_spawn(self->strand(), reap(self), asio::detached);
    asio::co_spawn(self->strand(), handle_events(self), asio::detached);
    asio::co_spawn(self->strand(), feed(self), asio::detached);
    asio::co_spawn(self->strand(), drain(self, self->output_, data_stream::normal), asio::detached);
    if (!self->has_terminal_)
        asio::co_spawn(self->strand(), drain(self, self->error_, data_stream::error), asio::detached);

    co_await asio::this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    while (!self->reaped_ || (self->outputs_open_ > 0 && !self->client_gone_)) {
        co_await self->changed_.wait();
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            self->signal_group(SIGKILL);
            self->handle_client_gone();
            self->session_.io().close();
            co_return failure(error_code(asio::error::operation_aborted));
        }
    }
    self->close_descriptors();
    if (!self->status_known_) {
        co_await self->session_.exit(255);
    } else if (WIFSIGNALED(self->status_)) {
        bool core = false;
#ifdef WCOREDUMP
        core = WCOREDUMP(self->status_);
#endif
        co_await self->session_.exit_signal(os::signal_name(WTERMSIG(self->status_)), core);
    } else {
        co_await self->session_.exit(static_cast<std::uint32_t>(WEXITSTATUS(self->status_)));
    }
    co_return outcome<void>();
}

// -- streams ------------------------------------------------------------------------------------------------------------------

awaitable<void> running_program::drain(std::shared_ptr<running_program> self, std::shared_ptr<descriptor> from, data_stream to)
{
    try {
        std::vector<std::byte> rest;
        while (from->is_open()) {
            const std::span<std::byte> room = transfer_buffer();
            const ::ssize_t n = ::read(from->native_handle(), room.data(), room.size());
            if (n > 0) {
                const auto got = room.first(static_cast<std::size_t>(n));
                const std::size_t taken = self->session_.io().try_write(got, to);
                if (taken < got.size()) {
                    rest.assign(got.begin() + static_cast<std::ptrdiff_t>(taken), got.end());
                    co_await self->session_.io().write(std::span<const std::byte>(rest), to);
                }
            } else if (n < 0 && errno == EAGAIN) {
                rest = {};
                error_code ignored;
                co_await from->async_wait(descriptor::wait_read, asio::redirect_error(asio::use_awaitable, ignored));
            } else if (n == 0 || errno != EINTR) {
                break; // a terminal whose last program has gone reports EIO
            }
        }
    } catch (const error&) {
        // The client takes no more output; closing the pipe tells the program.
    }
    if (!self->has_terminal_) {
        error_code ignored;
        from->close(ignored);
    }
    self->changed_.wake_all();
    if (--self->outputs_open_ > 0 || self->client_gone_)
        co_return;
    // Most programs end with their output. A client that has sent EOF may answer the server's EOF with CLOSE (PuTTY does), and
    // then it is too late to tell how the program ended; so the exit status is sent before EOF. A program may also go on for long
    // without output; its reader at the client need not wait that long for EOF.
    if (!self->reaped_) {
        self->eof_timer_.expires_after(patience_after_output);
        error_code ignored;
        co_await self->eof_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (self->reaped_ || self->client_gone_)
        co_return; // serve() tells the client about the end
    try {
        co_await self->session_.io().send_eof();
    } catch (const error&) {
        // obey() finds out too.
    }
}

awaitable<void> running_program::feed(std::shared_ptr<running_program> self)
{
    self->terminal_input_.resize(most_input);
    conn::state_of(self->session_.io())->without_default_timeout(); // a user may be silent for as long as they like
    error_code ec;
    for (;;) {
        const std::size_t n = co_await self->session_.io().read_some(self->terminal_input_, ec);
        if (ec || n == 0)
            break;
        const auto bytes = std::span<const std::byte>(self->terminal_input_).first(n);
        // Input that the program does not take is read all the same, so that the client's window does not shut.
        if (!self->input_refused_ && self->input_)
            co_await hand_over(self, self->input_, bytes);
    }
    self->terminal_input_ = {};
    if (!ec || !self->has_terminal_)
        self->close_input();
}

awaitable<void> running_program::hand_over(std::shared_ptr<running_program> self, std::shared_ptr<descriptor> to,
                                           std::span<const std::byte> bytes)
{
    self->line_begun_ = bytes.back() != std::byte{'\n'};
    while (!bytes.empty() && to->is_open()) {
        const ::ssize_t n = os::quiet_write(to->native_handle(), bytes);
        if (n >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            error_code ignored;
            co_await to->async_wait(descriptor::wait_write, asio::redirect_error(asio::use_awaitable, ignored));
        } else if (errno != EINTR) {
            self->input_refused_ = true;
            co_return;
        }
    }
}

/// Passes on the client's end of file. A terminal has no end of file; in line mode a character stands for it, which first ends a
/// line that has begun.
void running_program::close_input()
{
    if (!input_ || !input_->is_open())
        return;
    if (!has_terminal_) {
        error_code ignored;
        input_->close(ignored);
        return;
    }
    struct ::termios settings = {};
    if (::tcgetattr(input_->native_handle(), &settings) != 0 || (settings.c_lflag & static_cast<::tcflag_t>(ICANON)) == 0)
        return;
    const auto end = static_cast<std::byte>(settings.c_cc[VEOF]);
    const std::array<std::byte, 2> ends{end, end};
    (void)os::quiet_write(input_->native_handle(), std::span<const std::byte>(ends).first(line_begun_ ? 2 : 1));
}

// -- events and the end -------------------------------------------------------------------------------------------------------

awaitable<void> running_program::handle_events(std::shared_ptr<running_program> self)
{
    try {
        for (;;) {
            const std::optional<session_event> e = co_await self->session_.next_event();
            if (!e)
                break;
            self->handle_event(*e);
        }
    } catch (const error&) {
        // The connection is lost, and the channel with it.
    }
    self->handle_client_gone();
    if (self->has_terminal_ || self->patience_)
        self->signal_group(SIGHUP);
    if (self->reaped_ || !self->patience_)
        co_return;
    self->kill_timer_.expires_after(*self->patience_);
    error_code ignored;
    co_await self->kill_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    self->signal_group(SIGKILL);
}

void running_program::handle_event(const session_event& e)
{
    switch (e.what) {
    case session_event::kind::window_change:
        if (has_terminal_ && output_->is_open()) {
            struct ::winsize size = {};
            size.ws_col = static_cast<unsigned short>(e.size.columns);
            size.ws_row = static_cast<unsigned short>(e.size.rows);
            size.ws_xpixel = static_cast<unsigned short>(e.size.width_pixels);
            size.ws_ypixel = static_cast<unsigned short>(e.size.height_pixels);
            ::ioctl(output_->native_handle(), TIOCSWINSZ, &size);
        }
        break;
    case session_event::kind::signal:
        if (const int number = os::signal_number(e.signal); number != 0 && may_signal_)
            signal_group(number);
        break;
    case session_event::kind::send_break:
        if (has_terminal_ && output_->is_open())
            ::tcsendbreak(output_->native_handle(), 0);
        break;
    case session_event::kind::xon_xoff: break; // only a hint for clients
    }
}

/// Call this only for a child that has not been reaped: until then no other process or group can have its number.
void running_program::signal_group(int number) noexcept
{
    if (!reaped_ && id_ > 1)
        ::kill(-id_, number);
}

bool running_program::try_reap() noexcept
{
    int status = 0;
    const ::pid_t got = ::waitpid(id_, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    reaped_ = true;
    status_known_ = got == id_; // false if the process ignores SIGCHLD
    status_ = status;
    return true;
}

awaitable<void> running_program::reap(std::shared_ptr<running_program> self)
{
    asio::steady_timer pause(self->strand());
    error_code ec;
    while (!self->try_reap()) {
        // If the system has no pidfd_open(), this loop polls for the end of the program, at first often.
        if (self->exit_notice_ && !ec) {
            co_await self->exit_notice_->async_wait(descriptor::wait_read, asio::redirect_error(asio::use_awaitable, ec));
        } else {
            error_code ignored;
            pause.expires_after(std::chrono::milliseconds(20));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
    }
    self->exit_notice_.reset();
    self->kill_timer_.cancel();
    self->eof_timer_.cancel();
    self->changed_.wake_all();
}

/// A program without a terminal still gets the input from before, and feed() closes its input behind that. A terminal hangs up.
void running_program::handle_client_gone()
{
    client_gone_ = true;
    error_code ignored;
    for (const auto& d : {output_, error_})
        if (d)
            d->close(ignored);
    eof_timer_.cancel();
    changed_.wake_all();
}

void running_program::close_descriptors() noexcept
{
    error_code ignored;
    for (const auto& d : {input_, output_, error_})
        if (d)
            d->close(ignored);
}

} // namespace sshoal::server
