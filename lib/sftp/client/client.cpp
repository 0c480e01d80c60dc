// The public session handle: each member names its request.

#include "base/access.hpp"
#include "sftp/client/handles.hpp"
#include "sftp/client/trees.hpp"
#include "sftp/client/file_state.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

using sftp_protocol::type;

client::client() noexcept = default;
client::client(std::shared_ptr<client_handle> h) noexcept : self_(std::move(h)) {}

namespace {

const core_ptr& core_of(const std::shared_ptr<client_handle>& h) { return non_empty(h)->core; }

} // namespace

awaitable<attributes> client::stat(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, attributes_of(c, type::stat, c->resolve(path), path));
}
awaitable<attributes> client::lstat(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, attributes_of(c, type::lstat, c->resolve(path), path));
}

namespace {

awaitable<outcome<std::optional<attributes>>> stat_if_there(core_ptr core, std::string path)
{
    auto asking = attributes_of(core, type::stat, core->resolve(path), path);
    outcome<attributes> a = co_await std::move(asking);
    if (a)
        co_return std::optional<attributes>(std::move(*a));
    const error_code code = a.error().code();
    if (code == make_error_code(status::no_such_file) || code == make_error_code(status::no_such_path))
        co_return std::optional<attributes>();
    co_return a.error();
}

/// `wanted`: the type of file; none if every type is right.
awaitable<outcome<bool>> is_there(core_ptr core, std::string path, std::optional<file_type> wanted)
{
    auto asking = stat_if_there(std::move(core), std::move(path));
    const outcome<std::optional<attributes>> a = co_await std::move(asking);
    if (!a)
        co_return outcome<bool>(boost::system::in_place_error, a.error());
    co_return *a && (!wanted || (*a)->type() == *wanted);
}

/// A refusal of STAT is an error only if OPENDIR is refused as well.
awaitable<outcome<bool>> directory_or_refusal(core_ptr core, std::string path)
{
    auto asking = stat_if_there(core, path);
    const outcome<std::optional<attributes>> a = co_await std::move(asking);
    if (!a && (core->over() || a.error().code() == asio::error::operation_aborted))
        co_return outcome<bool>(boost::system::in_place_error, a.error());
    if (a && !*a)
        co_return false;
    auto looking = with_known_type(core, core->resolve(path), a ? **a : attributes(), symlinks::follow);
    const outcome<attributes> found = co_await std::move(looking);
    if (!found)
        co_return outcome<bool>(boost::system::in_place_error, found.error());
    if (!a && !found->is_directory())
        co_return outcome<bool>(boost::system::in_place_error, a.error());
    co_return found->is_directory();
}

} // namespace

awaitable<bool> client::exists(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, is_there(c, std::move(path), std::nullopt));
}
awaitable<bool> client::is_directory(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, directory_or_refusal(c, std::move(path)));
}
awaitable<bool> client::is_regular(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, is_there(c, std::move(path), file_type::regular));
}

awaitable<void> client::set_attributes(std::string path, attributes a)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, set_attributes_of(c, type::setstat, c->resolve(path), std::move(a), path));
}
awaitable<void> client::set_link_attributes(std::string path, attributes a)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, set_link_attributes_at(c, c->resolve(std::move(path)), std::move(a)));
}
awaitable<void> client::chmod(std::string path, std::uint32_t permissions)
{
    return set_attributes(std::move(path), attributes().with_permissions(permissions));
}
awaitable<void> client::chown(std::string path, std::uint32_t uid, std::uint32_t gid)
{
    return set_attributes(std::move(path), attributes().with_owner(uid, gid));
}
awaitable<void> client::utime(std::string path, file_time access, file_time modification)
{
    return set_attributes(std::move(path), attributes().with_times(access, modification));
}
awaitable<void> client::truncate(std::string path, std::uint64_t size)
{
    return set_attributes(std::move(path), attributes().with_size(size));
}

