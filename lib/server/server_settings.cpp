#include "server/server_settings.hpp"

#include "keys/moduli.hpp"
#include "os/regular_file.hpp"
#include "connection/settings_from.hpp"

#include <algorithm>

namespace sshoal::server {
namespace {

constexpr std::size_t largest_moduli_file = 16u << 20;

outcome<std::vector<private_key>> load_host_keys(const server_options::impl& o)
{
    std::vector<private_key> keys;
    for (const host_key_source& source : o.host_keys) {
        if (const auto* key = std::get_if<private_key>(&source)) {
            keys.push_back(*key);
            continue;
        }
        const std::string& path = std::get<host_key_file_source>(source).path;
        outcome<private_key> loaded = private_key::load(path);
        if (!loaded)
            return failure(loaded.error().code(), "host key " + loaded.error().context()
                                                      + (loaded.error().code() == errc::passphrase_required
                                                             ? "; load it with private_key::load(path, passphrase) for host_key()"
                                                             : ""));
        keys.push_back(std::move(*loaded));
    }
    if (keys.empty())
        return failure(errc::invalid_argument, "a server needs a host key");
    return keys;
}

bool can_sign_any(const private_key& key, const name_vector& allowed)
{
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& n) { return key.public_half().can_verify(n); });
}

} // namespace

outcome<std::shared_ptr<const server_settings>> make_server_settings(server_options options)
{
    const server_options::impl& o = options.get();
    if (o.problem)
        return o.problem;
    if (o.algorithms.check())
        return o.algorithms.check();
    auto s = std::make_shared<server_settings>();
    outcome<std::vector<private_key>> keys = load_host_keys(o);
    if (!keys)
        return keys.error();
    s->host_keys = std::move(*keys);
    std::erase_if(s->host_keys, [&](const private_key& k) { return !can_sign_any(k, o.algorithms.host_keys()); });
    if (s->host_keys.empty())
        return failure(errc::invalid_argument, "none of the host keys can be used with the algorithms that are allowed for them");

    engine::settings& e = s->engine;
    e.transport.self = role::server;
    e.transport.algos = o.algorithms;
    e.transport.software = o.software;
    e.transport.dump = o.dump;
    for (const private_key& k : s->host_keys)
        e.transport.host_keys.push_back(k.public_half());
    if (!o.moduli_file.empty()) {
        outcome<secure_bytes> text = os::read_file(o.moduli_file, largest_moduli_file);
        if (!text)
            return text.error();
        e.transport.moduli = keys::read_moduli(text_of(byte_view(*text)));
        if (e.transport.moduli.empty())
            return failure(errc::file_error, printable(o.moduli_file) + ": no usable group in it");
    }
    conn::apply(o.limits, e);
    e.traffic = o.traffic;
    if (o.authenticator)
        e.server_auth.methods = o.authenticator->methods();
    else
        e.server_auth.methods.clear();
    e.server_auth.signature_algorithms = o.algorithms.public_keys();
    e.server_auth.required_rsa_bits = o.required_rsa_bits;
    e.server_auth.max_tries = o.max_auth_tries;
    e.server_auth.max_requests = o.max_auth_requests;
    e.server_auth.failure_delay = o.auth_failure_delay;
    e.server_auth.banner = o.banner;
    s->options = std::move(options);
    return std::shared_ptr<const server_settings>(std::move(s));
}

} // namespace sshoal::server
