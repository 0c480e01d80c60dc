#include "sshoal/authorized_keys.hpp"

#include "os/safe_path.hpp"
#include "trust/text_lines.hpp"
#include "keys/key_impl.hpp"
#include "os/regular_file.hpp"

namespace sshoal {
namespace {

/// Returns: the length of the options at the front of the line, up to the first blank outside of quotes (\" does not end a quoted
/// string); npos if a quote stays open.
std::size_t options_length(std::string_view words) noexcept
{
    bool quoted = false;
    std::size_t i = 0;
    for (; i < words.size() && (quoted || (words[i] != ' ' && words[i] != '\t')); ++i) {
        if (words[i] == '\\' && i + 1 < words.size() && words[i + 1] == '"')
            ++i;
        else if (words[i] == '"')
            quoted = !quoted;
    }
    return quoted ? std::string_view::npos : i;
}

} // namespace

void authorized_keys::read(std::string_view text, std::string_view source)
{
    trust::each_line(text, [&](const trust::text_line& line) {
        if (line.usable)
            read_line(line.words, source, line.number);
        else
            trust::warn(warnings_, source, line.number, "the line is too long or has a NUL in it");
    });
}

void authorized_keys::read_line(std::string_view words, std::string_view source, std::size_t line)
{
    const auto leave_out = [&](std::string_view why) { trust::warn(warnings_, source, line, why); };
    authorized_key entry;
    entry.line = line;
    const std::string_view first = words.substr(0, words.find_first_of(" \t"));
    if (!keys::find_key_type(first)) {
        const std::size_t length = options_length(words);
        if (length == std::string_view::npos)
            return leave_out("a quoted option is not closed");
        entry.options = words.substr(0, length);
        words.remove_prefix(length);
    }
    const auto parts = keys::split_key_line(words);
    if (!parts)
        return leave_out(parts.error().context());
    // Only the form is checked here; the numbers are checked when the key is used, since a file may have very many keys.
    auto key = keys::read_unchecked(parts->blob, std::string(parts->comment));
    if (!key)
        return leave_out(key.error().context());
    entry.key = std::move(*key);
    if (!entry.options.empty()) {
        auto rules = key_options::parse(entry.options);
        if (rules)
            entry.rules = std::make_shared<const key_options>(std::move(*rules));
        else
            leave_out(rules.error().context());
    }
    entry.number = entries_.size() + restricted_.size();
    (entry.options.empty() ? entries_ : restricted_).push_back(std::move(entry));
}

outcome<bool> authorized_keys::load(const std::string& path, const authorized_keys_options& options)
{
    auto file = os::regular_file::open(path);
    if (!file)
        return {boost::system::in_place_error, file.error()};
    if (!*file)
        return false;
    if (options.strict()) {
        const auto safe = os::check_safe_path(path, (*file)->status(), options.user_id(), options.home());
        if (!safe)
            return {boost::system::in_place_error, safe.error()};
    }
    const auto content = (*file)->read(options.max_bytes());
    if (!content)
        return {boost::system::in_place_error, content.error()};
    read(text_of(byte_view(*content)), printable(path));
    return true;
}

const authorized_key* authorized_keys::find(const public_key& key, const key_use& use) const
{
    if (!key)
        return nullptr;
    const authorized_key* first = nullptr;
    for (const auto* list : {&restricted_, &entries_})
        for (const authorized_key& entry : *list) {
            const bool fits = entry.key == key && (entry.options.empty() || (entry.rules && entry.rules->objection(use).empty()));
            if (fits && (first == nullptr || entry.number < first->number))
                first = &entry;
        }
    return first;
}

bool authorized_keys::contains(const public_key& key) const
{
    if (!key)
        return false;
    const auto has = [&](const std::vector<authorized_key>& list) {
        for (const auto& entry : list)
            if (entry.key == key)
                return true;
        return false;
    };
    return has(entries_) && !has(restricted_);
}

} // namespace sshoal
