#include "sftp/client/file_state.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

awaitable<outcome<file>> file_handle::open(session_ptr session, std::string path, open_mode mode, attributes initial)
{
    auto opening = open_file_at(session->core, session->core->resolve(path), mode, std::move(initial));
    outcome<std::string> text = co_await std::move(opening);
    if (!text)
        co_return text.error();
    auto remote = std::make_shared<remote_handle>(std::move(session), std::move(*text), std::move(path));
    co_return file(std::make_shared<file_handle>(std::move(remote)));
}

awaitable<outcome<std::size_t>> file_handle::read_at(std::shared_ptr<file_handle> self, std::uint64_t offset,
                                                     std::span<std::byte> into)
{
    auto reader = std::make_shared<piece_reader>(self->remote, offset, into.size(), bytes_of_one_call, true);
    std::size_t done = 0;
    while (done < into.size()) {
        outcome<std::shared_ptr<block>> piece = co_await piece_reader::next(reader);
        if (!piece)
            co_return piece.error();
        if ((*piece)->size == 0)
            break;
        std::copy_n((*piece)->data(), (*piece)->size, into.data() + done);
        done += (*piece)->size;
    }
    co_return done;
}

awaitable<outcome<void>> file_handle::write_at(std::shared_ptr<file_handle> self, std::uint64_t offset, byte_view from)
{
    auto pieces = std::make_shared<piece_writer>(self->remote);
    auto writing = piece_writer::write(pieces, offset, from, bytes_of_one_call);
    outcome<void> sent = co_await std::move(writing);
    if (!sent)
        co_return sent;
    outcome<void> settled = co_await piece_writer::settle(pieces, 0);
    co_return settled;
}

// -- one after another --------------------------------------------------------------------------------------------------------

void file_handle::stop_reading_ahead()
{
    reader_.reset();
    current_.reset();
    taken_ = 0;
}

awaitable<outcome<std::size_t>> file_handle::read_some(std::shared_ptr<file_handle> self, std::span<std::byte> into)
{
    if (into.empty())
        co_return std::size_t(0);
    if (self->how.read_ahead() == 0) {
        const std::size_t n = std::min(into.size(), self->core().read_size());
        auto reading = read_at(self, self->position, into.first(n));
        outcome<std::size_t> got = co_await std::move(reading);
        if (got)
            self->position += *got;
        co_return got;
    }
    if (!self->current_ || self->taken_ == self->current_->size) {
        if (!self->reader_)
            self->reader_
                = std::make_shared<piece_reader>(self->remote, self->position, UINT64_MAX, self->how.read_ahead(), false);
        const std::shared_ptr<piece_reader> reader = self->reader_;
        outcome<std::shared_ptr<block>> piece = co_await piece_reader::next(reader);
        if (!piece) {
            if (piece.error().code() != asio::error::operation_aborted)
                self->stop_reading_ahead(); // what comes behind it is not what follows `position`
            co_return piece.error();
        }
        if ((*piece)->size == 0) {
            self->stop_reading_ahead(); // it may have grown when somebody asks again
            co_return std::size_t(0);
        }
        self->current_ = std::move(*piece);
        self->taken_ = 0;
    }
    const std::size_t n = std::min(into.size(), self->current_->size - self->taken_);
    std::copy_n(self->current_->data() + self->taken_, n, into.data());
    self->taken_ += n;
    self->position += n;
    co_return n;
}

awaitable<outcome<std::size_t>> file_handle::read(std::shared_ptr<file_handle> self, std::span<std::byte> into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        auto reading = read_some(self, into.subspan(done));
        outcome<std::size_t> n = co_await std::move(reading);
        if (!n)
            co_return n.error();
        if (*n == 0)
            break;
        done += *n;
    }
    co_return done;
}

