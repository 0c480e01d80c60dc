// Requests that name files by their paths, and the answers that all kinds of requests share.

#include "sftp/server/session.hpp"

namespace sshoal::sftp {

using sftp_protocol::operation;

awaitable<void> session::start_path(work& w)
{
    file_system& f = *files_;
    const sftp_protocol::request& r = w.r;
    if (sftp_protocol::is_change(r) && logs(log_level::info))
        note(log_level::info, std::string(name_of(r.what)) + ' ' + printable(r.path)
                                  + (r.second_path.empty() ? "" : " to " + printable(r.second_path)));
    switch (r.what) {
    case operation::stat:
        return answer(r.id, f.stat(r.path));
    case operation::lstat:
        return answer(r.id, f.lstat(r.path));
    case operation::setstat:
        return answer(r.id, f.set_attributes(r.path, r.attrs));
    case operation::lsetstat:
        return answer(r.id, f.set_link_attributes(r.path, r.attrs));
    case operation::remove:
        return answer(r.id, f.remove(r.path));
    case operation::mkdir:
        return answer(r.id, f.make_directory(r.path, r.attrs));
    case operation::rmdir:
        return answer(r.id, f.remove_directory(r.path));
    case operation::rename:
        return answer(r.id, f.rename(r.path, r.second_path));
    case operation::posix_rename:
        return answer(r.id, f.replace(r.path, r.second_path));
    case operation::hardlink:
        return answer(r.id, f.make_hard_link(r.path, r.second_path));
    case operation::symlink:
        return answer(r.id, f.make_symlink(r.path, r.second_path));
    case operation::readlink:
        return answer(r.id, f.read_link(r.path));
    case operation::realpath:
        return answer(r.id, f.real_path(r.path.empty() ? std::string(".") : r.path));
    case operation::expand_path:
        return answer(r.id, f.expand_path(r.path));
    case operation::home_directory:
        return answer(r.id, f.home_directory(r.path));
    case operation::statvfs:
        return answer(r.id, f.statvfs(r.path));
    case operation::users_groups_by_id:
        return names_of(w);
    case operation::limits: {
        server_limits l;
        l.packet_length = options_.max_packet();
        l.read_length = sftp_protocol::most_data_bytes;
        l.write_length = options_.max_packet() - 1024;
        l.open_handles = options_.max_handles();
        return tell_limits(r.id, l);
    }
    default:
        return refuse(r.id, fail(status::op_unsupported));
    }
}

awaitable<void> session::answer(std::uint32_t id, awaitable<outcome<void>> change)
{
    const outcome<void> done = co_await std::move(change);
    if (done)
        reply_.done(id);
    else
        reply_.failed(id, done.error());
}

awaitable<void> session::answer(std::uint32_t id, awaitable<outcome<attributes>> question)
{
    const outcome<attributes> a = co_await std::move(question);
    if (a)
        reply_.attrs(id, *a);
    else
        reply_.failed(id, a.error());
}

awaitable<void> session::answer(std::uint32_t id, awaitable<outcome<std::string>> question)
{
    const outcome<std::string> name = co_await std::move(question);
    if (name)
        reply_.name(id, *name);
    else
        reply_.failed(id, name.error());
}

awaitable<void> session::answer(std::uint32_t id, awaitable<outcome<file_system_info>> question)
{
    const outcome<file_system_info> info = co_await std::move(question);
    if (info)
        reply_.file_system(id, *info);
    else
        reply_.failed(id, info.error());
}

awaitable<void> session::names_of(work& w)
{
    auto asking = files_->names_of(w.r.users, w.r.groups);
    auto names = co_await std::move(asking);
    if (names) {
        names->first.resize(w.r.users.size());
        names->second.resize(w.r.groups.size());
        reply_.owners(w.r.id, names->first, names->second);
    } else {
        reply_.failed(w.r.id, names.error());
    }
}

awaitable<void> session::refuse(std::uint32_t id, failure f)
{
    reply_.failed(id, f);
    co_return;
}

awaitable<void> session::tell_limits(std::uint32_t id, server_limits l)
{
    reply_.limits(id, l);
    co_return;
}

void session::note_request(const work& w) const
{
    const sftp_protocol::request& r = w.r;
    std::string text = "request " + std::to_string(r.id) + ": " + std::string(name_of(r.what));
    const std::string& path = w.handle ? w.handle->path : r.path;
    if (!path.empty())
        text += ' ' + printable(path);
    if (!r.second_path.empty())
        text += ' ' + printable(r.second_path);
    if (r.what == operation::read || r.what == operation::write)
        text += " at " + std::to_string(r.offset) + ", " + std::to_string(r.what == operation::read ? r.length : r.data.size())
                + " bytes";
    note(log_level::debug, text);
}

} // namespace sshoal::sftp
