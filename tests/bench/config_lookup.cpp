// config-lookup [BLOCKS] - the time of reading a configuration of so many blocks, and of one look-up in it.
#include "sshoal/ssh_config.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>

int main(int argc, char** argv)
{
    using clock = std::chrono::steady_clock;
    const auto ms = [](clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); };
    const int blocks = argc > 1 ? std::atoi(argv[1]) : 1000;
    std::string text;
    for (int i = 0; i < blocks; ++i)
        text += "Host h" + std::to_string(i) + " *.zone" + std::to_string(i) + ".example.org\n  Port " + std::to_string(1 + i % 60'000)
                + "\n  User u" + std::to_string(i) + "\n  IdentityFile ~/.ssh/k" + std::to_string(i) + "\n";
    const auto began = clock::now();
    const auto config = sshoal::ssh_config::parse(text);
    const auto read = clock::now();
    if (!config)
        return 1;
    constexpr int rounds = 100;
    const sshoal::config_facts facts = sshoal::config_facts::of_this_process();
    const auto asking = clock::now();
    unsigned long sum = 0;
    for (int i = 0; i < rounds; ++i)
        sum += config->lookup_now("h" + std::to_string(blocks - 1 - i % blocks), facts)->port;
    const auto asked = clock::now();
    std::cout << blocks << " blocks: reading " << ms(read - began) << " ms, a look-up " << ms(asked - asking) / rounds << " ms (" << sum
              << ")\n";
}
