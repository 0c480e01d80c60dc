// Entries of known_hosts as a program lists, removes, hashes and saves them.
#include "sshoal/known_hosts.hpp"

#include "keys/base64.hpp"
#include "keys/hashed_host.hpp"
#include "keys/key_impl.hpp"
#include "os/regular_file.hpp"
#include "trust/host_name.hpp"

#include <algorithm>

namespace sshoal {
namespace {

constexpr std::uint16_t usual_port = 22;

/// Calls f for each name of a list with commas.
template <class F>
void each_name(std::string_view list, F f)
{
    while (!list.empty()) {
        const auto comma = list.find(',');
        f(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

bool has_pattern(std::string_view list) noexcept { return list.find_first_of("*?!") != std::string_view::npos; }

/// Returns: the list without this name; the same list if the name is not in it.
std::string without_name(std::string_view list, std::string_view name)
{
    std::string rest;
    each_name(list, [&](std::string_view n) {
        // A name in a file may be written with capitals, or with brackets around an address.
        if (n == name || trust::normal_host(n) == name)
            return;
        rest += (rest.empty() ? "" : ",") + std::string(n);
    });
    return rest;
}

std::string hashed_name(byte_view salt, byte_view hash)
{
    return "|1|" + keys::base64(salt) + "|" + keys::base64(hash);
}

/// Returns: the name of the type at the head of a blob whose form has been checked.
std::string_view type_in(byte_view blob) { return text_of(blob.subspan(4, load_u32(blob.data()))); }

} // namespace

std::string known_host::text() const
{
    std::string all = what == kind::revoked ? "@revoked " : what == kind::authority ? "@cert-authority " : "";
    all += hosts;
    if (key)
        all.append(" ").append(key.type_name()).append(" ").append(key.base64());
    return comment.empty() ? all : all + " " + comment;
}

known_host known_hosts::shown(const entry& e) const
{
    known_host k;
    k.what = e.mark == marker::revoked     ? known_host::kind::revoked
             : e.mark == marker::authority ? known_host::kind::authority
                                           : known_host::kind::key;
    k.hashed = !e.salt.empty();
    k.hosts = k.hashed ? hashed_name(e.salt, e.hash) : e.hosts;
    if (auto key = keys::read_unchecked(e.blob, e.comment))
        k.key = std::move(*key);
    k.comment = e.comment;
    k.file = sources_[e.source];
    k.line = e.line;
    return k;
}

std::string known_hosts::line_of(const entry& e)
{
    std::string line = e.mark == marker::revoked ? "@revoked " : e.mark == marker::authority ? "@cert-authority " : "";
    line.append(e.salt.empty() ? e.hosts : hashed_name(e.salt, e.hash)).append(" ").append(type_in(e.blob));
    line.append(" ").append(keys::base64(e.blob));
    return e.comment.empty() ? line : line + " " + e.comment;
}

std::vector<known_host> known_hosts::entries() const
{
    std::vector<known_host> all;
    for (const entry& e : entries_)
        all.push_back(shown(e));
    return all;
}

std::vector<known_host> known_hosts::find(std::string_view host, std::uint16_t port) const
{
    const std::string name = trust::normal_host(host);
    const std::string with_port = trust::host_and_port(name, port);
    std::vector<known_host> found;
    for (const entry& e : entries_)
        if (names(e, with_port) || (port != usual_port && names(e, name)))
            found.push_back(shown(e));
    return found;
}

template <class Change>
void known_hosts::replace_each(Change change)
{
    std::vector<entry> changed;
    auto other = others_.begin();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        for (; other != others_.end() && other->before == i; ++other)
            other->before = changed.size();
        change(std::move(entries_[i]), changed);
    }
    for (; other != others_.end(); ++other)
        other->before = changed.size();
    entries_ = std::move(changed);
}

std::size_t known_hosts::remove_if_key(std::string_view host, std::uint16_t port, const public_key* only)
{
    const std::string name = trust::host_and_port(trust::normal_host(host), port);
    std::size_t count = 0;
    replace_each([&](entry e, std::vector<entry>& to) {
        if (e.mark != marker::none || !names(e, name) || (only && (!*only || !equal(e.blob, only->blob())))) {
            to.push_back(std::move(e));
            return;
        }
        if (e.salt.empty()) {
            std::string rest = without_name(e.hosts, name);
            const bool has_names = !rest.empty();
            count += rest != e.hosts;
            e.hosts = std::move(rest);
            if (has_names)
                to.push_back(std::move(e));
            return;
        }
        ++count;
    });
    return count;
}

std::size_t known_hosts::remove(std::string_view host, std::uint16_t port) { return remove_if_key(host, port, nullptr); }
std::size_t known_hosts::remove(std::string_view host, std::uint16_t port, const public_key& key)
{
    return remove_if_key(host, port, &key);
}

std::size_t known_hosts::hash_names()
{
    std::size_t count = 0;
    replace_each([&](entry e, std::vector<entry>& to) {
        if (!e.salt.empty() || e.mark != marker::none || has_pattern(e.hosts)) {
            to.push_back(std::move(e));
            return;
        }
        each_name(e.hosts, [&](std::string_view n) {
            entry one = e;
            one.hosts.clear();
            one.salt = keys::fresh_salt();
            one.hash = keys::hash_host(one.salt, trust::normal_host(n));
            to.push_back(std::move(one));
            ++count;
        });
    });
    return count;
}

outcome<void> known_hosts::save(const std::string& path) const
{
    if (os::is_null_device(path))
        return {};
    std::string text;
    auto other = others_.begin();
    const auto add_others = [&](std::size_t before) {
        for (; other != others_.end() && other->before == before; ++other)
            text.append(other->text).append("\n");
    };
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        add_others(i);
        text.append(line_of(entries_[i])).append("\n");
    }
    add_others(entries_.size());
    return os::replace_file(path, view_of(text));
}

} // namespace sshoal
