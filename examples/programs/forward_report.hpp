// forward_report.hpp - the state of sshoal-forward, for people and for Prometheus.
#pragma once

#include "forward_daemon.hpp"

#include <sshoal/acceptor.hpp>

namespace programs {

/// Returns: one line for each tunnel and one for each of its forwardings.
std::string text_report(const forward_daemon& of);
/// Returns: the numbers in Prometheus' text format, version 0.0.4.
std::string metrics_report(const forward_daemon& of);

/// Answers HTTP requests: GET /metrics, and GET / for the text. Errors (thrown): those of the acceptor.
sshoal::awaitable<void> serve_reports(sshoal::stream_acceptor from, const forward_daemon& of);

} // namespace programs
