#include "sftp/client/operations.hpp"

#include "sftp/client/handles.hpp"

namespace sshoal::sftp {

using sftp_protocol::packet;
using sftp_protocol::type;

namespace {

std::string named(const char* verb, std::string_view path) { return std::string(verb) + " " + printable(path); }

// An answer that cannot be decoded fails its request. Frames and ids are sound, so the session goes on.

outcome<void> nothing_in(outcome<bytes> reply) { return reply ? outcome<void>() : outcome<void>(reply.error()); }

outcome<bytes> body_of(outcome<bytes> reply) { return reply; }

outcome<std::string> handle_in(outcome<bytes> reply)
{
    if (!reply)
        return reply.error();
    wire::reader in(*reply);
    const std::string_view handle = in.text();
    if (in.ok() && handle.size() <= sftp_protocol::most_handle_bytes)
        return std::string(handle);
    return unreadable("SFTP HANDLE");
}

outcome<std::string> single_name_in(outcome<bytes> reply)
{
    if (!reply)
        return reply.error();
    wire::reader in(*reply);
    auto names = sftp_protocol::decode_names(in);
    if (names && names->size() == 1)
        return std::move(names->front().name);
    return unreadable("SFTP NAME with one name");
}

outcome<attributes> attributes_in(outcome<bytes> reply)
{
    if (!reply)
        return reply.error();
    wire::reader in(*reply);
    attributes a = sftp_protocol::decode_attributes(in);
    // Attributes of later versions, with other fields in another order, are not read as attributes of this version.
    if (in.ok() && (in.left() == 0 || !sftp_protocol::has_later_flags(*reply)))
        return a;
    return unreadable("SFTP ATTRS");
}

outcome<std::vector<directory_entry>> entries_or_end_in(outcome<bytes> reply)
{
    if (reply)
        return entries_in(*reply);
    if (reply.error().code() == make_error_code(status::eof))
        return std::vector<directory_entry>();
    return reply.error();
}

outcome<file_system_info> statvfs_in(outcome<bytes> reply)
{
    if (!reply)
        return reply.error();
    wire::reader in(*reply);
    file_system_info f = sftp_protocol::decode_statvfs(in);
    if (!in.ok())
        return failure(errc::malformed_message, "SFTP statvfs reply");
    return f;
}

outcome<user_and_group_names> names_by_id_in(outcome<bytes> reply)
{
    if (!reply)
        return reply.error();
    wire::reader in(*reply);
    user_and_group_names names;
    for (auto* list : {&names.first, &names.second}) {
        wire::reader one(in.string());
        while (one.ok() && one.left() > 0)
            list->emplace_back(one.text());
        if (!one.ok())
            in.fail();
    }
    if (!in.finished())
        return failure(errc::malformed_message, "SFTP users-groups-by-id reply");
    return names;
}

awaitable<outcome<void>> told(core_ptr core, client_request r) { return answer<void>(std::move(core), std::move(r), nothing_in); }

/// Makes a request with a path or a handle, and further fields, whose answer is a STATUS.
client_request status_request(packet p, std::string what) { return client_request(std::move(p), type::status, std::move(what)); }

client_request fstat_like(type t, const std::string& subject, const attributes& a, std::string_view path)
{
    packet p(t, 0, 48 + subject.size());
    p.string(subject).attrs(a);
    return status_request(std::move(p), named("set attributes of", path));
}

client_request stat_like(type t, const std::string& subject, std::string_view path)
{
    packet p(t, 0, 16 + subject.size());
    p.string(subject);
    return client_request(std::move(p), type::attrs, named("stat", path));
}

packet extended(std::string_view name)
{
    packet p(type::extended, 0);
    p.string(name);
    return p;
}

client_request statvfs_like(const client_core& core, std::string_view extension_name, const std::string& subject,
                            std::string_view path)
{
    packet p = extended(extension_name);
    p.string(subject);
    client_request r(std::move(p), type::extended_reply, named("statvfs", path));
    return r.needs(core, extension_name), r;
}

} // namespace

failure unreadable(const char* what)
{
    return failure(errc::malformed_message, std::string("the server's answer cannot be read: ") + what);
}

failure not_supported(std::string_view extension_name)
{
    return failure(errc::not_supported, "the SFTP server does not offer " + std::string(extension_name));
}

outcome<std::vector<directory_entry>> entries_in(const bytes& reply)
{
    wire::reader in(reply);
    auto names = sftp_protocol::decode_names(in);
    if (!names)
        return unreadable("SFTP NAME");
    for (directory_entry& e : *names)
        sftp_protocol::add_type_by_long_name(e);
    return std::move(*names);
}

awaitable<outcome<std::string>> open_file_at(core_ptr core, std::string path, open_mode mode, attributes initial)
{
    packet p(type::open, 0, 32 + path.size());
    p.string(path).u32(std::uint32_t(mode)).attrs(initial);
    client_request r(std::move(p), type::handle, named("open", path));
    r.opens();
    return answer<std::string>(std::move(core), std::move(r), handle_in);
}

awaitable<outcome<std::string>> open_directory_at(core_ptr core, std::string path)
{
    packet p(type::opendir, 0, 16 + path.size());
    p.string(path);
    client_request r(std::move(p), type::handle, named("open directory", path));
    r.opens();
    return answer<std::string>(std::move(core), std::move(r), handle_in);
}

awaitable<outcome<void>> close_handle(core_ptr core, std::string handle, std::string path)
{
    packet p(type::close, 0);
    p.string(handle);
    return told(std::move(core), status_request(std::move(p), named("close", path)));
}

awaitable<outcome<std::vector<directory_entry>>> read_directory(core_ptr core, std::string handle, std::string path)
{
    packet p(type::readdir, 0);
    p.string(handle);
    client_request r(std::move(p), type::name, named("read directory", path));
    return answer<std::vector<directory_entry>>(std::move(core), std::move(r), entries_or_end_in);
}

awaitable<outcome<attributes>> attributes_of(core_ptr core, type request_type, std::string subject, std::string path)
{
    return answer<attributes>(std::move(core), stat_like(request_type, subject, path), attributes_in);
}

awaitable<outcome<attributes>> attributes_of(std::shared_ptr<remote_handle> h)
{
    client_request r = stat_like(type::fstat, h->text(), h->path);
    core_ptr core = h->session->core;
    r.uses(std::move(h));
    return answer<attributes>(std::move(core), std::move(r), attributes_in);
}

awaitable<outcome<void>> set_attributes_of(core_ptr core, type request_type, std::string subject, attributes a, std::string path)
{
    return told(std::move(core), fstat_like(request_type, subject, a, path));
}

awaitable<outcome<void>> set_attributes_of(std::shared_ptr<remote_handle> h, attributes a)
{
    client_request r = fstat_like(type::fsetstat, h->text(), a, h->path);
    core_ptr core = h->session->core;
    r.uses(std::move(h));
    return told(std::move(core), std::move(r));
}

awaitable<outcome<void>> make_directory_at(core_ptr core, std::string path, attributes initial)
{
    packet p(type::mkdir, 0, 48 + path.size());
    p.string(path).attrs(initial);
    return told(std::move(core), status_request(std::move(p), named("make directory", path)));
}

awaitable<outcome<void>> remove_at(core_ptr core, type request_type, std::string path)
{
    packet p(request_type, 0, 16 + path.size());
    p.string(path);
    return told(std::move(core), status_request(std::move(p), named("remove", path)));
}

awaitable<outcome<void>> rename_at(core_ptr core, std::string from, std::string to)
{
    packet p(type::rename, 0, 16 + from.size() + to.size());
    p.string(from).string(to);
    return told(std::move(core), status_request(std::move(p), named("rename", from) + " to " + printable(to)));
}

awaitable<outcome<void>> make_symlink_at(core_ptr core, std::string target, std::string link)
{
    packet p(type::symlink, 0, 16 + target.size() + link.size());
    const bool link_first = core->has_link_first;
    p.string(link_first ? link : target).string(link_first ? target : link);
    return told(std::move(core), status_request(std::move(p), named("make link", link)));
}

awaitable<outcome<std::string>> name_at(core_ptr core, type request_type, std::string path)
{
    packet p(request_type, 0, 16 + path.size());
    p.string(path);
    client_request r(std::move(p), type::name, named(request_type == type::readlink ? "read link" : "real path of", path));
    return answer<std::string>(std::move(core), std::move(r), single_name_in);
}

// -- extensions ---------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> set_link_attributes_at(core_ptr core, std::string path, attributes a)
{
    packet p = extended(extension::lsetstat);
    p.string(path).attrs(a);
    client_request r = status_request(std::move(p), named("set attributes of", path));
    r.needs(*core, extension::lsetstat);
    return told(std::move(core), std::move(r));
}

awaitable<outcome<void>> replace_at(core_ptr core, std::string from, std::string to)
{
    packet p = extended(extension::posix_rename);
    p.string(from).string(to);
    client_request r = status_request(std::move(p), named("rename", from) + " to " + printable(to));
    r.needs(*core, extension::posix_rename);
    return told(std::move(core), std::move(r));
}

awaitable<outcome<void>> make_hard_link_at(core_ptr core, std::string existing_path, std::string link)
{
    packet p = extended(extension::hardlink);
    p.string(existing_path).string(link);
    client_request r = status_request(std::move(p), named("make link", link));
    r.needs(*core, extension::hardlink);
    return told(std::move(core), std::move(r));
}

awaitable<outcome<void>> sync_file(std::shared_ptr<remote_handle> h)
{
    packet p = extended(extension::fsync);
    p.string(h->text());
    client_request r = status_request(std::move(p), named("sync", h->path));
    core_ptr core = h->session->core;
    r.needs(*core, extension::fsync).uses(std::move(h));
    return told(std::move(core), std::move(r));
}

awaitable<outcome<void>> copy_data_between(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::uint64_t length,
                                           std::shared_ptr<remote_handle> to, std::uint64_t to_offset)
{
    packet p = extended(extension::copy_data);
    p.string(from->text()).u64(offset).u64(length).string(to->text()).u64(to_offset);
    client_request r = status_request(std::move(p), "copy data");
    core_ptr core = from->session->core;
    r.needs(*core, extension::copy_data).uses(std::move(from)).uses(std::move(to));
    return told(std::move(core), std::move(r));
}

awaitable<outcome<bytes>> extended_request(core_ptr core, std::string name, bytes body)
{
    packet p = extended(name);
    p.raw(body);
    client_request r(std::move(p), type::extended_reply, printable(name));
    return answer<bytes>(std::move(core), std::move(r), body_of);
}

awaitable<outcome<std::string>> name_by_extension(core_ptr core, std::string_view extension_name, std::string argument)
{
    packet p = extended(extension_name);
    p.string(argument);
    client_request r(std::move(p), type::name, named("expand", argument));
    r.needs(*core, extension_name);
    return answer<std::string>(std::move(core), std::move(r), single_name_in);
}

awaitable<outcome<file_system_info>> statvfs_at(core_ptr core, std::string resolved, std::string path)
{
    client_request r = statvfs_like(*core, extension::statvfs, resolved, path);
    return answer<file_system_info>(std::move(core), std::move(r), statvfs_in);
}

awaitable<outcome<file_system_info>> statvfs_of(std::shared_ptr<remote_handle> h)
{
    core_ptr core = h->session->core;
    client_request r = statvfs_like(*core, extension::fstatvfs, h->text(), h->path);
    r.uses(std::move(h));
    return answer<file_system_info>(std::move(core), std::move(r), statvfs_in);
}

awaitable<outcome<std::pair<std::string, bytes>>> check_file(std::shared_ptr<remote_handle> h, std::string algorithms,
                                                             std::uint64_t offset, std::uint64_t length,
                                                             std::uint32_t block_size)
{
    const core_ptr core = h->session->core;
    // The request is sent even if the extension is not offered: paramiko's server answers without offering it.
    outcome<bytes> reply = fail(status::op_unsupported);
    static constexpr std::string_view request_names[] = {"check-file-handle", "check-file"}; // paramiko knows only the latter
    for (const std::string_view name : request_names) {
        packet p = extended(name);
        p.string(h->text()).string(algorithms).u64(offset).u64(length).u32(block_size);
        client_request r(std::move(p), type::extended_reply, named("check", h->path));
        r.uses(h);
        auto asking = answer<bytes>(core, std::move(r), body_of);
        reply = co_await std::move(asking);
        if (reply || reply.error().code() != make_error_code(status::op_unsupported))
            break;
    }
    if (!reply) {
        if (reply.error().code() == make_error_code(status::op_unsupported))
            co_return not_supported(extension::check_file);
        co_return reply.error();
    }
    wire::reader in(*reply);
    std::string_view chosen = in.text();
    if (chosen == "check-file") // some servers repeat the extension's name, as the text of the draft says; its example does not
        chosen = in.text();
    const byte_view digests = in.rest();
    const bool was_asked_for = ("," + algorithms + ",").find("," + std::string(chosen) + ",") != std::string::npos;
    if (!in.ok() || digests.empty() || chosen.empty() || !was_asked_for)
        co_return failure(errc::malformed_message, "SFTP check-file reply");
    co_return std::pair(std::string(chosen), copy_of(digests));
}

awaitable<outcome<user_and_group_names>> names_by_id(core_ptr core, std::vector<std::uint32_t> users,
                                                     std::vector<std::uint32_t> groups)
{
    packet p = extended(extension::users_groups_by_id);
    for (const auto* ids : {&users, &groups}) {
        bytes list;
        for (const std::uint32_t id : *ids)
            wire::writer(list).u32(id);
        p.string(list);
    }
    client_request r(std::move(p), type::extended_reply, "names of users and groups");
    r.needs(*core, extension::users_groups_by_id);
    auto asking = answer<user_and_group_names>(std::move(core), std::move(r), names_by_id_in);
    outcome<user_and_group_names> names = co_await std::move(asking);
    if (names && (names->first.size() != users.size() || names->second.size() != groups.size()))
        co_return failure(errc::malformed_message, "SFTP users-groups-by-id reply");
    co_return names;
}

} // namespace sshoal::sftp
