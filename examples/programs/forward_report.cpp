#include "forward_report.hpp"

#include <sshoal/deadline.hpp>
#include <sshoal/result_of.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace programs {
namespace {

namespace asio = sshoal::asio;
namespace forward = sshoal::forward;
using sshoal::awaitable;
using std::to_string;

std::string seconds_since(std::chrono::steady_clock::time_point then)
{
    return to_string(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - then).count());
}

std::string state_of(const forward::rule_health& r)
{
    if (r.listening)
        return "listens at " + r.bound.to_string();
    return r.why ? "does not listen: " + r.why.message() : "does not listen yet";
}

/// A value of a label: in quotes, with the characters that have a meaning escaped.
std::string quoted(const std::string& text)
{
    std::string all = "\"";
    for (const char c : text)
        all += c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
    return all + '"';
}

struct metric {
    const char* name;
    const char* type;
    const char* help;
};

class metrics_text {
public:
    void begin(const metric& m)
    {
        name_ = m.name;
        all += "# HELP " + name_ + ' ' + m.help + "\n# TYPE " + name_ + ' ' + m.type + '\n';
    }
    void line(const std::string& labels, std::uint64_t value) { all += name_ + '{' + labels + "} " + to_string(value) + '\n'; }
    std::string all;

private:
    std::string name_;
};

struct measured {
    std::string labels;
    forward::tunnel_health health;
};

struct tunnel_metric : metric {
    std::uint64_t (*value)(const forward::tunnel_health&);
};
const tunnel_metric of_tunnels[] = {
    {{"sshoal_tunnel_up", "gauge", "1 if there is a connection."}, [](const forward::tunnel_health& h) {
         return std::uint64_t(h.link.state == sshoal::link_state::up);
     }},
    {{"sshoal_tunnel_stopped", "gauge", "1 if the tunnel has been given up."}, [](const forward::tunnel_health& h) {
         return std::uint64_t(h.link.state == sshoal::link_state::stopped);
     }},
    {{"sshoal_tunnel_connections_total", "counter", "Connections made."},
     [](const forward::tunnel_health& h) { return h.link.connections; }},
    {{"sshoal_tunnel_failed_attempts", "gauge", "Attempts that have failed since there was a connection."},
     [](const forward::tunnel_health& h) { return std::uint64_t(h.link.failures); }},
};

struct rule_metric : metric {
    std::uint64_t (*value)(const forward::rule_health&);
};
const rule_metric of_rules[] = {
    {{"sshoal_forward_listening", "gauge", "1 if the forwarding takes connections."},
     [](const forward::rule_health& r) { return std::uint64_t(r.listening); }},
    {{"sshoal_forward_streams", "gauge", "Streams that are open."},
     [](const forward::rule_health& r) { return std::uint64_t(r.count.open); }},
    {{"sshoal_forward_opened_total", "counter", "Streams that have reached their target."},
     [](const forward::rule_health& r) { return r.count.opened; }},
    {{"sshoal_forward_refused_total", "counter", "Streams that have not."},
     [](const forward::rule_health& r) { return r.count.refused; }},
    {{"sshoal_forward_bytes_to_target_total", "counter", "Bytes carried to targets."},
     [](const forward::rule_health& r) { return r.count.bytes_to_target; }},
    {{"sshoal_forward_bytes_from_target_total", "counter", "Bytes carried from targets."},
     [](const forward::rule_health& r) { return r.count.bytes_from_target; }},
};

std::string labels_of(const std::string& tunnel, const forward::rule& r)
{
    return tunnel + ",kind=" + quoted(std::string(name_of(r.what()))) + ",listen=" + quoted(r.listen().to_string()) + ",target="
           + quoted(r.target().to_string());
}

} // namespace

