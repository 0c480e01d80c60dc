#include "sshoal/call_home.hpp"
#include "sshoal/client.hpp"

namespace sshoal {

awaitable<connection> take_call(stream_acceptor from, std::string name, client_options options)
{
    auto accepting = from.accept();
    std::unique_ptr<byte_stream> stream = co_await std::move(accepting);
    auto connecting = connect(std::move(stream), std::move(name), std::move(options));
    connection c = co_await std::move(connecting);
    co_return std::move(c);
}

} // namespace sshoal
