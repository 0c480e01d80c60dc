// peer.hpp - sshoal-peer: one program that takes part in side-by-side measurements as a client or a server.
//
//   sshoal-peer server --port P --hostkey FILE --authkeys FILE [--cipher C --mac M --kex K --threads N --work-threads N]
//       prints READY PORT. --threads: each with an io_context and a listener; --work-threads: of a pool that is the
//       work_executor(); --forward 1, or SSHOAL_PEER_FORWARD in the environment: clients may forward
//   sshoal-peer OP --port P --user U --key FILE [--host H --cipher C --mac M --kex K --cmd CMD --bytes N --n N --conc N --secs S]
//       OP: get put handshake channels idle; prints one line of JSON
//   sshoal-peer sftp-get|sftp-put|sftp-get-many|sftp-put-many ... --remote PATH --local PATH [--files N]
//   sshoal-peer forward ... --target HOST:PORT [--listen HOST:PORT --jumps N]
//       a port of -L; prints READY PORT. --jumps: the same server, so many times on the way
//   sshoal-peer tcp-server [--port P --bytes N], tcp-load --port P --mode get|put|requests|idle [--bytes N --n N --secs S --stalled N]
//       what is at the two ends of a forwarded port
//   sshoal-peer echo-beside-bulk ... [--direction get|put|both --gap MS --secs S]               against any server with gen,
//   sink, echo
#pragma once

#include <sshoal/client.hpp>
#include <sshoal/listener.hpp>

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>

namespace peer {

class arguments {
public:
    arguments(int argc, char** argv)
    {
        for (int i = 2; i + 1 < argc; i += 2)
            values_[std::string(argv[i]).substr(2)] = argv[i + 1];
    }
    std::string text(const std::string& name, std::string otherwise = {}) const
    {
        const auto it = values_.find(name);
        return it == values_.end() ? otherwise : it->second;
    }
    std::size_t number(const std::string& name, std::size_t otherwise) const
    {
        const auto it = values_.find(name);
        return it == values_.end() ? otherwise : std::stoull(it->second);
    }
    sshoal::algorithms algorithms() const
    {
        sshoal::algorithms a;
        if (const auto v = text("cipher"); !v.empty())
            a.ciphers(v);
        if (const auto v = text("mac"); !v.empty())
            a.macs(v);
        if (const auto v = text("kex"); !v.empty())
            a.kex(v);
        return a;
    }

private:
    std::map<std::string, std::string> values_;
};

inline double seconds_since(std::chrono::steady_clock::time_point t)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

sshoal::awaitable<void> server(const arguments& a, sshoal::executor ex);
sshoal::client_options options_of(const arguments& a);
sshoal::awaitable<void> echo_beside_bulk(const arguments& a);
sshoal::awaitable<void> bulk(const arguments& a, bool get);
sshoal::awaitable<void> handshakes(const arguments& a, sshoal::executor ex);
sshoal::awaitable<void> channels(const arguments& a, sshoal::executor ex);
sshoal::awaitable<void> sftp_transfer(const arguments& a, std::string op);
sshoal::awaitable<void> forward_port(const arguments& a);
sshoal::awaitable<void> tcp_server(const arguments& a, sshoal::executor ex);
sshoal::awaitable<void> tcp_load(const arguments& a, sshoal::executor ex);
sshoal::awaitable<void> idle(const arguments& a, sshoal::executor ex);

} // namespace peer
