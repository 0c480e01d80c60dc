// get() and put(): files between a server and this machine.

#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"

namespace sshoal::sftp {
namespace {

class tree_download final : public tree_transfer {
public:
    tree_download(session_ptr from, transfer_options how)
        : tree_transfer(from, std::move(how), make_remote_end(from), make_disk_end(from->core->work()))
    {
    }

private:
    awaitable<outcome<void>> move(file_task task) override;
};

class tree_upload final : public tree_transfer {
public:
    tree_upload(session_ptr to, transfer_options how)
        : tree_transfer(to, std::move(how), make_disk_end(to->core->work()), make_remote_end(to))
    {
    }

private:
    awaitable<outcome<void>> move(file_task task) override;
};

/// Waits for a file, and compares it where that is asked for.
awaitable<outcome<void>> compared(transfer_ptr whole, awaitable<outcome<void>> moving, std::string remote, std::string local)
{
    outcome<void> moved = co_await std::move(moving);
    if (!moved || !whole->how.verifies())
        co_return moved;
    auto comparing = compare_with_local(whole->session, std::move(remote), std::move(local));
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

awaitable<outcome<void>> tree_download::move(file_task task)
{
    std::string remote = task.from, local = task.to;
    return compared(whole, get_file(whole, std::move(task)), std::move(remote), std::move(local));
}

awaitable<outcome<void>> tree_upload::move(file_task task)
{
    std::string local = task.from, remote = task.to;
    return compared(whole, put_file(whole, std::move(task)), std::move(remote), std::move(local));
}

} // namespace

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how)
{
    auto getting = std::make_shared<tree_download>(std::move(session), std::move(how));
    return tree_transfer::all(std::move(getting), std::move(remote), std::move(local));
}

awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how)
{
    auto putting = std::make_shared<tree_upload>(std::move(session), std::move(how));
    return tree_transfer::all(std::move(putting), std::move(local), std::move(remote));
}

} // namespace sshoal::sftp
