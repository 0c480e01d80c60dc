// forward_report.hpp - the state of sshoal-forward, for people and for Prometheus.
#pragma once

#include "forward_daemon.hpp"

#include <sshoal/acceptor.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace programs {

/// Returns: one line for each tunnel and one for each of its forwardings.
std::string text_report(const forward_daemon& of);
/// Returns: the numbers in Prometheus' text format, version 0.0.4.
std::string metrics_report(const forward_daemon& of);

/// Limits for those who ask for reports.
struct report_limits {
    std::size_t most_clients = 16;       ///< further ones wait until one of these has gone
    std::size_t longest_request = 8192;  ///< bytes, with the headers; a longer one is answered with status 431
    std::chrono::milliseconds time{10'000}; ///< for a request and its answer; then the client is closed
};

/// Answers HTTP requests: GET /metrics, and GET / for the text. Errors (thrown): those of the acceptor.
sshoal::awaitable<void> serve_reports(sshoal::stream_acceptor from, const forward_daemon& of, report_limits limits = {});

} // namespace programs
