// two_factor_server PORT FOLDER - a log-in takes a key of FOLDER/authorized_keys and then the code that an app shows (RFC 6238).
// FOLDER/secret has 20 random bytes, which the app learns from "base32 FOLDER/secret"; FOLDER/host_key is the server's key.
#include <sshoal/authorized_keys.hpp>
#include <sshoal/hash.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>

#include <ctime>
#include <fstream>
#include <iostream>

using namespace sshoal;
using bytes = std::vector<std::byte>;

bytes hmac_sha1(bytes key, bytes text)
{
    key.resize(64);
    for (const std::byte pad : {std::byte(0x36), std::byte(0x5c)}) {
        hasher h("sha1");
        for (const std::byte b : key)
            h.update(std::vector{b ^ pad});
        h.update(text);
        text = h.finish();
    }
    return text;
}

std::string code_of(const bytes& secret, std::uint64_t half_minute)
{
    bytes counter(8);
    for (std::size_t i = 0; i < 8; ++i)
        counter[i] = std::byte(half_minute >> (56 - 8 * i));
    const bytes mac = hmac_sha1(secret, counter);
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8 | std::uint32_t(mac[std::size_t(mac[19] & std::byte(15)) + i]);
    return std::to_string(1'000'000 + (number & 0x7fffffff) % 1'000'000).substr(1);
}

class two_factors : public authenticator {
public:
    authorized_keys keys;
    bytes secret = bytes(20);
    std::uint64_t last_used = 0; // each code opens the door once

    std::vector<std::string> methods() const override { return {"publickey"}; }
    awaitable<auth_decision> decide(auth_request q) override
    {
        if (q.key && keys.contains(q.key.bare()))
            co_return q.what == auth_request::kind::key ? auth_decision::more({"keyboard-interactive"}) : auth_decision::accept();
        if (q.what == auth_request::kind::interactive && !q.succeeded.empty())
            co_return auth_decision::ask({{"Code: ", true}});
        const std::uint64_t now = std::uint64_t(std::time(nullptr)) / 30;
        for (const std::uint64_t t : {now, now - 1}) // for people who type slowly
            if (q.what == auth_request::kind::answers && !q.succeeded.empty() && t > last_used
                && q.answers[0] == code_of(secret, t)) {
                last_used = t;
                co_return auth_decision::accept();
            }
        co_return q.succeeded.empty() ? auth_decision::reject() : auth_decision::reject({"keyboard-interactive"});
    }
};

awaitable<void> serve(server_connection client)
{
    while (auto request = co_await client.next_session())
        spawn(client, run_program(std::move(*request)));
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: two_factor_server PORT FOLDER\n", 2;
    const std::string folder = argv[2];
    const auto both = std::make_shared<two_factors>();
    both->keys.load(folder + "/authorized_keys").value();
    if (!std::ifstream(folder + "/secret").read(reinterpret_cast<char*>(both->secret.data()), 20))
        return std::cerr << "two_factor_server: " << folder << "/secret has no 20 bytes\n", 1;
    auto options = server_options().host_key_file(folder + "/host_key").authenticator(both);
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(std::stoi(argv[1]))}, options);
        while (auto client = co_await door.accept())
            spawn(client, serve(client));
    });
} catch (const std::exception& e) {
    return std::cerr << "two_factor_server: " << e.what() << '\n', 1;
}
