#include "server/server_options_impl.hpp"

#include "os/home_directory.hpp"
#include "base/copy_on_write.hpp"
#include "connection/common_settings.hpp"


namespace sshoal {

template class common_options<server_options>;
server_options::server_options() : impl_(std::make_shared<impl>()) {}

server_options::impl& server_options::edit() { return own_copy(impl_); }

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

server_options& server_options::expect_session_services(bool on)
{
    edit().expects_session_services = on;
    return *this;
}

server_options& server_options::proxy_protocol(trusted_proxies from)
{
    edit().proxies = std::make_shared<const trusted_proxies>(std::move(from));
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

} // namespace sshoal
