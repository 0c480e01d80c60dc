#include "config/server_document.hpp"

#include "config/config_file.hpp"
#include "config/server_keywords.hpp"
#include "config/tokens.hpp"

namespace sshoal::conf {
namespace {

/// The state of a file while it is read. A file that is included below a Match which does not hold has no Match that holds.
enum class match_mode { any, only_in_match, never };

class server_reader {
public:
    server_reader(server_document& to, const config_reading& how) : to_(to), how_(how), files_left_(how.most_files) {}

    /// Errors: errc::bad_configuration. `active`: the lines are the server's own.
    failure read(std::vector<server_item>& into, std::string_view text, const std::string& name, std::size_t depth, bool active)
    {
        auto lines = read_config_lines(text, name);
        if (!lines)
            return lines.error();
        const bool never = !active;
        into.reserve(lines->size());
        for (const config_line& line : *lines) {
            server_item item;
            item.at = line.place;
            failure wrong = line.trouble;
            if (!wrong && line.keyword == "match") {
                wrong = match(item, line);
                active = !never && login_fits(item.conditions, nullptr);
            } else if (!wrong && line.keyword == "include") {
                wrong = include(item, line, depth, active);
            } else if (!wrong) {
                wrong = setting(item, line, active);
            }
            if (wrong)
                return wrong;
            into.push_back(std::move(item));
        }
        return {};
    }

    failure setting(server_item& item, const config_line& line, bool active)
    {
        const auto row = server_keywords.find(line.keyword);
        if (!row)
            return wrong_line(line, "Bad configuration option: " + printable(line.keyword));
        const keyword& k = server_keywords[*row];
        if (!active && k.global)
            return wrong_line(line, "not allowed within a Match block");
        std::vector<std::string> passed_over;
        auto v = read_value(k, line, passed_over);
        if (!v)
            return v.error();
        for (const std::string& name : passed_over)
            to_.notes.emplace_back(config_note::debug, line.place.to_string() + ": " + printable(line.written) + ": "
                                                           + printable(name) + " is not implemented, and passed over");
        if (failure f = check_text(k, *v, line))
            return f;
        item.row = *row;
        item.v = std::move(*v);
        return judge_value(k, item.v, line.place, {}, to_.notes);
    }

private:
    failure match(server_item& item, const config_line& line)
    {
        item.what = server_item::kind::match;
        auto conditions = read_login_conditions(line);
        if (!conditions)
            return conditions.error();
        item.conditions = std::move(*conditions);
        to_.has_match = to_.has_match || !login_fits(item.conditions, nullptr);
        return {};
    }

    failure include(server_item& item, const config_line& line, std::size_t depth, bool active)
    {
        item.what = server_item::kind::include;
        if (depth >= how_.deepest_include)
            return wrong_line(line, "files include each other more than " + std::to_string(how_.deepest_include) + " deep");
        auto paths = included_paths(line, how_);
        if (!paths)
            return paths.error();
        for (const std::string& path : *paths) {
            if (files_left_ == 0)
                return wrong_line(line, "more than " + std::to_string(how_.most_files) + " files are included");
            --files_left_;
            auto text = read_config_file(path, how_);
            if (!text)
                return text.error();
            item.included.emplace_back();
            if (*text)
                if (failure f = read(item.included.back(), **text, path, depth + 1, active))
                    return f;
        }
        return {};
    }

    /// Tokens that are not known would be an error at each log-in.
    static failure check_text(const keyword& k, const value& v, const config_line& line)
    {
        for (std::size_t i = 0; i < v.size() && !k.tokens.empty(); ++i) {
            const auto tried = expand_tokens(v[i], k.tokens, [](char) { return std::optional<std::string>(""); });
            if (!tried)
                return wrong_word(line, i, tried.error().context());
        }
        const std::string_view path = k.name == "ChrootDirectory" ? std::string_view(v.front()) : "/";
        if (!path.starts_with('/') && !path.starts_with("%h") && lower_case(path) != "none")
            return wrong_word(line, 0, "not an absolute path: " + printable(path));
        return {};
    }

    server_document& to_;
    config_reading how_;
    std::size_t files_left_;
};

class server_walk {
public:
    server_walk(setting_store& into, const login_facts* who) : into_(into), who_(who) {}

    void go(const std::vector<server_item>& items, match_mode mode, bool active)
    {
        for (const server_item& item : items) {
            if (item.what == server_item::kind::match) {
                active = mode != match_mode::never && login_fits(item.conditions, who_);
                mode = mode == match_mode::only_in_match ? match_mode::any : mode;
            } else if (item.what == server_item::kind::include) {
                const match_mode inner = mode == match_mode::only_in_match ? mode : active ? match_mode::any : match_mode::never;
                for (const std::vector<server_item>& file : item.included)
                    go(file, inner, active);
            } else if (active) {
                into_.add(item.row, item.v, item.at);
            }
        }
    }

private:
    setting_store& into_;
    const login_facts* who_;
};

} // namespace

failure read_server_document(server_document& to, std::string_view text, const std::string& name, const config_reading& how)
{
    return server_reader(to, how).read(to.file, text, name, 0, true);
}

failure read_server_setting(server_document& to, std::string_view text, const std::string& name)
{
    const config_line line = read_config_line(text, config_place(name, 0, 0));
    if (line.trouble)
        return line.trouble;
    for (const char* block : {"match", "include"})
        if (line.keyword == block)
            return wrong_line(line, "only in files");
    server_item item;
    item.at = line.place;
    if (failure f = server_reader(to, {}).setting(item, line, true))
        return f;
    to.command_line.push_back(std::move(item));
    return {};
}

setting_store server_values(const server_document& in, const login_facts* who)
{
    setting_store all(server_keywords);
    server_walk walk(all, nullptr);
    walk.go(in.command_line, match_mode::any, true);
    const value* const given = all.find("Port");
    std::optional<value> ports = given != nullptr ? std::optional(*given) : std::nullopt;
    walk.go(in.file, match_mode::any, true);
    if (ports)
        all.replace("Port", std::move(*ports));
    if (who != nullptr) {
        setting_store stronger(server_keywords);
        server_walk(stronger, who).go(in.file, match_mode::only_in_match, false);
        all.override_with(stronger);
    }
    return all;
}

} // namespace sshoal::conf
