#include "sftp/memory/tree.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace sshoal::sftp::memory {
namespace {

constexpr std::size_t most_name = 255, most_path = 4096, most_links = 40;

} // namespace

tree::tree(std::uint64_t capacity, std::size_t nodes)
    : account_(std::make_shared<account>(capacity, std::max(nodes, nodes + 1)))
    , root_(node::make(account_, S_IFDIR, attributes(), 0755))
{
}

outcome<tree::place> tree::resolve(std::string_view path, last_link l) const
{
    if (path.empty())
        return fail_errno(ENOENT);
    if (path.size() > most_path)
        return fail_errno(ENAMETOOLONG);
    place p;
    p.way.push_back({root_, {}});
    p.what = root_;
    std::string rest(path);
    std::size_t links = 0;
    while (!rest.empty()) {
        const std::size_t begin = std::min(rest.find_first_not_of('/'), rest.size());
        const std::size_t end = std::min(rest.find('/', begin), rest.size());
        std::string name = rest.substr(begin, end - begin);
        const std::size_t next = std::min(rest.find_first_not_of('/', end), rest.size());
        const bool last = next == rest.size();
        p.as_directory = last && end < rest.size();
        rest.erase(0, next);
        if (name.empty())
            break;
        if (name == "." || name == "..") {
            if (name == ".." && p.way.size() > 1)
                p.way.pop_back();
            p.what = p.way.back().at;
            p.name.clear();
            continue;
        }
        if (name.size() > most_name)
            return fail_errno(ENAMETOOLONG);
        const auto& entries = p.parent().entries;
        const auto found = entries.find(name);
        p.what = found == entries.end() ? nullptr : found->second;
        p.name = std::move(name);
        if (!p.what) {
            if (!last)
                return fail_errno(ENOENT);
            break;
        }
        if (p.what->is_link() && (!last || l == last_link::follow || (p.as_directory && l == last_link::keep))) {
            if (++links > most_links)
                return fail_errno(ELOOP);
            if (p.what->target.empty())
                return fail_errno(ENOENT);
            if (p.what->target.front() == '/')
                p.way.resize(1);
            rest = p.what->target + (last ? (p.as_directory ? "/" : "") : "/" + rest);
            if (rest.size() > most_path)
                return fail_errno(ENAMETOOLONG);
            p.what = p.way.back().at;
            p.name.clear();
            continue;
        }
        if (last)
            break;
        if (!p.what->is_directory())
            return fail_errno(ENOTDIR);
        p.way.push_back({p.what, std::move(p.name)});
        p.name.clear();
    }
    if (p.as_directory && l != last_link::name && p.what && !p.what->is_directory())
        return fail_errno(ENOTDIR);
    return p;
}

outcome<std::shared_ptr<node>> tree::find(std::string_view path, last_link l) const
{
    const std::lock_guard lock(mutex_);
    const outcome<place> p = resolve(path, l);
    if (!p)
        return p.error();
    if (!p->what)
        return fail_errno(ENOENT);
    return p->what;
}

outcome<std::shared_ptr<node>> tree::open(std::string_view path, open_mode mode, const attributes& initial)
{
    const std::lock_guard lock(mutex_);
    const bool fresh = has(mode, open_mode::create) && has(mode, open_mode::exclusive);
    const outcome<place> p = resolve(path, fresh ? last_link::keep : last_link::follow);
    if (!p)
        return p.error();
    if (!p->what) {
        if (!has(mode, open_mode::create))
            return fail_errno(ENOENT);
        if (p->as_directory)
            return fail_errno(EISDIR);
        std::shared_ptr<node> n = node::make(account_, S_IFREG, initial, 0644);
        if (!n)
            return fail_errno(ENOSPC);
        p->parent().entries.emplace(p->name, n);
        p->parent().touch();
        return n;
    }
    if (fresh)
        return fail_errno(EEXIST);
    if (!p->what->is_file())
        return fail_errno(p->what->is_directory() ? EISDIR : ELOOP);
    if (has(mode, open_mode::truncate))
        if (failure f = p->what->set(attributes().with_size(0)))
            return f;
    return p->what;
}

outcome<tree::place> tree::place_for_new(std::string_view path) const
{
    outcome<place> p = resolve(path, last_link::name);
    if (p && p->what)
        return fail_errno(EEXIST);
    return p;
}

failure tree::make_directory(std::string_view path, const attributes& initial)
{
    const std::lock_guard lock(mutex_);
    const outcome<place> p = place_for_new(path);
    if (!p)
        return p.error();
    auto n = node::make(account_, S_IFDIR, initial, 0755);
    if (!n)
        return fail_errno(ENOSPC);
    p->parent().entries.emplace(p->name, std::move(n));
    p->parent().touch();
    return {};
}

