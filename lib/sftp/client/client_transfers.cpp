// The transfers of the public session handle.

#include "base/access.hpp"
#include "sftp/client/one_file.hpp"
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

namespace {

/// Returns: the options for a transfer whose end here is this file.
transfer_options with_file(transfer_options how, std::shared_ptr<open_file> f)
{
    how.files(make_one_file(std::move(f))).recursive(false).glob(false).filter({});
    return how;
}

/// Returns: the options for a transfer to such a file, which has no name and nothing in it.
transfer_options to_file(transfer_options how, std::shared_ptr<open_file> f)
{
    return with_file(std::move(how.if_exists(existing::replace).by_rename(false).preserve(false).sync(false)), std::move(f));
}

/// The name of the end here, in progress reports of put_contents() and put_from().
std::string name_here(const std::string& remote)
{
    std::string name = last_part(remote);
    return name.empty() ? "contents" : name;
}

awaitable<outcome<std::string>> get_contents_of(session_ptr session, std::string remote, transfer_options how, std::size_t most)
{
    const auto file = std::make_shared<contents_file>(std::string(), most);
    auto getting = get_all(std::move(session), std::move(remote), "contents", to_file(std::move(how), file));
    const outcome<transfer_result> done = co_await std::move(getting);
    if (!done)
        co_return outcome<std::string>(boost::system::in_place_error,
                                       file->overflown() ? failure(errc::capture_limit, done.error().context()) : done.error());
    co_return outcome<std::string>(boost::system::in_place_value, file->take());
}

} // namespace

awaitable<transfer_result> client::put_contents(std::string contents, std::string remote, transfer_options how)
{
    std::string name = name_here(remote);
    auto file = std::make_shared<contents_file>(std::move(contents));
    return on_session(*non_empty(self_)->core,
                      put_all(self_, std::move(name), std::move(remote), with_file(std::move(how), std::move(file))));
}
awaitable<std::string> client::get_contents(std::string remote, transfer_options how, std::size_t most)
{
    return on_session(*non_empty(self_)->core, get_contents_of(self_, std::move(remote), std::move(how), most));
}
awaitable<transfer_result> client::put_from(transfer_source from, std::string remote, transfer_options how)
{
    std::string name = name_here(remote);
    auto file = make_source_file(std::move(from));
    return on_session(*non_empty(self_)->core,
                      put_all(self_, std::move(name), std::move(remote), with_file(std::move(how), std::move(file))));
}
awaitable<transfer_result> client::get_to(std::string remote, transfer_sink to, transfer_options how)
{
    auto file = make_sink_file(std::move(to));
    return on_session(*non_empty(self_)->core,
                      get_all(self_, std::move(remote), "contents", to_file(std::move(how.in_place(false)), std::move(file))));
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
