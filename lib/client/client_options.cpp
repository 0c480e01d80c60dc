#include "client/client_options_impl.hpp"

#include "base/secure.hpp"
#include "os/home_directory.hpp"
#include "base/copy_on_write.hpp"
#include "connection/common_settings.hpp"
#include "sshoal/system_account.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <unistd.h>

namespace sshoal {
namespace {

std::string find_local_user()
{
    auto found = system_account::find(::getuid());
    if (found && *found && !(*found)->name.empty())
        return std::move((*found)->name);
    // Containers may run with a user number that is in no database.
    const char* name = std::getenv("USER");
    return name != nullptr ? name : "";
}

/// The user is looked up once, since the database may be at the other end of a network.
const std::string& local_user()
{
    static const std::string name = find_local_user();
    return name;
}

awaitable<std::optional<std::string>> first_attempt_only(std::shared_ptr<const secret_text> text, unsigned attempt)
{
    std::optional<std::string> answer;
    if (attempt == 0)
        answer = std::string(text->view());
    co_return answer;
}

constexpr const char* cannot_ask = "known_hosts with unknown_host::ask needs the function that asks, as the argument behind it";

constexpr std::array<std::string_view, 3> known_methods{"publickey", "keyboard-interactive", "password"};

} // namespace

failure client_options::impl::check(bool needs_verifier) const
{
    if (problem)
        return problem;
    if (algorithms.check())
        return algorithms.check();
    if (user.empty())
        return failure(errc::invalid_argument, "no user name");
    if (verifier_problem)
        return verifier_problem;
    if (needs_jumps && jumps.empty())
        return failure(errc::invalid_argument, "the settings lead through jump hosts (ProxyJump): config() or from_user_config() "
                                               "looks those up, or jump() says how to log in there");
    if (!verifier && needs_verifier)
        return failure(
            errc::no_host_key_verifier,
            "say which host keys are trusted, with known_hosts_default(), known_hosts(file), host_key(key) or verifier()");
    return {};
}

template class common_options<client_options>;

client_options::impl::impl() : common_settings("^zlib@openssh.com", false), user(local_user()) {}

client_options::client_options() : impl_(std::make_shared<impl>()) {}

client_options::impl& client_options::edit() { return own_copy(impl_); }

client_options& client_options::user(std::string name)
{
    impl& o = edit();
    o.user = std::move(name);
    o.own_user = true;
    return *this;
}

client_options& client_options::port(std::uint16_t p)
{
    impl& o = edit();
    o.port = p;
    o.own_port = true;
    return *this;
}

client_options& client_options::key(private_key k)
{
    impl& o = edit();
    if (k)
        o.identities.emplace_back(make_signer(std::move(k)));
    else
        o.complain("key() without a key");
    return *this;
}

client_options& client_options::identity(std::shared_ptr<signer> s)
{
    impl& o = edit();
    if (s)
        o.identities.emplace_back(std::move(s));
    else
        o.complain("identity() without a signer");
    return *this;
}

client_options& client_options::identity_file(std::string path)
{
    edit().identities.emplace_back(identity_file_source{os::with_home(std::move(path))});
    return *this;
}

client_options& client_options::identity_public_file(std::string path, std::string agent_socket)
{
    public_file_source source;
    source.path = os::with_home(std::move(path));
    source.agent = os::with_home(std::move(agent_socket));
    edit().identities.emplace_back(std::move(source));
    return *this;
}

client_options& client_options::identities(ssh_identities as_ssh)
{
    edit().identities.emplace_back(std::move(as_ssh));
    return *this;
}

client_options& client_options::password_prompts(unsigned n)
{
    edit().password_prompts = n;
    return *this;
}

client_options& client_options::try_none(bool on)
{
    edit().try_none = on;
    return *this;
}

client_options& client_options::on_refused(std::function<void(const login_refusal&)> told)
{
    edit().on_refused = std::move(told);
    return *this;
}

client_options& client_options::identity_default()
{
    edit().identities.emplace_back(default_identities_source{});
    return *this;
}

client_options& client_options::agent(std::string socket_path)
{
    edit().identities.emplace_back(agent_source{os::with_home(std::move(socket_path))});
    return *this;
}

client_options& client_options::passphrase(std::string fixed)
{
    auto kept = std::make_shared<const secret_text>(fixed);
    wipe(fixed.data(), fixed.size());
    impl& o = edit();
    o.passphrase = [kept](const std::string&, unsigned attempt) { return first_attempt_only(kept, attempt); };
    o.fixed_passphrase = true;
    return *this;
}

client_options& client_options::passphrase(passphrase_function ask)
{
    impl& o = edit();
    o.passphrase = std::move(ask);
    o.fixed_passphrase = false;
    return *this;
}

client_options& client_options::password(std::string fixed)
{
    auto kept = std::make_shared<const secret_text>(fixed);
    wipe(fixed.data(), fixed.size());
    impl& o = edit();
    o.password = [kept](const std::string&, unsigned attempt) { return first_attempt_only(kept, attempt); };
    o.fixed_password = true;
    return *this;
}

client_options& client_options::password(password_function ask)
{
    impl& o = edit();
    o.password = std::move(ask);
    o.fixed_password = false;
    return *this;
}

client_options& client_options::new_password(password_function ask)
{
    edit().new_password = std::move(ask);
    return *this;
}

client_options& client_options::interactive(interactive_function ask)
{
    edit().interactive = std::move(ask);
    return *this;
}

client_options& client_options::methods(std::vector<std::string> in_order)
{
    impl& o = edit();
    for (const std::string& name : in_order)
        if (std::find(known_methods.begin(), known_methods.end(), name) == known_methods.end())
            o.complain("unknown log-in method " + printable(name, 64));
    o.methods = std::move(in_order);
    return *this;
}

client_options& client_options::refuse_no_proof(bool on)
{
    edit().refuse_no_proof = on;
    return *this;
}

client_options& client_options::verifier(std::shared_ptr<host_key_verifier> v)
{
    edit().trust(std::move(v));
    return *this;
}

client_options& client_options::host_key_alias(std::string name)
{
    edit().host_key_alias = std::move(name);
    return *this;
}

client_options& client_options::host_key(public_key expected)
{
    std::string complaint = expected ? "" : "host_key() without a key";
    edit().trust(trust_key(std::move(expected)), std::move(complaint));
    return *this;
}

client_options& client_options::known_hosts(std::string file, unknown_host policy, verify_function ask)
{
    std::string complaint = policy == unknown_host::ask && !ask ? cannot_ask : "";
    std::vector<std::string> files;
    files.push_back(std::move(file));
    edit().trust(trust_known_hosts(std::move(files), policy, std::move(ask)), std::move(complaint));
    return *this;
}

client_options& client_options::known_hosts_default(unknown_host policy, verify_function ask)
{
    std::string complaint = policy == unknown_host::ask && !ask ? cannot_ask : "";
    edit().trust(trust_known_hosts_default(policy, std::move(ask)), std::move(complaint));
    return *this;
}

client_options& client_options::connect_timeout(std::chrono::milliseconds t)
{
    edit().dial.timeout(t);
    return *this;
}

client_options& client_options::dial(dial_options d)
{
    edit().dial = std::move(d);
    return *this;
}

client_options& client_options::proxy(sshoal::proxy through)
{
    edit().dial.proxy(std::move(through));
    return *this;
}

client_options& client_options::timeout(std::chrono::milliseconds t)
{
    edit().timeout = t;
    return *this;
}

client_options& client_options::on_banner(std::function<void(std::string_view)> show)
{
    edit().on_banner = std::move(show);
    return *this;
}

} // namespace sshoal