failure tree::make_symlink(std::string_view target, std::string_view path)
{
    const std::lock_guard lock(mutex_);
    if (target.empty())
        return fail_errno(ENOENT);
    if (target.size() > most_path)
        return fail_errno(ENAMETOOLONG);
    const outcome<place> p = place_for_new(path);
    if (!p)
        return p.error();
    if (p->as_directory)
        return fail_errno(ENOENT);
    auto n = node::make(account_, S_IFLNK, attributes(), 0777);
    if (!n)
        return fail_errno(ENOSPC);
    n->target = target;
    p->parent().entries.emplace(p->name, std::move(n));
    p->parent().touch();
    return {};
}

failure tree::make_hard_link(std::string_view existing, std::string_view path)
{
    const std::lock_guard lock(mutex_);
    const outcome<place> from = resolve(existing, last_link::keep);
    if (!from)
        return from.error();
    if (!from->what)
        return fail_errno(ENOENT);
    if (from->what->is_directory())
        return fail_errno(EPERM);
    const outcome<place> to = place_for_new(path);
    if (!to)
        return to.error();
    if (to->as_directory)
        return fail_errno(ENOENT);
    if (!account_->take_node())
        return fail_errno(ENOSPC);
    to->parent().entries.emplace(to->name, from->what);
    to->parent().touch();
    ++from->what->links;
    return {};
}

failure tree::remove(std::string_view path, bool directory)
{
    const std::lock_guard lock(mutex_);
    const outcome<place> p = resolve(path, last_link::name);
    if (!p)
        return p.error();
    if (!p->what)
        return fail_errno(ENOENT);
    if (p->name.empty())
        return fail_errno(p->what == root_ ? EBUSY : EINVAL);
    if (p->as_directory && !p->what->is_directory())
        return fail_errno(ENOTDIR);
    if (p->what->is_directory() != directory)
        return fail_errno(directory ? ENOTDIR : EISDIR);
    if (!p->what->entries.empty())
        return fail_errno(ENOTEMPTY);
    p->parent().entries.erase(p->name);
    p->parent().touch();
    drop_name(*p->what);
    return {};
}

failure tree::rename(std::string_view from, std::string_view to, bool replace)
{
    const std::lock_guard lock(mutex_);
    const outcome<place> a = resolve(from, last_link::name);
    if (!a)
        return a.error();
    if (!a->what)
        return fail_errno(ENOENT);
    const outcome<place> b = resolve(to, last_link::name);
    if (!b)
        return b.error();
    if (a->name.empty() || (b->name.empty() && b->what))
        return fail_errno(!replace && b->what ? EEXIST : a->what == root_ || b->what == root_ ? EBUSY : EINVAL);
    if (b->what && !replace)
        return fail_errno(EEXIST);
    if ((a->as_directory || b->as_directory) && !a->what->is_directory())
        return fail_errno(ENOTDIR);
    if (a->what == b->what) // POSIX keeps both names of one file
        return {};
    for (const step& s : b->way)
        if (s.at == a->what)
            return fail_errno(EINVAL);
    return replace_entry(*a, *b);
}

/// The name of a node whose last name this was is counted until the node is destroyed.
void tree::drop_name(node& n) noexcept
{
    if (--n.links > 0)
        account_->give_node();
}

failure tree::replace_entry(const place& a, const place& b)
{
    if (b.what) {
        if (a.what->is_directory() != b.what->is_directory())
            return fail_errno(a.what->is_directory() ? ENOTDIR : EISDIR);
        if (!b.what->entries.empty())
            return fail_errno(ENOTEMPTY);
        drop_name(*b.what);
    }
    const std::shared_ptr<node> moved = a.what;
    b.parent().entries.insert_or_assign(b.name, moved);
    a.parent().entries.erase(a.name);
    a.parent().touch();
    b.parent().touch();
    return {};
}

outcome<std::string> tree::real_path(std::string_view path) const
{
    const std::lock_guard lock(mutex_);
    const outcome<place> p = resolve(path, last_link::follow);
    if (!p)
        return p.error();
    std::string real;
    for (std::size_t i = 1; i < p->way.size(); ++i)
        real += '/' + p->way[i].name;
    if (!p->name.empty())
        real += '/' + p->name;
    return real.empty() ? std::string("/") : real;
}

std::vector<directory_entry> tree::list(const node& directory, std::string_view after, std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    std::vector<directory_entry> found;
    const file_time today = now();
    for (auto at = directory.entries.upper_bound(after); at != directory.entries.end() && found.size() < most; ++at) {
        directory_entry& e = found.emplace_back(at->first, at->second->stat());
        e.long_name = long_name(e, today, {}, {}, at->second->links);
    }
    return found;
}

} // namespace sshoal::sftp::memory
