#include "sftp/local/walker.hpp"

#include <fcntl.h>

#include <climits>

namespace sshoal::sftp::local {
namespace {

constexpr unsigned most_links = 40; // as in Linux
constexpr std::size_t most_descriptors = 32;
constexpr std::size_t longest_pending = 16 * PATH_MAX;
constexpr int step_flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

bool failed(int error) noexcept
{
    errno = error;
    return false;
}

} // namespace

bool walker::go(std::string path, last_link link, last_missing missing)
{
    levels_.clear();
    node_.reset();
    links_ = 0;
    trailing_ = false;
    pending_ = std::move(path);
    for (;;) {
        const auto begin = pending_.find_first_not_of('/');
        if (begin == std::string::npos) {
            name_ = ".";
            return true;
        }
        const auto end = pending_.find('/', begin);
        std::string name = pending_.substr(begin, end == std::string::npos ? end : end - begin);
        std::string rest = end == std::string::npos ? std::string() : pending_.substr(end);
        const bool last = rest.find_first_not_of('/') == std::string::npos;
        if (name == "." || name == "..") {
            if (name == ".." && !up())
                return false;
            pending_ = std::move(rest);
            continue;
        }
        trailing_ = last && !rest.empty();
        os::descriptor fd(::openat(folder(), name.c_str(), step_flags));
        if (!fd) {
            name_ = std::move(name);
            return errno == ENOENT && last && missing == last_missing::allowed;
        }
        struct ::stat what = {};
        if (::fstat(fd.get(), &what) != 0)
            return false;
        if (S_ISLNK(what.st_mode) && (!last || trailing_ || link == last_link::followed)) {
            if (!follow(fd.get(), rest))
                return false;
            continue;
        }
        if ((!last || trailing_) && !S_ISDIR(what.st_mode))
            return failed(ENOTDIR);
        if (last) {
            name_ = std::move(name);
            node_ = std::move(fd);
            return true;
        }
        if (!down(std::move(name), std::move(fd)))
            return false;
        pending_ = std::move(rest);
    }
}

bool walker::follow(int link, const std::string& rest)
{
    if (++links_ > most_links)
        return failed(ELOOP);
    char target[PATH_MAX];
    const ::ssize_t size = ::readlinkat(link, "", target, sizeof target);
    if (size < 0)
        return false;
    if (size == 0)
        return failed(ENOENT);
    if (target[0] == '/')
        levels_.clear();
    std::string next(target, static_cast<std::size_t>(size));
    next += rest;
    if (next.size() > longest_pending)
        return failed(ENAMETOOLONG);
    pending_ = std::move(next);
    return true;
}

bool walker::down(std::string name, os::descriptor fd)
{
    levels_.push_back({std::move(name), std::move(fd)});
    if (levels_.size() > most_descriptors)
        levels_[levels_.size() - most_descriptors - 1].fd.reset();
    return true;
}

/// Goes up by the folders that were walked through, and never asks the file system for "..": a folder may have been moved out of
/// the root meanwhile.
bool walker::up()
{
    if (levels_.empty())
        return true;
    levels_.pop_back();
    return levels_.empty() || levels_.back().fd || reopen();
}

bool walker::reopen()
{
    int at = root_;
    os::descriptor forgotten;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        os::descriptor next(::openat(at, levels_[i].name.c_str(), step_flags | O_DIRECTORY));
        if (!next)
            return false;
        at = next.get();
        if (levels_.size() - i <= most_descriptors)
            levels_[i].fd = std::move(next);
        else
            forgotten = std::move(next);
    }
    return true;
}

std::string walker::canonical() const
{
    std::string path;
    for (const level& l : levels_)
        path.append("/").append(l.name);
    if (name_ != ".")
        path.append("/").append(name_);
    return path.empty() ? "/" : path;
}

} // namespace sshoal::sftp::local
