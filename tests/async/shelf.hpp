// shelf.hpp - a file system of a few files in memory whose operations can be made to fail, to wait and to tell lies.
#pragma once

#include "rig.hpp"
#include "sshoal/file_system.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstring>
#include <map>

#include <sys/stat.h>

namespace rig {

class shelf final : public sftp::file_system {
public:
    struct node {
        std::string content;
        std::uint32_t mode = 0;
        std::int64_t mtime = 0, atime = 0;
        bool is_directory() const { return S_ISDIR(mode); }
        sftp::attributes attributes() const
        {
            using std::chrono::seconds;
            sftp::attributes a;
            a.with_size(content.size()).with_permissions(mode);
            a.with_times(sftp::file_time(seconds(atime)), sftp::file_time(seconds(mtime)));
            return a;
        }
    };
    std::map<std::string, std::shared_ptr<node>> nodes;
    std::uint32_t umask = 022;
    std::function<failure(std::string_view operation, const std::string& path)> trouble; ///< what an operation fails with
    std::function<void(node&, std::uint64_t offset)> before_read;
    int open_files = 0, most_open = 0;
    bool can_be_changed = true;
    bool waits = true; ///< every operation goes around the event loop once

    shelf() { folder("/", 0755); }

    node& folder(const std::string& path, std::uint32_t mode = 0755)
    {
        auto n = std::make_shared<node>();
        n->mode = S_IFDIR | mode;
        return *(nodes[normal(path)] = n);
    }
    node& file(const std::string& path, std::string content, std::uint32_t mode = 0644, std::int64_t mtime = 1'000'000'000)
    {
        auto n = std::make_shared<node>();
        n->mode = S_IFREG | mode;
        n->content = std::move(content);
        n->mtime = mtime;
        n->atime = mtime + 1;
        return *(nodes[normal(path)] = n);
    }
    node* at(const std::string& path) const
    {
        const auto found = nodes.find(normal(path));
        return found == nodes.end() ? nullptr : found->second.get();
    }
    std::string content(const std::string& path) const
    {
        const node* n = at(path);
        return n == nullptr ? "(none)" : n->is_directory() ? "(folder)" : n->content;
    }
    std::uint32_t mode(const std::string& path) const
    {
        const node* n = at(path);
        return n == nullptr ? 0xffff : n->mode & 07777;
    }

    static std::string normal(const std::string& path)
    {
        std::vector<std::string> parts;
        std::size_t i = 0;
        while (i < path.size()) {
            const std::size_t end = std::min(path.find('/', i), path.size());
            const std::string part = path.substr(i, end - i);
            if (part == ".." && !parts.empty())
                parts.pop_back();
            else if (!part.empty() && part != "." && part != "..")
                parts.push_back(part);
            i = end + 1;
        }
        std::string whole;
        for (const std::string& part : parts)
            whole += "/" + part;
        return whole.empty() ? "/" : whole;
    }

    // -- file_system ----------------------------------------------------------------------------------------------------------

    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string path, sftp::open_mode mode,
                                                              sftp::attributes initial) override;
    awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> open_directory(std::string path) override;
    awaitable<outcome<sftp::attributes>> stat(std::string path) override
    {
        co_await step();
        const failure f = failing("stat", path);
        if (f)
            co_return f;
        const node* n = at(path);
        if (n == nullptr)
            co_return sftp::fail_errno(ENOENT);
        co_return n->attributes();
    }
    awaitable<outcome<void>> set_attributes(std::string path, sftp::attributes a) override
    {
        co_await step();
        const failure f = failing("set_attributes", path);
        if (f)
            co_return f;
        set(*at(path), a);
        co_return outcome<void>();
    }
    awaitable<outcome<void>> make_directory(std::string path, sftp::attributes initial) override
    {
        co_await step();
        const failure f = failing("make_directory", path);
        if (f)
            co_return f;
        if (at(path + "/..") == nullptr)
            co_return sftp::fail_errno(ENOENT);
        folder(path, initial.permissions.value_or(0777) & 07777 & ~umask);
        co_return outcome<void>();
    }
    awaitable<outcome<std::string>> real_path(std::string path) override
    {
        co_await step();
        co_return normal(path);
    }
    bool read_only() const noexcept override { return !can_be_changed; }

