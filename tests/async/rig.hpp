// rig.hpp - client and server in one process: keys, options that fit together, connected pairs, and a clock that ends a test that
// hangs.
#pragma once

#include "catch.hpp"
#include "sshoal/client.hpp"
#include "sshoal/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <filesystem>
#include <functional>

#include <unistd.h>

namespace rig {

using namespace sshoal;

/// What tests run on, and another one beside it.
using own_strand = asio::strand<asio::io_context::executor_type>;
executor another_strand(const executor& here);

const private_key& host_key();
const private_key& user_key();
const private_key& other_key();

/// Lets "tester" in with user_key(); no delay for failures.
server_options server_setup();
/// "tester" with user_key(), who trusts host_key().
client_options client_setup();
/// The same without a key.
client_options keyless_setup();

struct pair {
    server_connection server;
    connection client;
};
enum class carrier { memory, sockets };
/// Each end on a strand of its own. Errors: the client's, else the server's.
awaitable<pair> connected(server_options s = server_setup(), client_options c = client_setup(), carrier over = carrier::memory);

struct failures {
    failure server, client;
};
/// What the two ends report of a log-in that fails.
awaitable<failures> failed_to_connect(server_options s, client_options c);

using program = std::function<awaitable<void>(server_session, session_request)>;
/// Accepts every program that the client asks for until the connection ends, each in a coroutine of its own.
void serve(server_connection c, program p);

/// Programs.
awaitable<void> echo(server_session s, session_request q);
awaitable<void> wait_for_end(server_session s, session_request q);

/// Runs a coroutine on `threads` threads until it has ended. Errors: its exception; runtime_error where it hangs.
void run_test(std::function<awaitable<void>()> test, unsigned threads = 1);

awaitable<void> pause_for(std::chrono::milliseconds t);

/// Awaits two operations side by side; the failure of one cancels the other. These functions are compiled once. Asio's operators
/// for coroutines, which do the same, take seconds to compile for each pair of types.
awaitable<void> both(awaitable<void> a, awaitable<void> b);
template <class A, class B>
awaitable<std::pair<A, B>> both(awaitable<A> a, awaitable<B> b)
{
    std::optional<A> first;
    std::optional<B> second;
    auto all = both(sshoal::detail::keep_result(std::move(a), first), sshoal::detail::keep_result(std::move(b), second));
    co_await std::move(all);
    std::pair<A, B> results(std::move(*first), std::move(*second));
    co_return std::move(results);
}
template <class T>
awaitable<T> both(awaitable<T> a, awaitable<void> b)
{
    std::optional<T> result;
    auto all = both(sshoal::detail::keep_result(std::move(a), result), std::move(b));
    co_await std::move(all);
    co_return std::move(*result);
}

/// Cancels the operation after this time. Returns: whether it ended in time.
awaitable<bool> ends_within(std::chrono::milliseconds t, awaitable<void> operation);
template <class T>
awaitable<bool> ends_within(std::chrono::milliseconds t, awaitable<T> operation)
{
    std::optional<T> result;
    auto racing = ends_within(t, sshoal::detail::keep_result(std::move(operation), result));
    const bool in_time = co_await std::move(racing);
    co_return in_time;
}

/// What an operation failed with; none if it did not.
template <class T>
awaitable<failure> failure_of(awaitable<T> operation)
{
    failure f;
    try {
        if constexpr (std::is_void_v<T>)
            co_await std::move(operation);
        else
            (void)co_await std::move(operation);
    } catch (const error& e) {
        f = e.why();
    } catch (const boost::system::system_error& e) {
        f = failure(e.code());
    }
    co_return f;
}

/// Reads to the end of the stream.
awaitable<std::string> read_all(channel c, data_stream from = data_stream::normal);

/// A list of names. g++ 12 cannot compile braced lists of strings in every coroutine.
template <class... T>
std::vector<std::string> names(const T&... n)
{
    std::vector<std::string> all;
    (all.emplace_back(n), ...);
    return all;
}

/// A folder of this process's own.
struct temporary_folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("sshoal-async-" + std::to_string(::getpid()));
    temporary_folder() { std::filesystem::create_directories(path); }
    temporary_folder(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path); }
};

std::vector<std::byte> bytes_of(std::string_view text);
std::string text_of(const std::vector<std::byte>& b);

} // namespace rig
