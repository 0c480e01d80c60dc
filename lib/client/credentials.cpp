#include "client/credentials.hpp"

#include "os/home_directory.hpp"
#include "agent/local_signer.hpp"
#include "sshoal/result_of.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace sshoal::client {
namespace {

using signers = std::vector<std::shared_ptr<signer>>;

constexpr std::array<const char*, 3> usual_files{"id_rsa", "id_ecdsa", "id_ed25519"};

bool exists(const std::string& path) noexcept { return ::access(path.c_str(), F_OK) == 0; }

/// Returns: the user's usual files that exist; empty if there is no home directory.
std::vector<std::string> take_defaults(credentials& c, std::string folder)
{
    std::vector<std::string> files;
    if (const std::string home = os::home_directory(); folder.empty() && !home.empty())
        folder = home + "/.ssh";
    if (folder.empty()) {
        c.no_file = "no home directory with identity files";
        return files;
    }
    folder += '/';
    c.no_file = "none of the usual identity files in " + printable(folder);
    for (const char* const name : usual_files)
        if (exists(folder + name) || exists(folder + name + ".pub"))
            files.push_back(folder + name);
    return files;
}

/// Texts of the library begin with the path if they are about a file.
std::string without_path(const std::string& path, const std::string& text)
{
    const std::string shown = printable(path) + ": ";
    return text.starts_with(shown) ? text.substr(shown.size()) : text;
}

std::string words_of(const std::string& path, const failure& f)
{
    return "Load key \"" + printable(path) + "\": " + without_path(path, f.message());
}

void add_defaults(credentials& c, const passphrase_function& passphrase)
{
    for (const std::string& path : take_defaults(c, {})) {
        failure why_not;
        auto loaded = signing::load_key_file(path, passphrase, why_not);
        if (loaded && loaded->key)
            c.identities.push_back(std::move(loaded->key));
        else if (!loaded || exists(path))
            c.notes.emplace_back(log_level::warning, words_of(path, loaded ? why_not : loaded.error()));
    }
}

/// Returns: the agent's keys; empty if it has none. If there is no agent, the result is empty too, and a note says so.
signers take_agent(credentials& c, const sshoal::agent& a, bool by_environment, outcome<signers>& held)
{
    const std::string shown = printable(a.socket_path()) + (by_environment ? " (SSH_AUTH_SOCK)" : "");
    if (held) {
        c.no_agent = "no key in the agent at " + shown;
        return std::move(*held);
    }
    c.notes.emplace_back(log_level::info, held.error().context());
    c.no_agent = a.socket_path().empty() || exists(a.socket_path()) ? held.error().context() : "no agent at " + shown;
    return {};
}

std::shared_ptr<signer> find_key(const signers& among, const public_key& key)
{
    const auto it = std::find_if(among.begin(), among.end(), [&](const auto& s) { return key && s->key() && s->key() == key; });
    return it == among.end() ? nullptr : *it;
}

/// Orders keys as OpenSSH's pubkey_prepare() does.
void add_as_ssh(credentials& c, const ssh_identities& wanted, const passphrase_function& passphrase, const signers& held)
{
    signers first, last;
    const std::vector<std::string> files = wanted.named() ? wanted.files() : take_defaults(c, wanted.folder());
    for (const std::string& written : files) {
        const std::string path = os::with_home(written);
        failure why_not;
        auto loaded = signing::load_key_file(path, passphrase, why_not);
        if (!loaded) {
            const failure f = loaded.error();
            c.notes.emplace_back(log_level::warning, exists(path) ? words_of(path, f)
                                                                  : "Identity file " + printable(path) + " not accessible: "
                                                                        + without_path(path, f.context()) + '.');
            continue;
        }
        if (auto in_agent = find_key(held, loaded->half))
            first.push_back(std::move(in_agent));
        else if (loaded->key)
            last.push_back(std::move(loaded->key));
        else if (wanted.named())
            c.notes.emplace_back(log_level::warning, words_of(path, why_not));
    }
    if (wanted.only() && !held.empty() && first.empty())
        c.no_agent = "no key in the agent that is among the files named (only())";
    if (wanted.named() && !files.empty())
        c.no_file = "no key that can be used in the files named, as the log says";
    if (!wanted.only())
        for (const auto& s : held)
            if (!find_key(first, s->key()))
                first.push_back(s);
    for (signers* part : {&first, &last})
        c.identities.insert(c.identities.end(), part->begin(), part->end());
}

void add_public(credentials& c, const std::string& path, const signers& held)
{
    auto half = public_key::load(path);
    if (!half) {
        c.notes.emplace_back(log_level::warning, words_of(path, half.error()));
        return;
    }
    if (auto in_agent = find_key(held, *half))
        c.identities.push_back(std::move(in_agent));
    else
        c.notes.emplace_back(log_level::warning, "the agent does not have the key of " + printable(path));
}

} // namespace

std::string credentials::missing(const client_options::impl& o) const
{
    std::string text;
    if (identities.empty())
        text = no_agent + ", " + no_file;
    if (!o.password && !o.interactive)
        text += (text.empty() ? "" : ", ") + std::string("no password()");
    return text;
}

awaitable<outcome<void>> gather(const client_options::impl& o, credentials& c)
{
    for (const identity_source& source : o.identities) {
        if (const auto* s = std::get_if<std::shared_ptr<signer>>(&source)) {
            c.identities.push_back(*s);
            continue;
        }
        if (const auto* file = std::get_if<identity_file_source>(&source)) {
            failure why_not;
            auto loaded = signing::load_key_file(file->path, o.passphrase, why_not);
            if (!loaded || !loaded->key)
                co_return loaded ? why_not : loaded.error();
            if (!loaded->half && !o.passphrase)
                co_return failure(errc::passphrase_required,
                                  printable(file->path) + " is encrypted and no client_options::passphrase() was given");
            c.identities.push_back(std::move(loaded->key));
            continue;
        }
        if (std::holds_alternative<default_identities_source>(source)) {
            add_defaults(c, o.passphrase);
            continue;
        }
        const auto* as_ssh = std::get_if<ssh_identities>(&source);
        const auto* public_file = std::get_if<public_file_source>(&source);
        const std::string path = as_ssh        ? os::with_home(as_ssh->agent())
                                 : public_file ? public_file->agent
                                               : std::get<agent_source>(source).path;
        signers held;
        if (!as_ssh || as_ssh->has_agent()) {
            const sshoal::agent a(path);
            auto asking = result_of(a.identities());
            outcome<signers> answer = co_await std::move(asking);
            held = take_agent(c, a, path.empty(), answer);
        }
        if (as_ssh)
            add_as_ssh(c, *as_ssh, o.passphrase, held);
        else if (public_file)
            add_public(c, public_file->path, held);
        else
            c.identities.insert(c.identities.end(), held.begin(), held.end());
    }
    co_return outcome<void>();
}

} // namespace sshoal::client
