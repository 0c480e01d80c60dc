// The output of "ssh -G": settings in OpenSSH's form and order, which other programs read to learn where a name leads.
#include "config/client_settings.hpp"

namespace sshoal::conf {
namespace {

/// vis(3), as ssh shows the escape character.
std::string visible_character(const std::string& text)
{
    return text.size() == 2 && text.front() == '^' ? '\\' + text : text;
}

void put(std::string& out, std::string_view keyword, std::string_view text)
{
    out += lower_case(keyword);
    out += ' ';
    out += text;
    out += '\n';
}

void put_value(std::string& out, const keyword& k, const value& v)
{
    const bool lines = k.what == form::each_line || k.what == form::environment || k.what == form::forwarding
                       || (k.what == form::each_word && k.words == "-");
    if (!lines)
        return put(out, k.name, k.what == form::escape ? visible_character(v.front()) : joined_words(v, " "));
    for (const std::string& word : v)
        put(out, k.name, word);
}

} // namespace

std::string described_settings(const ssh_settings& typed, const setting_store& all)
{
    std::string out;
    put(out, "host", typed.host);
    const auto files = [](const std::vector<std::string>& names) { return names.empty() ? "none" : joined_words(names, " "); };
    for (std::size_t i = 0; i < all.table().size(); ++i) {
        const keyword& k = all.table()[i];
        const value* const v = all.find(i);
        if (k.show == shown::never)
            continue;
        if (k.name == "CanonicalizePermittedCNAMEs" && v != nullptr) // ssh writes this one so
            out += "canonicalizePermittedcnames " + joined_words(*v, " ") + '\n';
        else if (k.name == "UserKnownHostsFile")
            put(out, k.name, files(typed.user_known_hosts));
        else if (k.name == "GlobalKnownHostsFile")
            put(out, k.name, files(typed.global_known_hosts));
        else if (k.name == "RemoteCommand" && !typed.remote_command.empty())
            put(out, k.name, typed.remote_command);
        else if (k.name == "IdentityFile" && typed.default_identities)
            for (const char* name : {"id_rsa", "id_ecdsa", "id_ed25519"})
                put(out, k.name, std::string("~/.ssh/") + name);
        else if (v != nullptr && !v->empty() && (k.show == shown::always || !all[i].by_default))
            put_value(out, k, *v);
    }
    return out;
}

} // namespace sshoal::conf