    static void set(node& n, const sftp::attributes& a)
    {
        if (a.size)
            n.content.resize(std::size_t(*a.size));
        if (a.permissions)
            n.mode = (n.mode & S_IFMT) | (*a.permissions & 07777);
        if (a.mtime)
            n.mtime = a.mtime->time_since_epoch().count();
        if (a.atime)
            n.atime = a.atime->time_since_epoch().count();
    }
    failure failing(std::string_view operation, const std::string& path) const
    {
        return trouble ? trouble(operation, normal(path)) : failure();
    }
    awaitable<void> step() const
    {
        if (!waits)
            co_return;
        const executor here = co_await asio::this_coro::executor;
        co_await asio::post(here, asio::use_awaitable);
    }
};

class shelf_file final : public sftp::open_file {
public:
    shelf_file(shelf& s, std::string path, std::shared_ptr<shelf::node> n) : shelf_(s), path_(std::move(path)), node_(std::move(n))
    {
        shelf_.most_open = std::max(shelf_.most_open, ++shelf_.open_files);
    }
    shelf_file(const shelf_file&) = delete;
    ~shelf_file() override { --shelf_.open_files; }

    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        co_await shelf_.step();
        const failure f = shelf_.failing("read", path_);
        if (f)
            co_return f;
        if (shelf_.before_read)
            shelf_.before_read(*node_, offset);
        const std::string& c = node_->content;
        const std::size_t at = std::min<std::size_t>(c.size(), std::size_t(offset));
        const std::size_t n = std::min({into.size(), c.size() - at, std::size_t(100'000)}); // short reads are allowed
        std::memcpy(into.data(), c.data() + at, n);
        co_return n;
    }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        co_await shelf_.step();
        const failure f = shelf_.failing("write", path_);
        if (f)
            co_return f;
        std::string& c = node_->content;
        c.resize(std::max<std::size_t>(c.size(), std::size_t(offset) + from.size()));
        std::memcpy(c.data() + offset, from.data(), from.size());
        co_return outcome<void>();
    }
    awaitable<outcome<sftp::attributes>> stat() override
    {
        co_await shelf_.step();
        co_return node_->attributes();
    }
    awaitable<outcome<void>> set_attributes(sftp::attributes a) override
    {
        co_await shelf_.step();
        const failure f = shelf_.failing("set_attributes", path_);
        if (f)
            co_return f;
        shelf::set(*node_, a);
        co_return outcome<void>();
    }
    awaitable<outcome<void>> close() override
    {
        const failure f = shelf_.failing("close", path_);
        if (f)
            co_return f;
        co_return outcome<void>();
    }

private:
    shelf& shelf_;
    std::string path_;
    std::shared_ptr<shelf::node> node_;
};

class shelf_reader final : public sftp::directory_reader {
public:
    shelf_reader(const shelf& s, std::string path, std::vector<sftp::directory_entry> all)
        : shelf_(s), path_(std::move(path)), all_(std::move(all))
    {
    }
    awaitable<outcome<std::vector<sftp::directory_entry>>> read(std::size_t most) override
    {
        co_await shelf_.step();
        const failure f = shelf_.failing("read_directory", path_);
        if (f)
            co_return f;
        std::vector<sftp::directory_entry> some;
        for (; at_ < all_.size() && some.size() < std::min<std::size_t>(most, 3); ++at_)
            some.push_back(all_[at_]);
        co_return some;
    }

private:
    const shelf& shelf_;
    std::string path_;
    std::vector<sftp::directory_entry> all_;
    std::size_t at_ = 0;
};

inline awaitable<outcome<std::shared_ptr<sftp::open_file>>> shelf::open(std::string path, sftp::open_mode mode,
                                                                        sftp::attributes initial)
{
    co_await step();
    const failure f = failing("open", path);
    if (f)
        co_return f;
    path = normal(path);
    auto found = nodes.find(path);
    if (found != nodes.end() && found->second->is_directory())
        co_return sftp::fail_errno(EISDIR);
    if (found == nodes.end()) {
        if (!has(mode, sftp::open_mode::create) || at(path + "/..") == nullptr)
            co_return sftp::fail_errno(ENOENT);
        file(path, "", initial.permissions.value_or(0666) & 07777 & ~umask, 0);
        found = nodes.find(path);
    }
    if (has(mode, sftp::open_mode::truncate))
        found->second->content.clear();
    std::shared_ptr<sftp::open_file> opened = std::make_shared<shelf_file>(*this, path, found->second);
    co_return opened;
}

inline awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> shelf::open_directory(std::string path)
{
    co_await step();
    const failure f = failing("open_directory", path);
    if (f)
        co_return f;
    path = normal(path);
    const node* n = at(path);
    if (n == nullptr || !n->is_directory())
        co_return sftp::fail_errno(ENOTDIR);
    std::vector<sftp::directory_entry> all;
    all.emplace_back(".", n->attributes());
    all.emplace_back("..", n->attributes());
    const std::string prefix = path == "/" ? path : path + "/";
    for (const auto& [name, child] : nodes)
        if (name.size() > prefix.size() && name.starts_with(prefix) && name.find('/', prefix.size()) == name.npos)
            all.emplace_back(name.substr(prefix.size()), child->attributes());
    std::shared_ptr<sftp::directory_reader> opened = std::make_shared<shelf_reader>(*this, path, std::move(all));
    co_return opened;
}

} // namespace rig
