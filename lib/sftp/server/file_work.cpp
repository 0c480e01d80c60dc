// Requests that open, use and close files and directories.

#include "sftp/server/session.hpp"

namespace sshoal::sftp {

using sftp_protocol::data_head_bytes;
using sftp_protocol::most_data_bytes;

namespace {

/// A handle that is being opened. It counts until it exists or its opening has failed.
class pending_handle {
public:
    explicit pending_handle(handle_table& t) noexcept
        : table_(t)
        , counted_(t.begin())
    {
    }
    pending_handle(const pending_handle&) = delete;
    ~pending_handle()
    {
        if (counted_)
            table_.give_up();
    }
    explicit operator bool() const noexcept { return counted_; }
    handle_table::name add(std::shared_ptr<open_handle> h)
    {
        counted_ = false;
        return table_.add(std::move(h));
    }

private:
    handle_table& table_;
    bool counted_;
};

failure too_many() { return fail(status::failure, "too many open handles"); }

std::string text_of_mode(open_mode m)
{
    std::string text;
    const std::pair<open_mode, const char*> words[] = {
        {open_mode::read, "READ"},     {open_mode::write, "WRITE"},       {open_mode::append, "APPEND"},
        {open_mode::create, "CREATE"}, {open_mode::truncate, "TRUNCATE"}, {open_mode::exclusive, "EXCLUSIVE"},
    };
    for (const auto& [bit, word] : words)
        if (has(m, bit))
            text += (text.empty() ? "" : ",") + std::string(word);
    return text;
}

} // namespace

awaitable<void> session::open(work& w)
{
    pending_handle making(handles_);
    if (!making) {
        reply_.failed(w.r.id, too_many());
        co_return;
    }
    open_mode mode = sftp_protocol::mode_from(w.r.flags);
    if (has(mode, open_mode::append))
        mode = mode | open_mode::write;
    if (!has(mode, open_mode::read_write))
        mode = mode | open_mode::read;
    auto opening = files_->open(w.r.path, mode, w.r.attrs);
    outcome<std::shared_ptr<open_file>> file = co_await std::move(opening);
    if (!file) {
        reply_.failed(w.r.id, file.error());
        co_return;
    }
    if (!*file) {
        reply_.failed(w.r.id, fail(status::failure));
        co_return;
    }
    if (logs(log_level::info))
        note(log_level::info, "open " + printable(w.r.path) + " for " + text_of_mode(mode));
    auto h = std::make_shared<open_handle>();
    h->file = std::move(*file);
    h->path = w.r.path;
    h->mode = mode;
    const handle_table::name name = making.add(std::move(h));
    reply_.handle(w.r.id, name);
}

awaitable<void> session::open_directory(work& w)
{
    pending_handle making(handles_);
    if (!making) {
        reply_.failed(w.r.id, too_many());
        co_return;
    }
    auto opening = files_->open_directory(w.r.path);
    outcome<std::shared_ptr<directory_reader>> directory = co_await std::move(opening);
    if (!directory) {
        reply_.failed(w.r.id, directory.error());
        co_return;
    }
    if (!*directory) {
        reply_.failed(w.r.id, fail(status::failure));
        co_return;
    }
    if (logs(log_level::info))
        note(log_level::info, "opendir " + printable(w.r.path));
    auto h = std::make_shared<open_handle>();
    h->directory = std::move(*directory);
    h->path = w.r.path;
    const handle_table::name name = making.add(std::move(h));
    reply_.handle(w.r.id, name);
}

awaitable<void> session::close(work& w)
{
    open_handle& h = *w.handle;
    h.closed = true;
    handles_.remove(h);
    if (logs(log_level::info)) {
        const std::string bytes
            = h.file ? ": bytes read " + std::to_string(h.bytes_read) + ", written " + std::to_string(h.bytes_written)
                     : std::string();
        note(log_level::info, (h.file ? "close " : "closedir ") + printable(h.path) + bytes);
    }
    if (h.file) {
        auto closing = h.file->close();
        const outcome<void> closed = co_await std::move(closing);
        h.file = nullptr; // before the answer, so that the file is closed when the client learns of it
        if (!closed) {
            reply_.failed(w.r.id, closed.error());
            co_return;
        }
    }
    h.directory = nullptr;
    reply_.done(w.r.id);
}

awaitable<void> session::read(work& w)
{
    open_handle& h = *w.handle;
    const std::size_t size = std::size_t(std::min<std::uint64_t>(w.r.length, most_data_bytes));
    if (!has(h.mode, open_mode::read)) {
        reply_.failed(w.r.id, fail(status::permission_denied, "not open for reading"));
        co_return;
    }
    if (size == 0) {
        reply_.status_of(w.r.id, status::eof);
        co_return;
    }
    output::reservation reply = output_.reserve(data_head_bytes + size);
    auto reading = h.file->read(w.r.offset, reply.room().subspan(data_head_bytes));
    const outcome<std::size_t> n = co_await std::move(reading);
    if (n && *n > 0 && *n <= size) {
        sftp_protocol::store_data_head(reply.room().data(), w.r.id, *n);
        reply.commit(data_head_bytes + *n);
        h.bytes_read += *n;
        co_return;
    }
    reply.commit(0);
    if (!n)
        reply_.failed(w.r.id, n.error());
    else
        reply_.status_of(w.r.id, *n == 0 ? status::eof : status::failure);
}

awaitable<void> session::write(work& w)
{
    open_handle& h = *w.handle;
    if (!has(h.mode, open_mode::write)) {
        reply_.failed(w.r.id, fail(status::permission_denied, "not open for writing"));
        co_return;
    }
    std::shared_ptr<const std::byte> from(w.data, w.r.data.data());
    auto writing = h.file->write_shared(w.r.offset, std::move(from), w.r.data.size());
    const outcome<void> written = co_await std::move(writing);
    if (!written) {
        reply_.failed(w.r.id, written.error());
        co_return;
    }
    h.bytes_written += w.r.data.size();
    reply_.done(w.r.id);
}

awaitable<void> session::read_directory(work& w)
{
    open_handle& h = *w.handle;
    if (h.left.empty()) {
        auto reading = h.directory->read(options_.max_entries());
        outcome<std::vector<directory_entry>> entries = co_await std::move(reading);
        if (!entries) {
            reply_.failed(w.r.id, entries.error());
            co_return;
        }
        h.left = std::move(*entries);
    }
    if (h.left.empty()) {
        reply_.status_of(w.r.id, status::eof);
        co_return;
    }
    const std::size_t most = std::min(h.left.size(), options_.max_entries());
    const std::size_t told = reply_.names(w.r.id, std::span<const directory_entry>(h.left).first(most));
    h.left.erase(h.left.begin(), h.left.begin() + std::ptrdiff_t(told));
}

} // namespace sshoal::sftp
