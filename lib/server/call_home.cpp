#include "sshoal/call_home.hpp"

namespace sshoal {

awaitable<server_connection> call_home(endpoint client, server_options options, dial_options how)
{
    auto dialling = connect_stream(std::move(client), std::move(how));
    std::unique_ptr<byte_stream> stream = co_await std::move(dialling);
    auto serving = accept(std::move(stream), std::move(options));
    server_connection c = co_await std::move(serving);
    co_return std::move(c);
}

} // namespace sshoal
