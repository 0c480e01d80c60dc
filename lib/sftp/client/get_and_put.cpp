// get() and put(): files between a server and a file_system here.

#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"

namespace sshoal::sftp {
namespace {

class tree_download final : public tree_transfer {
public:
    tree_download(session_ptr from, transfer_options how, files_ptr files)
        : tree_transfer(from, std::move(how), make_remote_end(from), make_local_end(files))
        , files_(std::move(files))
    {
    }

private:
    awaitable<outcome<void>> move(file_task task) override;

    const files_ptr files_;
};

class tree_upload final : public tree_transfer {
public:
    tree_upload(session_ptr to, transfer_options how, files_ptr files)
        : tree_transfer(to, std::move(how), make_local_end(files), make_remote_end(to))
        , files_(std::move(files))
    {
    }

private:
    awaitable<outcome<void>> move(file_task task) override;

    const files_ptr files_;
};

files_ptr local_files_of(const session_ptr& session, const transfer_options& how)
{
    return how.files() ? how.files() : files_of_this_machine(session->core->work());
}

/// Waits for a file, and compares both ends if verify() is set.
awaitable<outcome<void>> compared(transfer_ptr whole, awaitable<outcome<void>> moving, std::string remote, files_ptr files,
                                  std::string local)
{
    outcome<void> moved = co_await std::move(moving);
    if (!moved || !whole->how.verifies())
        co_return moved;
    auto comparing = compare_with_local(whole->session, std::move(remote), std::move(files), std::move(local));
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

awaitable<outcome<void>> tree_download::move(file_task task)
{
    std::string remote = task.from, local = task.to;
    return compared(whole, get_file(whole, files_, std::move(task)), std::move(remote), files_, std::move(local));
}

awaitable<outcome<void>> tree_upload::move(file_task task)
{
    std::string local = task.from, remote = task.to;
    return compared(whole, put_file(whole, files_, std::move(task)), std::move(remote), files_, std::move(local));
}

} // namespace

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how)
{
    files_ptr files = local_files_of(session, how);
    auto all = std::make_shared<tree_download>(std::move(session), std::move(how), std::move(files));
    auto getting = tree_transfer::all(std::move(all), std::move(remote), std::move(local));
    outcome<transfer_result> result = co_await std::move(getting);
    co_return result;
}

awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how)
{
    files_ptr files = local_files_of(session, how);
    auto all = std::make_shared<tree_upload>(std::move(session), std::move(how), std::move(files));
    auto putting = tree_transfer::all(std::move(all), std::move(local), std::move(remote));
    outcome<transfer_result> result = co_await std::move(putting);
    co_return result;
}

} // namespace sshoal::sftp
