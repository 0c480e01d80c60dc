#include "config/config_file.hpp"

#include "config/tokens.hpp"
#include "os/descriptor.hpp"
#include "os/home_directory.hpp"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sshoal::conf {
namespace {

failure unreadable(const std::string& path, const std::string& why) { return wrong_place(config_place(path, 0, 0), why); }

/// Returns: whether another user than root and this one could change the file, which may hold commands.
bool others_may_write(const struct ::stat& s) noexcept
{
    return (s.st_uid != 0 && s.st_uid != ::getuid()) || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

std::string home_for(const config_reading& how) { return how.home.empty() ? os::home_directory() : how.home; }

/// Errors: errno.
outcome<std::string> all_of_descriptor(const os::descriptor& fd, const std::string& path, std::size_t most)
{
    std::string all;
    char room[16 * 1024];
    for (;;) {
        const ::ssize_t n = ::read(fd.get(), room, sizeof room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return unreadable(path, std::strerror(errno));
        if (n == 0)
            return all;
        if (all.size() + std::size_t(n) > most)
            return unreadable(path, "more than " + std::to_string(most) + " bytes");
        all.append(room, std::size_t(n));
    }
}

} // namespace

outcome<std::optional<std::string>> read_config_file(const std::string& path, const config_reading& how)
{
    const os::descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return std::optional<std::string>();
    if (!fd)
        return unreadable(path, std::strerror(errno));
    struct ::stat what = {};
    if (::fstat(fd.get(), &what) != 0)
        return unreadable(path, std::strerror(errno));
    if (!S_ISREG(what.st_mode) && !S_ISCHR(what.st_mode) && !S_ISFIFO(what.st_mode))
        return unreadable(path, S_ISDIR(what.st_mode) ? "Is a directory" : "not a regular file");
    if (how.check_owner && others_may_write(what))
        return unreadable(path, "Bad owner or permissions on " + path);
    if (S_ISFIFO(what.st_mode))
        ::fcntl(fd.get(), F_SETFL, O_RDONLY); // its writer may still be at work
    auto all = all_of_descriptor(fd, path, how.most_bytes);
    if (!all)
        return all.error();
    return std::optional(std::move(*all));
}

outcome<std::vector<std::string>> included_paths(const config_line& line, const config_reading& how,
                                                 const std::function<outcome<std::string>(std::string_view)>& expand)
{
    std::vector<std::string> paths;
    const std::string home = home_for(how);
    const auto variable = [&](const std::string& name) -> std::optional<std::string> {
        const char* const set = std::getenv(name.c_str());
        std::string text;
        for (const char* c = set; c != nullptr && *c != '\0'; ++c)
            text += expand && *c == '%' ? std::string("%%") : std::string(1, *c); // it holds no tokens
        return set != nullptr ? std::optional(std::move(text)) : std::nullopt;
    };
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if (word.empty())
            return wrong_word(line, i, "an empty name");
        if (word.starts_with('~') && !how.of_user)
            return wrong_word(line, i, "a file of the system cannot include a file of a user: " + printable(word));
        auto expanded = expand_variables(word, variable);
        if (expanded && expand)
            expanded = expand(*expanded);
        if (!expanded)
            return wrong_word(line, i, expanded.error().context());
        std::string path = std::move(*expanded);
        const bool below_home = path == "~" || path.starts_with("~/") || (how.of_user && !path.starts_with('/'));
        if (below_home && home.empty()) // files below a home folder that does not exist do not exist either
            continue;
        if (path == "~" || path.starts_with("~/"))
            path = home + path.substr(1);
        else if (!path.starts_with('/') && !path.starts_with('~'))
            path = (how.of_user ? home + "/.ssh" : how.folder) + '/' + path;
        ::glob_t found = {};
        const int status = ::glob(path.c_str(), GLOB_TILDE, nullptr, &found);
        for (std::size_t n = 0; status == 0 && n < found.gl_pathc; ++n)
            paths.emplace_back(found.gl_pathv[n]);
        ::globfree(&found);
        if (status != 0 && status != GLOB_NOMATCH)
            return wrong_word(line, i, "cannot look for " + printable(word));
    }
    return paths;
}

} // namespace sshoal::conf