awaitable<void> client::make_directory(std::string path, attributes initial)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, make_directory_at(c, c->resolve(std::move(path)), std::move(initial)));
}
awaitable<bool> client::create_directories(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, create_directories_at(c, c->resolve(std::move(path))));
}
awaitable<void> client::remove(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, remove_at(c, type::remove, c->resolve(std::move(path))));
}
awaitable<void> client::remove_directory(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, remove_at(c, type::rmdir, c->resolve(std::move(path))));
}
awaitable<std::uint64_t> client::remove_all(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, remove_tree(c, c->resolve(std::move(path))));
}
awaitable<void> client::rename(std::string from, std::string to)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, rename_at(c, c->resolve(std::move(from)), c->resolve(std::move(to))));
}
awaitable<void> client::replace(std::string from, std::string to)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, replace_at(c, c->resolve(std::move(from)), c->resolve(std::move(to))));
}
awaitable<void> client::make_symlink(std::string target, std::string link)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, make_symlink_at(c, c->without_nul(std::move(target)), c->resolve(std::move(link))));
}
awaitable<void> client::make_hard_link(std::string existing_path, std::string link)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, make_hard_link_at(c, c->resolve(std::move(existing_path)), c->resolve(std::move(link))));
}
awaitable<std::string> client::read_link(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, name_at(c, type::readlink, c->resolve(std::move(path))));
}
awaitable<std::string> client::real_path(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, name_at(c, type::realpath, c->resolve(std::move(path))));
}
awaitable<std::string> client::expand_path(std::string path)
{
    const core_ptr& c = core_of(self_);
    path = path.starts_with('~') ? c->without_nul(std::move(path)) : c->resolve(std::move(path));
    return on_session(*c, name_by_extension(c, extension::expand_path, std::move(path)));
}
awaitable<std::string> client::home_directory(std::string user)
{
    const core_ptr& c = core_of(self_);
    if (c->supports(extension::home_directory) || !c->supports(extension::expand_path))
        return on_session(*c, name_by_extension(c, extension::home_directory, std::move(user)));
    return on_session(*c, name_by_extension(c, extension::expand_path, "~" + user));
}
awaitable<void> client::change_directory(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, change_directory_of(c, c->resolve(std::move(path))));
}
awaitable<std::string> client::working_directory()
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, working_directory_of(c));
}

awaitable<file> client::open(std::string path, open_mode mode, attributes initial)
{
    return on_session(*core_of(self_), file_handle::open(self_, std::move(path), mode, std::move(initial)));
}
awaitable<directory> client::open_directory(std::string path)
{
    return on_session(*core_of(self_), directory_handle::open(self_, std::move(path)));
}
awaitable<std::vector<directory_entry>> client::list(std::string path)
{
    return on_session(*core_of(self_), list_directory(self_, std::move(path)));
}
awaitable<std::string> client::read_all(std::string path, std::size_t most)
{
    return on_session(*core_of(self_), read_whole_file(self_, std::move(path), most));
}
awaitable<void> client::write_all(std::string path, std::span<const std::byte> contents, attributes initial)
{
    return on_session(*core_of(self_), write_whole_file(self_, std::move(path), contents, std::move(initial)));
}
awaitable<void> client::write_all(std::string path, std::string_view contents)
{
    return write_all(std::move(path), std::as_bytes(std::span(contents)), attributes());
}
walker client::walk(std::string path) { return make_walker(non_empty(self_), std::move(path)); }
awaitable<std::vector<std::string>> client::glob(std::string pattern)
{
    return on_session(*core_of(self_), expand_glob(self_, std::move(pattern)));
}

awaitable<void> client::copy_data(file from, std::uint64_t offset, std::uint64_t length, file to, std::uint64_t to_offset)
{
    const core_ptr& c = core_of(self_);
    const auto& source = non_empty(detail::access::self(from))->remote;
    const auto& target = non_empty(detail::access::self(to))->remote;
    if (source->session->core != c || target->session->core != c)
        throw error(failure(errc::invalid_argument, "copy_data: files of another session"));
    return on_session(*c, copy_data_between(source, offset, length, target, to_offset));
}
awaitable<file_system_info> client::statvfs(std::string path)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, statvfs_at(c, c->resolve(path), path));
}
awaitable<std::pair<std::vector<std::string>, std::vector<std::string>>> client::names_of(std::vector<std::uint32_t> users,
                                                                                          std::vector<std::uint32_t> groups)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, names_by_id(c, std::move(users), std::move(groups)));
}
bool client::supports(std::string_view extension_name) const noexcept
{
    return self_ && self_->core->supports(extension_name);
}
std::string client::extension_data(std::string_view extension_name) const
{
    for (const auto& e : core_of(self_)->extensions)
        if (e.name == extension_name)
            return e.data;
    return {};
}
server_limits client::limits() const { return core_of(self_)->limits; }
std::uint32_t client::version() const noexcept { return self_ ? self_->core->version : 0; }
awaitable<std::vector<std::byte>> client::extended(std::string name, std::vector<std::byte> body)
{
    const core_ptr& c = core_of(self_);
    return on_session(*c, extended_request(c, std::move(name), std::move(body)));
}

void client::close() noexcept
{
    if (self_)
        self_->close();
}
executor client::get_executor() const noexcept { return self_ ? self_->core->strand() : executor(); }

} // namespace sshoal::sftp