std::string text_report(const forward_daemon& of)
{
    std::string all;
    for (const running_tunnel& r : of.tunnels()) {
        const forward::tunnel_health h = r.tunnel.health();
        all += r.name + ": " + std::string(name_of(h.link.state)) + " for " + seconds_since(h.link.since) + " s, "
               + to_string(h.link.connections) + " connections";
        if (h.link.why && h.link.state != sshoal::link_state::up)
            all += "; " + h.link.why.message();
        all += '\n';
        for (const forward::rule_health& f : h.rules)
            all += "  " + f.what.to_string() + ": " + state_of(f) + "; " + to_string(f.count.open) + " streams are open, "
                   + to_string(f.count.opened) + " were opened, " + to_string(f.count.refused) + " refused\n";
    }
    return all;
}

std::string metrics_report(const forward_daemon& of)
{
    std::vector<measured> all;
    for (const running_tunnel& r : of.tunnels())
        all.push_back({"tunnel=" + quoted(r.name), r.tunnel.health()});
    metrics_text text;
    for (const tunnel_metric& m : of_tunnels) {
        text.begin(m);
        for (const measured& one : all)
            text.line(one.labels, m.value(one.health));
    }
    for (const rule_metric& m : of_rules) {
        text.begin(m);
        for (const measured& one : all)
            for (const forward::rule_health& f : one.health.rules)
                text.line(labels_of(one.labels, f.what), m.value(f));
    }
    return text.all;
}

namespace {

bool may_come_later(const sshoal::error_code& ec) { return ec == asio::error::would_block || ec == asio::error::try_again; }

std::string answer_to(const std::string& request, const forward_daemon& of, std::size_t longest_request)
{
    const auto answer = [](const char* status, const char* type, const std::string& body) {
        return std::string("HTTP/1.0 ") + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + to_string(body.size())
               + "\r\nConnection: close\r\n\r\n" + body;
    };
    if (request.size() > longest_request)
        return answer("431 Request Header Fields Too Large", "text/plain", "a request has at most " + to_string(longest_request) + " bytes\n");
    if (request.starts_with("GET /metrics "))
        return answer("200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics_report(of));
    if (request.starts_with("GET / "))
        return answer("200 OK", "text/plain; charset=utf-8", text_report(of));
    return answer("404 Not Found", "text/plain", "GET / or GET /metrics\n");
}

awaitable<void> answer_one(std::unique_ptr<sshoal::byte_stream> client, const forward_daemon& of, std::size_t longest_request)
{
    std::string request;
    sshoal::error_code ec;
    while (request.find("\r\n\r\n") == request.npos && request.find("\n\n") == request.npos && request.size() <= longest_request) {
        std::array<char, 1024> room;
        const std::size_t most = std::min(room.size(), longest_request + 1 - request.size());
        const std::size_t n = client->try_read(std::as_writable_bytes(std::span(room).first(most)), ec);
        request.append(room.data(), n);
        if (n == 0 && may_come_later(ec))
            ec = co_await client->wait_readable();
        if (n == 0 && ec)
            co_return; // a client that has gone, or whose time is over
    }
    const std::string answer = answer_to(request, of, longest_request);
    std::span<const std::byte> rest = std::as_bytes(std::span(answer));
    ec = {};
    while (!rest.empty() && !ec) {
        rest = rest.subspan(client->try_write(rest, ec));
        if (may_come_later(ec))
            ec = co_await client->wait_writable();
    }
    client->shutdown_send();
}

awaitable<void> answer_in_time(std::unique_ptr<sshoal::byte_stream> client, const forward_daemon& of, report_limits limits)
{
    auto answering = sshoal::result_of(sshoal::within(limits.time, answer_one(std::move(client), of, limits.longest_request)));
    (void)co_await std::move(answering);
}

} // namespace

awaitable<void> serve_reports(sshoal::stream_acceptor from, const forward_daemon& of, report_limits limits)
{
    const sshoal::executor here = co_await asio::this_coro::executor;
    sshoal::task_group clients(here, limits.most_clients);
    for (;;) {
        auto accepting = from.accept();
        std::unique_ptr<sshoal::byte_stream> next = co_await std::move(accepting);
        auto starting = clients.start_when_free(answer_in_time(std::move(next), of, limits));
        co_await std::move(starting);
    }
}

} // namespace programs
