// interop-many-channels PORT USER KEY CHANNELS BYTES REKEY_BYTES - runs `cat` on several channels of one connection at once,
// sends each its bytes, and compares what comes back. Prints how many key exchanges there were meanwhile. Status 0: every byte
// came back.
#include <sshoal/client.hpp>

#include <algorithm>
#include <iostream>

namespace {

using namespace sshoal;

struct tally {
    std::size_t running = 0, good = 0, exchanges = 0;
};

std::byte pattern(std::size_t channel, std::size_t at) { return std::byte((channel * 31 + at * 7 + (at >> 11)) & 0xff); }

awaitable<void> feed(process p, std::size_t channel, std::size_t bytes)
{
    try {
        std::vector<std::byte> block(30'000);
        for (std::size_t at = 0; at < bytes;) {
            const std::size_t n = std::min(block.size(), bytes - at);
            for (std::size_t i = 0; i < n; ++i)
                block[i] = pattern(channel, at + i);
            co_await p.in().write(std::span<const std::byte>(block).first(n));
            at += n;
        }
        co_await p.in().send_eof();
    } catch (const error&) {
        // compare() finds out
    }
}

awaitable<void> compare(connection c, process p, std::size_t channel, std::size_t bytes, tally& all)
{
    std::size_t at = 0;
    bool same = true;
    try {
        std::vector<std::byte> block(64 * 1024);
        for (;;) {
            const std::size_t n = co_await p.out().read_some(block);
            if (n == 0)
                break;
            for (std::size_t i = 0; i < n; ++i)
                same = same && block[i] == pattern(channel, at + i);
            at += n;
        }
        const exit_info how = co_await p.wait();
        if (same && at == bytes && how.status == 0u)
            ++all.good;
        else
            std::cerr << "channel " << channel << ": " << at << " bytes came back, " << (same ? "unchanged" : "changed") << '\n';
    } catch (const error& e) {
        std::cerr << "channel " << channel << " after " << at << " bytes: " << e.what() << '\n';
    }
    if (--all.running == 0)
        c.close();
}

awaitable<void> work(char** argv, tally& all)
{
    auto key = private_key::load(argv[3]);
    if (!key)
        throw error(key.error());
    client_options options;
    limits l;
    l.rekey_bytes = std::stoull(argv[6]);
    options.user(argv[2])
        .port(std::uint16_t(std::stoi(argv[1])))
        .key(std::move(*key))
        .verifier(trust_any_host_key_insecurely())
        .limits(l);
    options.log([&all](log_level,
                       std::string_view line) { all.exchanges += line.find("new keys are in use") != line.npos ? 1 : 0; },
                log_level::debug);
    connection c = co_await connect("127.0.0.1", options);
    const std::size_t count = std::stoull(argv[4]), bytes = std::stoull(argv[5]);
    std::vector<process> started;
    for (std::size_t i = 0; i < count; ++i) {
        process p = co_await c.start("cat");
        started.push_back(p);
    }
    all.running = count;
    for (std::size_t i = 0; i < count; ++i) {
        spawn(c, feed(started[i], i, bytes));
        spawn(c, compare(c, started[i], i, bytes, all));
    }
    started.clear();
    const failure why = co_await c.wait_closed();
    if (all.good != count)
        std::cerr << "the connection ended: " << why.code().message() << ": " << why.context() << '\n';
}

} // namespace

int main(int argc, char** argv)
{
    tally all;
    try {
        if (argc != 7)
            throw std::runtime_error("six arguments are needed");
        sshoal::run([&] { return work(argv, all); });
    } catch (const std::exception& e) {
        std::cerr << "interop-many-channels: " << e.what() << '\n';
        return 1;
    }
    std::cout << all.exchanges << " key exchanges\n";
    return all.good == std::stoull(argv[4]) ? 0 : 1;
}
