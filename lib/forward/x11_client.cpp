#include "forward/x11_client.hpp"

#include "crypto/rng.hpp"
#include "forward/x11_stream.hpp"
#include "os/socket_folder.hpp"
#include "sshoal/child_program.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/run_on.hpp"

#include <cstdlib>

namespace sshoal::forward {
namespace {

using words = std::vector<std::string>;

/// Asks xauth(1) for the cookie of a display. It is called on a thread that may wait.
struct xauth_question {
    x11_options how;
    std::string display;

    outcome<std::optional<x11_cookie>> operator()() const
    {
        if (how.is_trusted())
            return parse_xauth_list(output_of({"list", display}));
        const outcome<os::socket_folder> folder = os::socket_folder::make();
        if (!folder)
            return folder.error();
        const std::string file = folder->socket(); // a name in a folder that only this user enters
        constexpr std::chrono::seconds slack{60};  // connections are refused before the cookie ends
        const auto time = how.timeout().count() == 0 ? how.timeout() : how.timeout() + slack;
        output_of({"-f", file, "generate", display, std::string(x11_magic_cookie), "untrusted", "timeout",
                   std::to_string(time.count())});
        std::optional<x11_cookie> made = parse_xauth_list(output_of({"-f", file, "list", display}));
        if (!made)
            return failure(errc::file_error, how.xauth() + " makes no cookie for programs that are not trusted; the X server "
                                                           "may lack its extension SECURITY");
        return made;
    }

private:
    /// Returns: what xauth writes to its standard output; its complaints are dropped. Nothing if there is no such program.
    std::string output_of(const words& arguments) const
    {
        constexpr std::size_t most_output = 64 * 1024;
        words all{"/bin/sh", "-c", "exec \"$0\" \"$@\" 2> /dev/null", how.xauth()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_to_end(child_command(std::move(all)).quiet().capture(most_output)).out;
    }
};

bytes random_bytes(std::size_t n)
{
    bytes b(n);
    crypto::system_random().fill(b);
    return b;
}

outcome<x11_cookie> fixed_cookie(const std::string& digits)
{
    std::optional<bytes> data = parse_cookie_digits(digits);
    if (!data)
        return failure(errc::invalid_argument, "the cookie of the X display is no hexadecimal number");
    return x11_cookie{std::string(x11_magic_cookie), std::move(*data)};
}

awaitable<stream_outcome> connect_display(std::shared_ptr<const x11_lending> what, dial_options how)
{
    auto connecting = reach_by_socket(what->display.at, std::move(how));
    stream_outcome s = co_await std::move(connecting);
    if (!s)
        co_return s.error();
    co_return make_x11_stream(std::move(*s), x11_setup(what->made_up, what->real));
}

awaitable<stream_outcome> too_late()
{
    co_return failure(make_error_code(open_failure::administratively_prohibited), "the time of X11 forwarding is over");
}

} // namespace

awaitable<outcome<x11_lending>> find_x11_lending(x11_options how)
{
    constexpr std::size_t usual_size = 16;
    std::string name = how.display();
    if (const char* const named = std::getenv("DISPLAY"); named != nullptr && name.empty())
        name = named;
    if (name.empty())
        co_return failure(errc::invalid_argument, "no display to forward: DISPLAY is not set");
    outcome<x11_display_name> display = parse_x11_display(name);
    if (!display)
        co_return display.error();
    x11_lending l;
    l.display = std::move(*display);
    const auto begin = std::chrono::steady_clock::now();
    if (!how.cookie().empty()) {
        outcome<x11_cookie> fixed = fixed_cookie(how.cookie());
        if (!fixed)
            co_return fixed.error();
        l.real = std::move(*fixed);
    } else {
        xauth_question question{how, l.display.for_xauth};
        auto asking = result_of(run_on(disk_threads(), std::move(question)));
        outcome<outcome<std::optional<x11_cookie>>> asked = co_await std::move(asking);
        if (!asked || asked->has_error())
            co_return asked ? asked->error() : asked.error();
        if (*asked)
            l.real = (**asked).value_or(x11_cookie{std::string(x11_magic_cookie), random_bytes(usual_size)});
    }
    if (!how.is_trusted() && how.timeout().count() != 0)
        l.refused_from = begin + how.timeout();
    l.made_up = x11_cookie{l.real.protocol, random_bytes(l.real.data.size())};
    co_return std::move(l);
}

reach_function reach_display(x11_lending what, dial_options how)
{
    return [what = std::make_shared<const x11_lending>(std::move(what)), how = std::move(how)](endpoint, endpoint) {
        const bool late = what->refused_from && std::chrono::steady_clock::now() >= *what->refused_from;
        return late ? too_late() : connect_display(what, how);
    };
}

} // namespace sshoal::forward
