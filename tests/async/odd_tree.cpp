#include "odd_tree.hpp"

namespace rig {

using sftp::status;

std::string odd_tree::absolute(std::string path)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, end - at);
        if (part == ".." && !parts.empty())
            parts.pop_back();
        else if (!part.empty() && part != "." && part != "..")
            parts.push_back(part);
        at = end + 1;
    }
    std::string whole;
    for (const std::string& p : parts)
        whole += "/" + p;
    return whole.empty() ? "/" : whole;
}

sftp::attributes odd_tree::plain(const std::string& path) const
{
    if (is_directory(path))
        return sftp::attributes().with_size(4096).with_permissions(040755);
    return sftp::attributes().with_size(files.at(path).size()).with_permissions(0100644);
}

void odd_tree::new_handle(const asked& q, answers& a, std::string path)
{
    if (open_now >= open_limit)
        return a.status(q.id, status::failure, "no more handles");
    most_open = std::max(most_open, ++open_now);
    const std::string handle = "h" + std::to_string(++next_handle_);
    handles_[handle].path = std::move(path);
    a.handle(q.id, handle);
}

void odd_tree::list(const asked& q, answers& a, open_thing& what)
{
    std::vector<sftp::directory_entry> entries;
    const std::string head = what.path == "/" ? "/" : what.path + "/";
    const auto add = [&](const std::string& path) {
        if (path == "/" || !path.starts_with(head) || path.find('/', head.size()) != std::string::npos)
            return;
        sftp::directory_entry e(path.substr(head.size()), told ? told(path, true) : plain(path));
        if (long_name)
            e.long_name = long_name(path);
        entries.push_back(std::move(e));
    };
    for (const std::string& d : directories)
        add(d);
    for (const auto& [path, text] : files)
        add(path);
    if (std::exchange(what.listed, true) || entries.empty())
        return a.status(q.id, status::eof);
    a.names(q.id, entries);
}

void odd_tree::about_handle(const asked& q, answers& a)
{
    const auto found = handles_.find(q.path());
    if (found == handles_.end())
        return a.status(q.id, status::failure, "no such handle");
    open_thing& what = found->second;
    switch (q.what) {
    case type::close:
        handles_.erase(found);
        --open_now;
        return a.status(q.id, status::ok);
    case type::readdir: return list(q, a, what);
    case type::fstat: return a.attrs(q.id, told ? told(what.path, false) : plain(what.path));
    case type::fsetstat: {
        wire::reader in = q.fields();
        (void)in.string();
        const sftp::attributes set = sftp_protocol::decode_attributes(in);
        if (set.size)
            files[what.path].resize(std::size_t(*set.size));
        return a.status(q.id, status::ok);
    }
    case type::read: {
        const std::string& text = files[what.path];
        if (q.offset() >= text.size())
            return a.status(q.id, status::eof);
        return a.data(q.id, text.substr(q.offset(), q.length()));
    }
    default: {
        wire::reader in = q.fields();
        (void)in.string();
        const std::size_t at = std::size_t(in.u64());
        const std::string data(in.text());
        std::string& text = files[what.path];
        text.resize(std::max(text.size(), at + data.size()));
        text.replace(at, data.size(), data);
        return a.status(q.id, status::ok);
    }
    }
}

void odd_tree::about_path(const asked& q, answers& a, const std::string& path)
{
    const bool there = files.contains(path) || is_directory(path);
    wire::reader in = q.fields();
    (void)in.string();
    switch (q.what) {
    case type::open: {
        const auto mode = sftp::open_mode(in.u32());
        if (is_directory(path))
            return a.status(q.id, status::failure, "a directory");
        if (!there && !has(mode, sftp::open_mode::create))
            return a.status(q.id, status::no_such_file);
        if (there && has(mode, sftp::open_mode::exclusive))
            return a.status(q.id, status::failure, "there already");
        if (has(mode, sftp::open_mode::truncate))
            files[path].clear();
        if (open_now < open_limit)
            (void)files[path];
        return new_handle(q, a, path);
    }
    case type::opendir:
        return is_directory(path) ? new_handle(q, a, path) : a.status(q.id, there ? status::failure : status::no_such_file);
    case type::stat:
    case type::lstat:
        if (!there)
            return a.status(q.id, status::no_such_file);
        return a.attrs(q.id, told ? told(path, false) : plain(path));
    case type::mkdir:
        if (there)
            return a.status(q.id, status::failure, "there already");
        directories.insert(path);
        return a.status(q.id, status::ok);
    case type::remove:
        return a.status(q.id, files.erase(path) > 0 ? status::ok : there ? status::failure : status::no_such_file);
    case type::rmdir: return a.status(q.id, directories.erase(path) > 0 ? status::ok : status::failure);
    case type::rename: {
        const std::string to = absolute(std::string(in.text()));
        if (!files.contains(path) || files.contains(to))
            return a.status(q.id, status::failure);
        files[to] = std::move(files[path]);
        files.erase(path);
        return a.status(q.id, status::ok);
    }
    case type::setstat: return a.status(q.id, status::ok);
    case type::realpath: return a.names(q.id, {sftp::directory_entry(path, sftp::attributes())});
    default: return a.status(q.id, status::op_unsupported);
    }
}

void odd_tree::answer(const asked& q, answers& a)
{
    seen.emplace_back(q.what, q.what == type::extended ? std::string() : q.path());
    if (instead && instead(q, a))
        return;
    switch (q.what) {
    case type::close:
    case type::readdir:
    case type::fstat:
    case type::fsetstat:
    case type::read:
    case type::write: return about_handle(q, a);
    case type::extended: return a.status(q.id, status::op_unsupported);
    default: return about_path(q, a, absolute(q.path()));
    }
}

} // namespace rig
