#include "sshoal/known_hosts.hpp"

#include "os/home_directory.hpp"
#include "trust/host_name.hpp"
#include "trust/pattern.hpp"
#include "trust/text_lines.hpp"
#include "keys/base64.hpp"
#include "keys/hashed_host.hpp"
#include "keys/key_impl.hpp"
#include "os/regular_file.hpp"

#include <algorithm>

namespace sshoal {
namespace {

constexpr std::uint16_t default_port = 22;
constexpr std::size_t most_name_bytes = 1024 + 8; // bounds the work for each pattern; DNS allows 255
constexpr std::string_view hash_mark = "|1|";

bool read_hash(std::string_view field, bytes& salt, bytes& hash)
{
    field.remove_prefix(hash_mark.size());
    const auto bar = field.find('|');
    return bar != std::string_view::npos && keys::decode_base64(field.substr(0, bar), salt)
        && keys::decode_base64(field.substr(bar + 1), hash) && salt.size() == keys::hashed_host_size
        && hash.size() == keys::hashed_host_size;
}

} // namespace

void known_hosts::read(std::string_view text, std::string_view source)
{
    const std::uint32_t index = index_of(source);
    const auto keep = [&](std::string_view line) { others_.push_back({entries_.size(), std::string(line)}); };
    const auto use = [&](const trust::text_line& line) {
        if (!line.usable)
            trust::warn(warnings_, source, line.number, "the line is too long or has a NUL in it");
        if (!line.usable || !read_line(line.words, index, line.number))
            keep(line.words);
    };
    trust::each_line(text, use, keep);
}

std::uint32_t known_hosts::index_of(std::string_view source)
{
    const auto at = std::find(sources_.begin(), sources_.end(), source);
    const auto index = std::uint32_t(at - sources_.begin());
    if (at == sources_.end())
        sources_.emplace_back(source);
    return index;
}

/// Returns: false if the line cannot be used.
bool known_hosts::read_line(std::string_view words, std::uint32_t source, std::size_t line)
{
    const auto leave_out = [&](std::string_view why) {
        trust::warn(warnings_, sources_[source], line, why);
        return false;
    };
    entry e;
    e.source = source;
    e.line = line;
    if (words.front() == '@') {
        const std::string_view mark = trust::next_word(words);
        if (mark != "@revoked" && mark != "@cert-authority")
            return leave_out("unknown marker " + printable(mark, 32));
        e.mark = mark == "@revoked" ? marker::revoked : marker::authority;
    }
    const std::string_view hosts = trust::next_word(words);
    if (hosts.starts_with('|')) {
        if (!hosts.starts_with(hash_mark) || !read_hash(hosts, e.salt, e.hash))
            return leave_out("damaged hashed host name");
    } else {
        e.hosts = hosts;
    }
    auto parts = keys::split_key_line(words);
    if (!parts)
        return leave_out(parts.error().context());
    // Only the form is checked here. Whether the numbers make a key is checked for the few keys that are used.
    if (const auto numbers = keys::decode_public_blob(parts->blob); !numbers)
        return leave_out(numbers.error().context());
    e.blob = std::move(parts->blob);
    e.comment = parts->comment;
    entries_.push_back(std::move(e));
    return true;
}

outcome<bool> known_hosts::load(const std::string& path, std::size_t limit)
{
    if (os::is_null_device(path))
        return true;
    auto file = os::regular_file::open(path);
    if (!file)
        return {boost::system::in_place_error, file.error()};
    if (!*file)
        return false;
    const auto content = (*file)->read(limit);
    if (!content)
        return {boost::system::in_place_error, content.error()};
    read(text_of(byte_view(*content)), printable(path));
    return true;
}

bool known_hosts::names(const entry& e, std::string_view host)
{
    if (host.empty() || host.size() > most_name_bytes)
        return false;
    if (!e.salt.empty())
        return equal(keys::hash_host(e.salt, host), e.hash);
    return trust::match_list(e.hosts, host) == trust::list_match::yes;
}

host_status known_hosts::status_of(const std::string& name, std::span<const std::byte> blob) const
{
    host_status status = host_status::unknown;
    for (const entry& e : entries_) {
        if (e.mark == marker::authority)
            continue;
        const bool same = equal(e.blob, blob);
        // Comparing names costs most, so it is done only for lines that can still change the answer.
        if (e.mark == marker::revoked ? !same : status == host_status::match || (!same && status == host_status::changed))
            continue;
        if (!names(e, name))
            continue;
        if (e.mark == marker::revoked)
            return host_status::revoked;
        status = same ? host_status::match : host_status::changed;
    }
    return status;
}

host_status known_hosts::check(std::string_view host, std::uint16_t port, const public_key& key) const
{
    if (!key)
        return host_status::unknown;
    const std::string name = trust::normal_host(host);
    const host_status status = status_of(trust::host_and_port(name, port), key.blob());
    if (port == default_port || status == host_status::revoked)
        return status;
    const host_status without_port = status_of(name, key.blob());
    if (without_port == host_status::revoked)
        return without_port;
    return status == host_status::unknown && without_port == host_status::match ? host_status::match : status;
}

std::vector<public_key> known_hosts::keys_of(std::string_view host, std::uint16_t port, marker mark) const
{
    const std::string name = trust::normal_host(host);
    std::vector<public_key> found;
    const auto collect = [&](const std::string& wanted) {
        for (const entry& e : entries_) {
            if (e.mark != mark || !names(e, wanted))
                continue;
            auto key = public_key::from_blob(e.blob);
            if (key && std::find(found.begin(), found.end(), *key) == found.end()
                && status_of(wanted, e.blob) != host_status::revoked)
                found.push_back(std::move(*key));
        }
    };
    collect(trust::host_and_port(name, port));
    if (found.empty() && port != default_port)
        collect(name);
    return found;
}

std::vector<public_key> known_hosts::keys_for(std::string_view host, std::uint16_t port) const
{
    return keys_of(host, port, marker::none);
}

std::vector<public_key> known_hosts::authorities_for(std::string_view host, std::uint16_t port) const
{
    return keys_of(host, port, marker::authority);
}

outcome<std::string> known_hosts::add(std::string_view host, std::uint16_t port, const public_key& key, bool hashed)
{
    const std::string normal = trust::normal_host(host);
    if (!trust::is_plain_host(normal) || !key)
        return failure(errc::invalid_argument, "no key, or not a host name for known_hosts: " + printable(host, 64));
    const std::string name = trust::host_and_port(normal, port);
    std::string line = hashed ? keys::hashed_host_field(name) : name;
    line.append(" ").append(key.type_name()).append(" ").append(keys::base64(key.blob()));
    read_line(line, index_of({}), 0);
    return line;
}

outcome<void> known_hosts::append_to_file(const std::string& path, std::string_view line)
{
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
        return failure(errc::invalid_argument, "a line with a line end in it");
    if (os::is_null_device(path))
        return {};
    return os::append_line(path, line);
}

std::string known_hosts::user_file()
{
    const std::string home = os::home_directory();
    return home.empty() ? home : home + "/.ssh/known_hosts";
}

} // namespace sshoal
