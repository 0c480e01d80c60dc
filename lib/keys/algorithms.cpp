#include "sshoal/algorithms.hpp"

#include "crypto/key_agreement.hpp"
#include "crypto/packet_cipher.hpp"
#include "keys/signature_algorithms.hpp"
#include "base/wildcard.hpp"

#include <algorithm>

namespace sshoal {
namespace {

using shared_names = std::shared_ptr<const name_vector>;

template <class Infos, class Filter>
shared_names names_of(const Infos& infos, Filter wanted)
{
    name_vector names;
    for (const auto& info : infos)
        if (wanted(info))
            names.emplace_back(info.name);
    return std::make_shared<name_vector>(std::move(names));
}

shared_names names(std::initializer_list<std::string_view> list)
{
    return std::make_shared<name_vector>(list.begin(), list.end());
}

/// The names of all algorithms that are implemented.
struct name_tables {
    shared_names kex = names_of(crypto::kex_methods(), [](const auto&) { return true; });
    shared_names signatures = names_of(keys::signature_algorithms(), [](const auto&) { return true; });
    shared_names ciphers = names_of(crypto::ciphers(), [](const auto&) { return true; });
    shared_names macs = names_of(crypto::macs(), [](const auto&) { return true; });
    shared_names compression = names({"none", "zlib@openssh.com"});
};

const name_tables& known()
{
    static const name_tables tables;
    return tables;
}

/// The lists of a default-constructed object. They lack SHA-1, and compression, since it reveals something about the content.
struct default_tables {
    shared_names signatures = names_of(keys::signature_algorithms(), [](const auto& s) { return s.by_default; });
    shared_names macs = names_of(crypto::macs(), [](const auto& m) { return m.name.find("sha1") == std::string_view::npos; });
    shared_names compression = names({"none"});
};

const default_tables& defaults()
{
    static const default_tables tables;
    return tables;
}

bool contains(const name_vector& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

void add_new(name_vector& names, const std::string& name)
{
    if (!contains(names, name))
        names.push_back(name);
}

/// Calls `use` with each word between commas until it returns false.
template <class Use>
bool each_word(std::string_view list, Use use)
{
    for (;;) {
        const auto comma = list.find(',');
        if (!use(list.substr(0, comma)))
            return false;
        if (comma == std::string_view::npos)
            return true;
        list.remove_prefix(comma + 1);
    }
}

std::string one_way(std::string_view what, direction d)
{
    return std::string(what) + (d == direction::client_to_server ? " from client to server" : " from server to client");
}

} // namespace

algorithms::algorithms()
    : kex_(known().kex)
    , host_keys_(defaults().signatures)
    , public_keys_(defaults().signatures)
    , ciphers_{known().ciphers, known().ciphers}
    , macs_{defaults().macs, defaults().macs}
    , compression_{defaults().compression, defaults().compression}
{
}

algorithms& algorithms::kex(std::string_view list)
{
    change(kex_, "key exchange", list, *known().kex, *known().kex);
    return *this;
}

algorithms& algorithms::host_keys(std::string_view list)
{
    change(host_keys_, "host key", list, *defaults().signatures, *known().signatures);
    return *this;
}

algorithms& algorithms::ciphers(std::string_view list)
{
    change(ciphers_, "cipher", list, *known().ciphers, *known().ciphers);
    return *this;
}

algorithms& algorithms::macs(std::string_view list)
{
    change(macs_, "MAC", list, *defaults().macs, *known().macs);
    return *this;
}

algorithms& algorithms::compression(std::string_view list)
{
    change(compression_, "compression", list, *defaults().compression, *known().compression);
    return *this;
}

algorithms& algorithms::ciphers(direction d, std::string_view list)
{
    change(ciphers_[std::size_t(d)], one_way("cipher", d), list, *known().ciphers, *known().ciphers);
    return *this;
}

algorithms& algorithms::macs(direction d, std::string_view list)
{
    change(macs_[std::size_t(d)], one_way("MAC", d), list, *defaults().macs, *known().macs);
    return *this;
}

algorithms& algorithms::compression(direction d, std::string_view list)
{
    change(compression_[std::size_t(d)], one_way("compression", d), list, *defaults().compression, *known().compression);
    return *this;
}

algorithms& algorithms::public_keys(std::string_view list)
{
    change(public_keys_, "public key", list, *defaults().signatures, *known().signatures);
    return *this;
}

void algorithms::change(by_direction& slot, std::string_view what, std::string_view list, const name_vector& by_default,
                        const name_vector& all_known)
{
    for (shared_names& one : slot)
        change(one, what, list, by_default, all_known);
}

void algorithms::change(shared_names& slot, std::string_view what, std::string_view list, const name_vector& by_default,
                        const name_vector& all_known)
{
    const auto refuse = [&](errc code, const std::string& why) {
        if (!failure_)
            failure_ = failure(code, std::string(what) + " list: " + why);
    };
    const char sign = !list.empty() && (list.front() == '+' || list.front() == '-' || list.front() == '^') ? list.front() : ' ';
    if (sign != ' ')
        list.remove_prefix(1);
    if (list.empty())
        return refuse(errc::invalid_argument, "no name in it");

    if (sign == '-') {
        name_vector kept = by_default;
        // A pattern may match nothing, since the names that it would remove may be absent.
        each_word(list, [&](std::string_view word) {
            std::erase_if(kept, [&](const std::string& name) { return matches_wildcard(word, name); });
            return true;
        });
        if (kept.empty())
            return refuse(errc::invalid_argument, "nothing is left of it");
        slot = std::make_shared<name_vector>(std::move(kept));
        return;
    }

    name_vector chosen = sign == '+' ? by_default : name_vector();
    std::string_view unknown;
    const bool good = each_word(list, [&](std::string_view word) {
        bool found = false;
        for (const auto& name : all_known) {
            if (!matches_wildcard(word, name))
                continue;
            add_new(chosen, name);
            found = true;
        }
        unknown = word;
        return found;
    });
    if (!good) {
        std::string why = "unknown name \"" + printable(unknown, 64) + "\"; known are";
        for (const auto& name : all_known)
            why += (&name == &all_known.front() ? " " : ", ") + name;
        return refuse(errc::unknown_algorithm, why);
    }
    if (sign == '^')
        for (const auto& name : by_default)
            add_new(chosen, name);
    slot = std::make_shared<name_vector>(std::move(chosen));
}

const algorithms& algorithms::all()
{
    static const algorithms everything = [] {
        algorithms a;
        a.host_keys_ = known().signatures;
        a.macs_.fill(known().macs);
        a.compression_.fill(known().compression);
        a.public_keys_ = known().signatures;
        return a;
    }();
    return everything;
}

} // namespace sshoal