awaitable<outcome<std::string>> file_handle::read_all(std::shared_ptr<file_handle> self, std::size_t most)
{
    std::string all;
    for (;;) {
        const std::size_t had = all.size();
        all.resize(had + std::max<std::size_t>(self->core().read_size(), had / 2));
        auto reading = read_some(self, std::as_writable_bytes(std::span(all)).subspan(had));
        outcome<std::size_t> n = co_await std::move(reading);
        if (!n)
            co_return n.error();
        all.resize(had + *n);
        if (all.size() > most)
            co_return failure(errc::capture_limit,
                              printable(self->remote->path) + " has more than " + std::to_string(most) + " bytes");
        if (*n == 0)
            co_return all;
    }
}

awaitable<outcome<void>> file_handle::write(std::shared_ptr<file_handle> self, byte_view from)
{
    self->stop_reading_ahead();
    const std::size_t behind = self->how.write_behind();
    auto writing = piece_writer::write(self->writer, self->position, from, std::max(behind, behind == 0 ? bytes_of_one_call : 1));
    outcome<void> sent = co_await std::move(writing);
    if (sent) {
        self->position += from.size();
        if (behind == 0) {
            outcome<void> flushed = co_await flush(self);
            co_return flushed;
        }
    }
    co_return sent;
}

awaitable<outcome<void>> file_handle::flush(std::shared_ptr<file_handle> self)
{
    outcome<void> settled = co_await piece_writer::settle(self->writer, 0);
    co_return settled;
}

awaitable<outcome<std::uint64_t>> file_handle::seek(std::shared_ptr<file_handle> self, std::int64_t to, seek_from where)
{
    std::uint64_t base = 0;
    if (where == seek_from::current) {
        base = self->position;
    } else if (where == seek_from::end) {
        outcome<void> flushed = co_await flush(self);
        if (!flushed)
            co_return flushed.error();
        if (failure f = self->remote->usable())
            co_return f;
        auto asking = attributes_of(self->shared_core(), sftp_protocol::type::fstat, self->remote->text(), self->remote->path);
        outcome<attributes> a = co_await std::move(asking);
        if (!a)
            co_return a.error();
        if (!a->size)
            co_return failure(errc::not_supported, "the server does not tell sizes");
        base = *a->size;
    }
    if (to < 0 ? std::uint64_t(-(to + 1)) + 1 > base : std::uint64_t(to) > UINT64_MAX - base)
        co_return failure(errc::invalid_argument, "a position before the file's beginning, or too large");
    const std::uint64_t there = base + std::uint64_t(to);
    if (there != self->position)
        self->stop_reading_ahead();
    self->position = there;
    co_return there;
}

awaitable<outcome<void>> file_handle::close(std::shared_ptr<file_handle> self)
{
    self->stop_reading_ahead();
    if (failure f = self->remote->usable())
        co_return f;
    outcome<void> flushed = co_await flush(self);
    outcome<void> closed = co_await remote_handle::close(self->remote);
    co_return flushed ? closed : flushed;
}

// -- whole files --------------------------------------------------------------------------------------------------------------

awaitable<outcome<std::string>> read_whole_file(session_ptr session, std::string path, std::size_t most)
{
    auto opening = file_handle::open(std::move(session), std::move(path), open_mode::read, attributes());
    outcome<file> f = co_await std::move(opening);
    if (!f)
        co_return f.error();
    auto reading = file_handle::read_all(f->handle(), most);
    outcome<std::string> all = co_await std::move(reading);
    co_return all; // closed without waiting
}

awaitable<outcome<void>> write_whole_file(session_ptr session, std::string path, byte_view contents, attributes initial)
{
    auto opening = file_handle::open(std::move(session), std::move(path), open_mode::overwrite, std::move(initial));
    outcome<file> f = co_await std::move(opening);
    if (!f)
        co_return f.error();
    auto writing = file_handle::write_at(f->handle(), 0, contents);
    outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return written;
    outcome<void> closed = co_await file_handle::close(f->handle());
    co_return closed;
}

} // namespace sshoal::sftp
