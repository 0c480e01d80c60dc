#include "sftp/server/permissions.hpp"

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::operation;
using sftp_protocol::operation_count;
using sftp_protocol::traits_of;

std::vector<std::string> request_names()
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < operation_count; ++i)
        names.emplace_back(traits_of(operation(i)).name);
    return names;
}

namespace {

using operation_set = std::bitset<operation_count>;

outcome<operation_set> set_of(const std::vector<std::string>& names)
{
    operation_set set;
    for (const std::string& n : names) {
        std::size_t i = 0;
        while (i < operation_count && traits_of(operation(i)).name != n)
            ++i;
        if (i == operation_count)
            return failure(errc::invalid_argument, "SFTP has no request of this name: " + printable(n));
        set.set(i);
    }
    return set;
}

} // namespace

outcome<permissions> permissions::make(const serve_options& options, const file_system& files)
{
    permissions p;
    const outcome<operation_set> allow = set_of(options.allow());
    if (!allow)
        return allow.error();
    const outcome<operation_set> deny = set_of(options.deny());
    if (!deny)
        return deny.error();
    p.allowed_ = options.allow().empty() ? operation_set().set() : *allow;
    p.allowed_ &= ~*deny;
    p.read_only_ = options.is_read_only() || files.read_only();
    const std::vector<std::string_view> given = files.extensions();
    for (std::size_t i = 0; i < operation_count; ++i) {
        const std::string_view name = traits_of(operation(i)).extension;
        // These extensions are made from the members of open files.
        const bool own = name == extension::fsync || name == extension::limits || name == extension::copy_data
                         || name == extension::check_file;
        p.there_.set(i, !name.empty() && (own || std::find(given.begin(), given.end(), name) != given.end()));
    }
    return p;
}

bool permissions::offers(operation o) const noexcept
{
    const std::size_t i = std::size_t(o);
    return there_[i] && allowed_[i] && !(read_only_ && traits_of(o).changes);
}

bytes permissions::version() const
{
    sftp_protocol::packet reply(sftp_protocol::type::version);
    reply.u32(sftp_protocol::protocol_version);
    std::string_view last;
    for (std::size_t i = 0; i < operation_count; ++i) {
        const auto& t = traits_of(operation(i));
        if (!offers(operation(i)) || t.extension == last)
            continue;
        reply.string(t.extension).string(t.data);
        last = t.extension;
    }
    return std::move(reply).finish();
}

} // namespace sshoal::sftp
