// custom_channel - a protocol of one's own over SSH: a channel type that both ends agree on, with a request. Client and server
// talk over memory here; over TCP nothing but the two streams would be different. Names of one's own end in "@" and a domain (RFC
// 4251 §6). message_writer and message_reader deal with the bodies of both, here a topic and a number of lines.
#include <sshoal/client.hpp>
#include <sshoal/message.hpp>
#include <sshoal/server_connection.hpp>

#include <iostream>

using namespace sshoal;

namespace {

const std::string channel_type = "lookup@example.org";

// The server's end of one channel: a line in, a line out. The request "limit@example.org" is granted for 1 to 100.
awaitable<void> answer_requests(channel c)
{
    while (auto request = co_await c.next_request()) {
        message_reader fields(request->body);
        const std::uint32_t limit = fields.uint32();
        c.answer(*request, request->type == "limit@example.org" && fields.finished() && limit >= 1 && limit <= 100);
    }
}

awaitable<void> answer_questions(channel c)
{
    spawn(c, answer_requests(c));
    std::vector<char> buffer(1024);
    while (std::size_t n = co_await c.read_some(std::as_writable_bytes(std::span(buffer)))) {
        const std::string answer = std::to_string(n) + " bytes: " + std::string(buffer.data(), n);
        co_await c.write(answer);
    }
    c.close();
}

awaitable<void> serve(std::unique_ptr<byte_stream> stream, server_options options)
{
    server_connection conn = co_await accept(std::move(stream), options);
    channel_acceptor questions = conn.listen_channels(channel_type); // every other type is refused
    try {
        for (;;) {
            incoming_channel asked = co_await questions.accept();
            message_reader fields(asked.body);
            const std::string_view topic = fields.text();
            if (!fields.finished()) // cut short, or something behind it
                asked.refuse(open_failure::connect_failed, "the body has no topic");
            else if (topic != "weather")
                asked.refuse(open_failure::connect_failed, "nothing is known about it");
            else
                spawn(conn, answer_questions(asked.accept()));
        }
    } catch (const error& e) {
        std::cout << "server  the end: " << e.what() << '\n';
    }
}

awaitable<void> talk(executor ex)
{
    const auto host_key = private_key::generate(key_type::ed25519).value();
    auto [mine, theirs] = make_memory_streams(ex, ex);
    spawn(ex,
          serve(std::move(theirs), server_options().host_key(host_key).authenticator(authenticate_password("alice", "secret"))));

    auto options = client_options().user("alice").password("secret").host_key(host_key.public_half());
    connection conn = co_await connect(std::move(mine), "memory", options);
    const std::vector<std::byte> about_weather = message_writer().string("weather").take();
    channel c = co_await conn.open_channel(channel_type, about_weather);
    co_await c.write("who is there?");
    std::vector<char> buffer(1024);
    std::size_t n = co_await c.read_some(std::as_writable_bytes(std::span(buffer)));
    std::cout << "client  " << std::string_view(buffer.data(), n) << '\n';

    const bool ten = co_await c.request("limit@example.org", message_writer().uint32(10).take());
    const bool thousand = co_await c.request("limit@example.org", message_writer().uint32(1000).take());
    std::cout << "client  10 lines " << (ten ? "granted" : "refused") << ", 1000 " << (thousand ? "granted" : "refused") << '\n';
    const std::vector<std::byte> about_stars = message_writer().string("stars").take();
    try {
        channel other = co_await conn.open_channel(channel_type, about_stars);
    } catch (const error& e) {
        std::cout << "client  " << e.what() << '\n';
    }
    conn.close();
}

} // namespace

int main() { run(talk); }
