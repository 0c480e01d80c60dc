#include "config/client_document.hpp"

#include "config/client_keywords.hpp"
#include "config/config_file.hpp"
#include "config/match_conditions.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

class client_reader {
public:
    explicit client_reader(const config_reading& how)
        : how_(how), files_left_(how.most_files)
    {
        how_.check_owner = true; // an Include may lead anywhere
    }

    outcome<client_document> read(std::string_view text, const std::string& name, std::size_t depth)
    {
        auto lines = read_config_lines(text, name);
        if (!lines)
            return lines.error();
        client_document all;
        all.items.reserve(lines->size());
        for (config_line& line : *lines) {
            all.items.push_back(item_of(std::move(line), depth));
            const client_item& made = all.items.back();
            all.reads_later = all.reads_later || made.later
                              || std::any_of(made.included.begin(), made.included.end(), [](const auto& d) { return d->reads_later; });
        }
        return all;
    }

    failure include(client_item& item, std::size_t depth, const name_expander& expand)
    {
        if (depth >= how_.deepest_include)
            return wrong_line(item.line, "files include each other more than " + std::to_string(how_.deepest_include) + " deep");
        auto paths = included_paths(item.line, how_, expand);
        if (!paths)
            return paths.error();
        for (const std::string& path : *paths) {
            if (files_left_ == 0)
                return wrong_line(item.line, "more than " + std::to_string(how_.most_files) + " files are included");
            --files_left_;
            auto text = read_config_file(path, how_);
            if (!text)
                return text.error();
            if (!*text)
                continue;
            auto inner = read(**text, path, depth + 1);
            if (!inner)
                return inner.error();
            item.included.push_back(std::make_shared<const client_document>(std::move(*inner)));
        }
        return {};
    }

private:
    client_item item_of(config_line line, std::size_t depth)
    {
        client_item item;
        item.line = std::move(line);
        item.trouble = item.line.trouble;
        if (item.line.keyword == "host") {
            item.what = client_item::kind::host;
            for (std::size_t i = 0; i < item.line.words.size() && !item.trouble; ++i)
                if (item.line.words[i].text.empty())
                    item.trouble = wrong_word(item.line, i, "an empty pattern");
        } else if (item.line.keyword == "match") {
            item.what = client_item::kind::match;
            auto conditions = read_client_conditions(item.line);
            if (conditions)
                item.conditions = std::move(*conditions);
            else if (!item.trouble)
                item.trouble = conditions.error();
        } else if (item.line.keyword == "include") {
            item.what = client_item::kind::include;
            const bool has_tokens = std::any_of(item.line.words.begin(), item.line.words.end(),
                                                [](const config_word& w) { return w.text.find('%') != std::string::npos; });
            if (has_tokens) {
                item.later = std::make_shared<const config_reading>(how_);
                item.depth = depth;
            } else if (!item.trouble) {
                item.trouble = include(item, depth, {});
            }
        } else {
            read_setting(item);
        }
        return item;
    }

public:
    static void read_setting(client_item& item)
    {
        const auto row = client_keywords.find(item.line.keyword);
        item.what = row ? client_item::kind::setting : client_item::kind::unknown;
        if (!row || item.trouble)
            return;
        item.row = *row;
        auto v = read_value(client_keywords[*row], item.line, item.passed_over);
        if (v)
            item.v = std::move(*v);
        else
            item.trouble = v.error();
    }

private:
    config_reading how_; ///< for included files
    std::size_t files_left_;
};

} // namespace

outcome<client_document> read_client_document(std::string_view text, const std::string& name, const config_reading& how)
{
    return client_reader(how).read(text, name, 0);
}

outcome<std::optional<client_document>> load_client_document(const std::string& path, const config_reading& how)
{
    auto text = read_config_file(path, how);
    if (!text)
        return text.error();
    if (!*text)
        return std::optional<client_document>();
    auto all = read_client_document(**text, path, how);
    if (!all)
        return all.error();
    return std::optional(std::move(*all));
}

outcome<std::vector<std::shared_ptr<const client_document>>> read_included(const client_item& include, const name_expander& expand)
{
    client_item now;
    now.line = include.line;
    if (failure f = client_reader(*include.later).include(now, include.depth, expand))
        return f;
    return std::move(now.included);
}

outcome<client_item> read_client_setting(std::string_view line, const std::string& name)
{
    client_item item;
    item.line = read_config_line(line, config_place(name, 0, 0));
    item.trouble = item.line.trouble;
    for (const char* block : {"host", "match", "include"})
        if (item.line.keyword == block)
            return wrong_line(item.line, "only in files");
    client_reader::read_setting(item);
    if (item.trouble)
        return item.trouble;
    return item;
}

} // namespace sshoal::conf
