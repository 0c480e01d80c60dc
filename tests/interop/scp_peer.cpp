// interop-scp-peer - our end of the old copy protocol, for tests against scp(1):
//
//     serve PORT HOST_KEY AUTHORIZED_KEYS             takes scp -t and scp -f and nothing else, with the rights of whoever runs it
//     send PORT USER KEY [-r] [-p] PATH... REMOTE     prints what was copied, and a line for each thing that was not
//     receive PORT USER KEY [-r] [-p] REMOTE LOCAL
#include <sshoal/authorized_keys.hpp>
#include <sshoal/client.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/local_file_system.hpp>
#include <sshoal/scp.hpp>

#include <iostream>

namespace {

using namespace sshoal;
using words = std::vector<std::string>;

awaitable<void> serve_client(server_connection client)
{
    const auto files = sftp::make_local_file_system();
    while (auto request = co_await client.next_session()) {
        if (request->what != session_request::kind::exec || !scp::is_scp(request->command)) {
            request->refuse();
            continue;
        }
        std::cerr << "serves: " << request->command << std::endl;
        server_session session = request->accept();
        spawn(client, scp::serve(session, request->command, files));
    }
}

awaitable<void> serve(executor ex, server_options options, std::uint16_t port)
{
    listener l(ex, {"127.0.0.1", port}, options);
    for (;;) {
        server_connection client = co_await l.accept();
        spawn(client, serve_client(client));
    }
}

awaitable<transfer_result> copy(bool sending, std::uint16_t port, words w)
{
    auto key = private_key::load(w.at(1));
    if (!key)
        throw error(key.error());
    client_options options;
    options.user(w.at(0)).port(port).key(std::move(*key)).verifier(trust_any_host_key_insecurely());
    w.erase(w.begin(), w.begin() + 2);
    scp::options how;
    for (; !w.empty() && (w.front() == "-r" || w.front() == "-p"); w.erase(w.begin()))
        w.front() == "-r" ? how.recursive() : how.preserve();
    if (w.size() < 2)
        throw std::runtime_error("a source and a target are needed");
    std::string target = w.back();
    w.pop_back();
    connection c = co_await connect("127.0.0.1", options);
    auto copying = sending ? scp::send(c, std::move(w), std::move(target), how)
                           : scp::receive(c, std::move(w.front()), std::move(target), how);
    transfer_result r = co_await std::move(copying);
    co_return r;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        words w(argv + 1, argv + argc);
        if (w.size() < 4)
            throw std::runtime_error("more arguments are needed");
        const std::string what = w[0];
        const auto port = std::uint16_t(std::stoi(w[1]));
        w.erase(w.begin(), w.begin() + 2);
        if (what == "serve") {
            auto options = server_options().host_key_file(w[0]).authenticator(authenticate_authorized_keys(w[1], false));
            options.log([](log_level, std::string_view line) { std::cerr << line << '\n'; }, log_level::debug);
            sshoal::run([&](executor ex) { return serve(ex, options, port); });
        } else {
            const transfer_result r = sshoal::run([&] { return copy(what == "send", port, w); });
            std::cout << r.files << " files, " << r.directories << " directories, " << r.bytes << " bytes\n";
            for (const auto& [path, why] : r.skipped)
                std::cout << "skipped " << path << ": " << why.message() << '\n';
            return r.skipped.empty() ? 0 : 1;
        }
    } catch (const std::exception& e) {
        std::cerr << "interop-scp-peer: " << e.what() << '\n';
        return 1;
    }
}
