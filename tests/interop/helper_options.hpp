// helper_options.hpp - the options of the programs around libssh and libssh2: those of helper_options.py.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

struct helper_options {
    helper_options(int argc, char** argv)
    {
        for (int i = 1; i + 1 < argc; i += 2)
            values[std::string(argv[i]).substr(2)] = argv[i + 1];
    }
    std::string text(const std::string& name) const
    {
        const auto it = values.find(name);
        return it == values.end() ? std::string() : it->second;
    }
    bool has(const std::string& name) const { return values.count(name) != 0; }
    unsigned port() const { return static_cast<unsigned>(std::stoul(text("port"))); }
    void report(std::string_view signal) const { std::ofstream(text("report")) << signal; }

    std::map<std::string, std::string> values;
};

inline void write_all(int fd, const char* data, std::size_t size)
{
    while (size > 0) {
        const ::ssize_t n = ::write(fd, data, size);
        if (n < 0)
            throw std::runtime_error("cannot write");
        data += n;
        size -= static_cast<std::size_t>(n);
    }
}

/// Input that waits to be sent.
struct input {
    char block[32768];
    std::size_t size = 0, at = 0;
    bool ended = false, told = false;

    bool wants_more() const { return !ended && at == size; }
    void take()
    {
        const ::ssize_t n = ::read(0, block, sizeof block);
        at = 0;
        size = n > 0 ? static_cast<std::size_t>(n) : 0;
        ended = n <= 0;
    }
};
