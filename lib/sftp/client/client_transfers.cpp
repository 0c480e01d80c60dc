// The transfers of the public session handle.

#include "base/access.hpp"
#include "sftp/client/tree_transfer.hpp"

namespace sshoal::sftp {

awaitable<transfer_result> client::get(std::string remote, std::string local, transfer_options how)
{
    return on_session(*non_empty(self_)->core, get_all(self_, std::move(remote), std::move(local), std::move(how)));
}
awaitable<transfer_result> client::put(std::string local, std::string remote, transfer_options how)
{
    return on_session(*non_empty(self_)->core, put_all(self_, std::move(local), std::move(remote), std::move(how)));
}

awaitable<transfer_result> client::copy(std::string from, std::string to, transfer_options how)
{
    return on_session(*non_empty(self_)->core, copy_all(self_, self_, std::move(from), std::move(to), std::move(how)));
}
awaitable<transfer_result> client::copy_to(client other, std::string from, std::string to, transfer_options how)
{
    const auto target = non_empty(detail::access::self(other));
    return on_session(*non_empty(self_)->core, copy_all(self_, target, std::move(from), std::move(to), std::move(how)));
}

} // namespace sshoal::sftp
