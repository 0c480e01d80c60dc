// declared_arrivals.hpp - the types of channels and names of requests that options declare before log-in, so that arrivals wait
// until the program has an acceptor.
#pragma once

#include "sshoal/error.hpp"

#include <string>
#include <vector>

namespace sshoal::conn {

struct declared_arrivals {
    struct one {
        std::string name;
        std::size_t most;
    };
    std::vector<one> channels, requests;

    /// If a name is declared again, the last number counts.
    static void declare(std::vector<one>& all, std::string name, std::size_t most)
    {
        for (one& o : all)
            if (o.name == name) {
                o.most = most;
                return;
            }
        all.push_back({std::move(name), most});
    }
};

} // namespace sshoal::conn
