#include "sftp/client/file_kind.hpp"

#include <boost/asio/error.hpp>

#include <sys/stat.h>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

bool is_fatal(client_core& core, const failure& f) { return core.over() || f.code() == asio::error::operation_aborted; }

awaitable<outcome<bool>> can_be_listed(core_ptr core, std::string path)
{
    auto opening = open_directory_at(core, path);
    outcome<std::string> handle = co_await std::move(opening);
    if (!handle && is_fatal(*core, handle.error()))
        co_return outcome<bool>(boost::system::in_place_error, handle.error());
    if (!handle)
        co_return false;
    sftp_protocol::packet request(type::close, 0);
    request.string(*handle);
    core->send_unanswered(std::move(request));
    co_return true;
}

void set_type(attributes& a, std::uint32_t type_bits, std::uint32_t usual)
{
    a.permissions = (a.permissions.value_or(usual) & 07777) | type_bits;
}

} // namespace

awaitable<outcome<attributes>> with_known_type(core_ptr core, std::string path, attributes known, symlinks links)
{
    if (known.type() != file_type::unknown)
        co_return known;
    if (links == symlinks::keep) {
        auto asking = attributes_of(core, type::lstat, path, path);
        outcome<attributes> itself = co_await std::move(asking);
        if (!itself && is_fatal(*core, itself.error()))
            co_return itself;
        if (itself && itself->type() != file_type::unknown)
            co_return itself;
        auto reading = name_at(core, type::readlink, path);
        const outcome<std::string> leads_to = co_await std::move(reading);
        if (!leads_to && is_fatal(*core, leads_to.error()))
            co_return leads_to.error();
        if (leads_to) {
            set_type(known, S_IFLNK, 0777);
            co_return known;
        }
    }
    auto looking = can_be_listed(core, path);
    const outcome<bool> directory = co_await std::move(looking);
    if (!directory)
        co_return directory.error();
    if (*directory)
        set_type(known, S_IFDIR, 0755);
    co_return known;
}

awaitable<outcome<bool>> is_directory_at(core_ptr core, std::string path)
{
    auto asking = attributes_of(core, type::stat, path, path);
    const outcome<attributes> a = co_await std::move(asking);
    if (!a && is_fatal(*core, a.error()))
        co_return outcome<bool>(boost::system::in_place_error, a.error());
    if (a && a->type() != file_type::unknown)
        co_return a->is_directory();
    if (!a && is_missing(a.error()))
        co_return false;
    auto looking = can_be_listed(core, std::move(path));
    outcome<bool> directory = co_await std::move(looking);
    co_return directory; // a const one would be converted to whether it has a value
}

} // namespace sshoal::sftp
