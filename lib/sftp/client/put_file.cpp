// One file from this machine to the server.

#include "sftp/client/disk_file.hpp"
#include "sftp/client/piece_mover.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <random>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;
using sftp_protocol::type;

namespace {

class upload final : public piece_mover {
public:
    upload(transfer_ptr t, file_task f, std::shared_ptr<disk_file> from)
        : piece_mover(t, std::move(f), t->core().write_size())
        , source(std::move(from))
    {
    }

    const std::shared_ptr<disk_file> source;
    std::shared_ptr<remote_handle> target;
    std::string name; ///< that it is written under

private:
    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override;
};

using upload_ptr = std::shared_ptr<upload>;

struct read_job {
    std::shared_ptr<disk_file> from;
    std::uint64_t offset;
    std::size_t n;
    std::shared_ptr<block> into;
    failure operator()() const
    {
        const outcome<std::size_t> got = from->read(offset, into->room().first(n));
        if (!got)
            return got.error();
        into->size = *got;
        return {};
    }
};

bool is_zero(byte_view v)
{
    return std::all_of(v.begin(), v.end(), [](std::byte b) { return b == std::byte(0); });
}

awaitable<failure> arrived(awaited_reply& reply, std::string what)
{
    while (!reply.done()) {
        const wake w = co_await reply.wait();
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    }
    co_return reply.refusal(what);
}

awaitable<outcome<std::size_t>> upload::move(std::uint64_t offset, std::size_t n)
{
    read_job job{source, offset, n, whole->core().blocks().get(n)};
    const std::shared_ptr<block> data = job.into;
    auto reading = run_on(whole->disk(), std::move(job));
    const failure unread = co_await std::move(reading);
    if (unread)
        co_return unread;
    if (data->size == 0 || (whole->how.is_sparse() && is_zero(data->view())))
        co_return data->size;
    awaited_reply reply(whole->core());
    const pipeline_depth::mark mark = depth.on_send(clock::now());
    if (failure f = reply.send_write(target->text(), offset, data->view()))
        co_return f;
    auto waiting = arrived(reply, "write " + printable(task.remote));
    const failure refused = co_await std::move(waiting);
    if (refused)
        co_return refused;
    depth.on_answer(mark, data->size, clock::now());
    co_return data->size;
}

struct open_job {
    std::shared_ptr<disk_file> file;
    std::string path;
    outcome<attributes> operator()() const
    {
        if (failure f = file->open_to_read(path))
            return f;
        outcome<attributes> a = file->stat();
        if (a && a->is_directory())
            return failure(errc::file_error, printable(path) + " is a directory");
        return a;
    }
};

std::string name_beside(const std::string& path)
{
    static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device random; // unlikely to meet another's; "exclusive" sees to the rest
    std::string name = path + '.';
    for (int i = 0; i < 6; ++i)
        name += letters[random() % (sizeof letters - 1)];
    return name + ".part";
}

attributes set_at_end(const upload& u)
{
    attributes a;
    if (u.whole->how.is_sparse())
        a.size = u.end;
    if (u.whole->how.preserves()) {
        a.permissions = u.task.known->permissions.value_or(0644) & 07777;
        a.atime = u.task.known->atime;
        a.mtime = u.task.known->mtime;
    }
    return a;
}

/// What follows the data: attributes, fsync and CLOSE, sent together and awaited one after another, so no failure is lost.
awaitable<outcome<void>> finish(upload_ptr u)
{
    const attributes a = set_at_end(*u);
    std::vector<std::pair<std::unique_ptr<awaited_reply>, const char*>> under_way;
    const auto send = [&](sftp_protocol::packet p, const char* what) {
        under_way.emplace_back(std::make_unique<awaited_reply>(u->whole->core()), what);
        return under_way.back().first->send(std::move(p), type::status);
    };
    failure trouble;
    if (a != attributes()) {
        sftp_protocol::packet p(type::fsetstat, 0);
        p.string(u->target->text()).attrs(a);
        trouble = send(std::move(p), "set attributes of ");
    }
    if (u->whole->how.syncs() && u->whole->core().supports(extension::fsync)) {
        sftp_protocol::packet p(type::extended, 0);
        p.string(extension::fsync).string(u->target->text());
        trouble = send(std::move(p), "sync ");
    }
    for (auto& [reply, what] : under_way) {
        auto waiting = arrived(*reply, what + printable(u->task.remote));
        const failure f = co_await std::move(waiting);
        if (f && !trouble)
            trouble = f;
    }
    outcome<void> closed = co_await remote_handle::close(u->target);
    if (trouble)
        co_return trouble;
    if (!closed || u->name == u->task.remote)
        co_return closed;
    auto renaming = u->whole->core().supports(extension::posix_rename)
                        ? replace_at(u->whole->shared_core(), u->name, u->task.remote)
                        : rename_at(u->whole->shared_core(), u->name, u->task.remote);
    outcome<void> renamed = co_await std::move(renaming);
    co_return renamed;
}

awaitable<outcome<void>> put_opened(upload_ptr u)
{
    auto moving = piece_mover::run(u);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved;
    auto finishing = finish(u);
    outcome<void> finished = co_await std::move(finishing);
    co_return finished;
}

} // namespace

awaitable<outcome<void>> put_file(transfer_ptr t, file_task task)
{
    auto source = std::make_shared<disk_file>();
    open_job job{source, task.local};
    auto opening = run_on(t->disk(), std::move(job));
    outcome<attributes> local = co_await std::move(opening);
    if (!local)
        co_return local.error();
    task.known = *local;
    std::uint64_t present = 0;
    if (t->how.if_exists() != existing::replace) {
        auto asking = attributes_of(t->shared_core(), type::stat, task.remote, task.remote);
        const outcome<attributes> a = co_await std::move(asking);
        if (a && t->how.if_exists() != existing::resume)
            co_return failure(status::file_already_exists, printable(task.remote));
        if (a)
            present = a->size.value_or(0);
    }
    if (present > local->size.value_or(0))
        co_return failure(errc::invalid_argument, "resume: " + printable(task.remote) + " is longer than the local file");

    auto u = std::make_shared<upload>(t, std::move(task), source);
    u->end = local->size.value_or(0) > 0 ? *local->size : UINT64_MAX;
    u->next = present;
    const bool beside = t->how.is_by_rename() && t->how.if_exists() != existing::resume;
    u->name = beside ? name_beside(u->task.remote) : u->task.remote;
    open_mode mode = open_mode::write | open_mode::create;
    mode = mode | (beside ? open_mode::exclusive : present > 0 ? open_mode::none : open_mode::truncate);
    attributes initial;
    initial.permissions = local->permissions.value_or(0644) & 0777;
    auto opening_there = open_file_at(t->shared_core(), u->name, mode, initial);
    outcome<std::string> handle = co_await std::move(opening_there);
    if (!handle)
        co_return handle.error();
    u->target = std::make_shared<remote_handle>(t->session, std::move(*handle), u->task.remote);
    if (present > 0)
        u->meter.had(present);
    auto putting = put_opened(u);
    outcome<void> put = co_await std::move(putting);
    if (put) {
        u->meter.done();
    } else if (beside) {
        sftp_protocol::packet request(type::remove, 0);
        request.string(u->name);
        t->core().tell(std::move(request));
    }
    co_return put;
}

} // namespace sshoal::sftp
