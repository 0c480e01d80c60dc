#include "server/server_options_impl.hpp"

#include "os/home_directory.hpp"
#include "connection/settings_from.hpp"

#include <atomic>

namespace sshoal {
namespace {

void apply_compression(server_options::impl& o)
{
    if (o.compress)
        o.algorithms.compression("+zlib@openssh.com");
}

} // namespace

server_options::server_options() : impl_(std::make_shared<impl>()) {}

server_options::impl& server_options::edit()
{
    if (!impl_)
        impl_ = std::make_shared<impl>(); // the options were moved from
    else if (impl_.use_count() > 1)
        impl_ = std::make_shared<impl>(*impl_);
    // The other owners' last reads happen before the write that follows.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *impl_;
}

server_options& server_options::host_key(private_key k)
{
    impl& o = edit();
    if (k)
        o.host_keys.emplace_back(std::move(k));
    else
        o.complain("host_key() without a key");
    return *this;
}

server_options& server_options::host_key_file(std::string path)
{
    edit().host_keys.emplace_back(host_key_file_source{os::with_home(std::move(path))});
    return *this;
}

server_options& server_options::authenticator(std::shared_ptr<sshoal::authenticator> a)
{
    edit().authenticator = std::move(a);
    return *this;
}

server_options& server_options::authenticator(auth_function decide, std::vector<std::string> methods)
{
    return authenticator(decide ? authenticate_if(std::move(decide), std::move(methods)) : nullptr);
}

server_options& server_options::authenticator(auth_function decide)
{
    return authenticator(decide ? authenticate_if(std::move(decide)) : nullptr);
}

server_options& server_options::banner(std::string text)
{
    edit().banner = std::move(text);
    return *this;
}

server_options& server_options::algorithms(sshoal::algorithms a)
{
    impl& o = edit();
    o.algorithms = std::move(a);
    apply_compression(o);
    return *this;
}

server_options& server_options::compression(bool on)
{
    impl& o = edit();
    if (o.compress && !on)
        o.algorithms.compression("none");
    o.compress = on;
    apply_compression(o);
    return *this;
}

server_options& server_options::limits(sshoal::limits l)
{
    impl& o = edit();
    if (o.own_keepalive) {
        l.keepalive_interval = o.limits.keepalive_interval;
        l.keepalive_count = o.limits.keepalive_count;
    }
    o.limits = l;
    return *this;
}

server_options& server_options::moduli_file(std::string path)
{
    edit().moduli_file = os::with_home(std::move(path));
    return *this;
}

server_options& server_options::max_auth_tries(unsigned n)
{
    impl& o = edit();
    if (n == 0)
        o.complain("max_auth_tries(0)");
    o.max_auth_tries = n;
    return *this;
}

server_options& server_options::max_auth_requests(unsigned n)
{
    impl& o = edit();
    if (n == 0)
        o.complain("max_auth_requests(0)");
    o.max_auth_requests = n;
    return *this;
}

server_options& server_options::auth_failure_delay(std::chrono::milliseconds t)
{
    impl& o = edit();
    if (t < std::chrono::milliseconds::zero())
        o.complain("auth_failure_delay() below 0");
    o.auth_failure_delay = t;
    return *this;
}

server_options& server_options::max_sessions(std::size_t n)
{
    edit().max_sessions = n;
    return *this;
}

server_options& server_options::max_env(std::size_t n)
{
    edit().max_env = n;
    return *this;
}

server_options& server_options::accept_env(std::vector<std::string> patterns)
{
    edit().accept_env = std::move(patterns);
    return *this;
}

server_options& server_options::required_rsa_bits(unsigned n)
{
    edit().required_rsa_bits = n;
    return *this;
}

server_options& server_options::permit_setup(setup_function f)
{
    return permit_setup(std::move(f), {session_setup::kind::terminal, session_setup::kind::variable});
}

server_options& server_options::permit_setup(setup_function f, std::vector<session_setup::kind> about)
{
    impl& o = edit();
    o.permit_setup = std::move(f);
    o.asked_about = std::move(about);
    return *this;
}

server_options& server_options::max_command(std::size_t n)
{
    edit().max_command = n;
    return *this;
}

server_options& server_options::max_connections(std::size_t n)
{
    edit().max_connections = n;
    return *this;
}
server_options& server_options::max_startups(unsigned begin, unsigned rate, unsigned full)
{
    impl& o = edit();
    if (rate > 100 || begin > full || full == 0)
        o.complain("max_startups(" + std::to_string(begin) + ", " + std::to_string(rate) + ", " + std::to_string(full) + ")");
    o.startups_begin = begin;
    o.startups_rate = rate;
    o.startups_full = full;
    return *this;
}

server_options& server_options::admission(std::shared_ptr<sshoal::admission> shared)
{
    edit().admission = std::move(shared);
    return *this;
}

server_options& server_options::keepalive(std::chrono::milliseconds interval, unsigned count)
{
    impl& o = edit();
    o.own_keepalive = true;
    o.limits.keepalive_interval = interval;
    o.limits.keepalive_count = count;
    return *this;
}

server_options& server_options::software(std::string name)
{
    impl& o = edit();
    if (failure f = conn::check_software(name))
        o.complain(f.context());
    o.software = std::move(name);
    return *this;
}

server_options& server_options::listen_channels(std::string type, std::size_t most_waiting)
{
    impl& o = edit();
    if (type == "session")
        o.complain("listen_channels(\"session\"): sessions come from next_session()");
    conn::declared_arrivals::declare(o.declared.channels, std::move(type), most_waiting);
    return *this;
}

server_options& server_options::listen_requests(std::string name, std::size_t most_waiting)
{
    conn::declared_arrivals::declare(edit().declared.requests, std::move(name), most_waiting);
    return *this;
}

server_options& server_options::work_executor(executor ex)
{
    edit().work = std::move(ex);
    return *this;
}

server_options& server_options::log(log_function f, log_level most)
{
    edit().outlets.set_text(std::move(f), most);
    return *this;
}

server_options& server_options::events(std::shared_ptr<event_sink> to)
{
    edit().outlets.set_own(std::move(to));
    return *this;
}

} // namespace sshoal
