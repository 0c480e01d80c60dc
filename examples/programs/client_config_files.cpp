#include "client_config_files.hpp"

#include "client_match.hpp"
#include "text_tools.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace programs {
namespace {

constexpr char system_folder[] = "/etc/ssh";
constexpr unsigned deepest_include = 16;

/// Refuses a file that other users can write, since it can hold commands.
void refuse_if_others_may_write(const std::string& path)
{
    struct ::stat s = {};
    if (::stat(path.c_str(), &s) == 0 && ((s.st_uid != 0 && s.st_uid != ::getuid()) || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0))
        throw config_error("Bad owner or permissions on " + path);
}

std::string user_folder()
{
    const auto home = home_folder();
    return home ? *home + "/.ssh" : std::string();
}

/// One reading of all files.
class reading {
public:
    reading(client_config& c, const std::string& typed, std::string host, bool final_pass)
        : config_(c)
        , host_(std::move(host))
        , facts_{c, typed, final_pass}
    {
    }

    std::error_code read(const config_place& file) { return read(file, 0); }
    bool wants_final_pass() const noexcept { return facts_.final_wanted; }

private:
    /// An included file is read only if the block with the Include applies; a block that the file begins ends with the file.
    std::error_code read(const config_place& file, unsigned depth)
    {
        if (file.origin == config_origin::user)
            refuse_if_others_may_write(file.path);
        bool active = true;
        return read_config_file(file.path, [&](const config_line& line) {
            if (line.keyword == "host")
                active = host_applies(line);
            else if (line.keyword == "match")
                active = match_applies(line, facts_);
            else if (active && line.keyword == "include")
                include(line, file.origin, depth);
            else if (active)
                apply_client_line(config_, line);
            if (active && (line.keyword == "host" || line.keyword == "match"))
                say(verbosity::debug1, line.place() + ": Applying options for " + line.rest);
        });
    }

    bool host_applies(const config_line& line) const
    {
        line.check_quotes();
        if (line.arguments.empty())
            line.fail("a pattern is missing");
        return matches_any(line.arguments, host_);
    }

    void include(const config_line& line, config_origin origin, unsigned depth)
    {
        if (depth >= deepest_include)
            line.fail("included too deeply");
        const std::string folder = origin == config_origin::system ? system_folder : user_folder();
        for (const std::string& path : included_files(line, folder))
            if (const std::error_code unread = read({path, origin}, depth + 1);
                unread && unread != std::errc::no_such_file_or_directory)
                line.fail("Can't open " + path + ": " + unread.message());
    }

    client_config& config_;
    const std::string host_; ///< the name that Host compares
    match_facts facts_;
};

} // namespace

std::error_code read_client_files(client_config& c, const std::vector<config_place>& files, const std::string& host)
{
    std::error_code first;
    const auto read_all = [&](reading r) {
        for (const config_place& file : files) {
            const std::error_code unread = r.read(file);
            if (unread && unread != std::errc::no_such_file_or_directory)
                say(verbosity::debug1, "Can't open " + file.path + ": " + unread.message());
            if (&file == &files.front())
                first = unread;
        }
        return r.wants_final_pass();
    };
    if (read_all(reading(c, host, host, false))) {
        say(verbosity::debug1, "re-parsing configuration");
        read_all(reading(c, host, lower(expand_host_name(c, host)), true));
    }
    return first;
}

void read_client_configuration(client_config& c, const std::optional<std::string>& named, const std::string& host)
{
    if (named) {
        if (lower(*named) == "none")
            return;
        if (const std::error_code unread = read_client_files(c, {{*named, config_origin::named}}, host))
            throw config_error("Can't open user config file " + *named + ": " + unread.message());
        return;
    }
    std::vector<config_place> files;
    if (const std::string folder = user_folder(); !folder.empty())
        files.push_back({folder + "/config", config_origin::user});
    files.push_back({std::string(system_folder) + "/ssh_config", config_origin::system});
    read_client_files(c, files, host);
}

} // namespace programs
