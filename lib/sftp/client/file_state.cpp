#include "sftp/client/file_state.hpp"
#include "base/access.hpp"

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
    co_return detail::access::make<file>(std::make_shared<file_handle>(std::move(remote)));
}

awaitable<outcome<std::size_t>> file_handle::read_at(std::shared_ptr<file_handle> self, std::uint64_t offset,
                                                     std::span<std::byte> into)
{
    pending_read_at r(self->remote, offset, into);
    while (!r.over()) {
        const wake w = co_await r.wait();
        r.woken(w);
    }
    co_return r.result();
}

awaitable<outcome<void>> file_handle::write_at(std::shared_ptr<file_handle> self, std::uint64_t offset, byte_view from)
{
    auto pieces = std::make_shared<piece_writer>(self->remote);
    pending_write_at writing(pieces, offset, from, bytes_of_one_call);
    while (!writing.over()) {
        const wake w = co_await writing.wait();
        writing.woken(w);
    }
    if (!writing.result())
        co_return writing.result();
    pending_flush flushing(pieces);
    while (!flushing.over()) {
        const wake w = co_await flushing.wait();
        flushing.woken(w);
    }
    co_return flushing.result();
}

// -- one after another --------------------------------------------------------------------------------------------------------

void file_handle::stop_reading_ahead()
{
    reader_.reset();
    current_.reset();
    taken_ = 0;
}

void pending_read_some::take_from_current()
{
    block& current = *file_->current_;
    const std::size_t n = std::min(into_.size(), current.size - file_->taken_);
    std::copy_n(current.data() + file_->taken_, n, into_.data());
    file_->taken_ += n;
    file_->position += n;
    result_.emplace(n);
}

void pending_read_some::take_piece()
{
    outcome<std::shared_ptr<block>> piece = piece_->take();
    if (!piece) {
        if (piece.error().code() != asio::error::operation_aborted)
            file_->stop_reading_ahead(); // the next piece would not be that at `position`
        result_.emplace(piece.error());
    } else if ((*piece)->size == 0) {
        file_->stop_reading_ahead(); // the file may have grown by the next read
        result_.emplace(std::size_t(0));
    } else {
        file_->current_ = std::move(*piece);
        file_->taken_ = 0;
        take_from_current();
    }
}

bool pending_read_some::over()
{
    if (result_)
        return true;
    file_handle& f = *file_;
    if (!at_ && !piece_) {
        if (into_.empty()) {
            result_.emplace(std::size_t(0));
            return true;
        }
        if (f.how.read_ahead() == 0) {
            at_.emplace(f.remote, f.position, into_.first(std::min(into_.size(), f.core().read_size())));
        } else if (f.current_ && f.taken_ < f.current_->size) {
            take_from_current();
            return true;
        } else {
            if (!f.reader_)
                f.reader_ = std::make_shared<piece_reader>(f.remote, f.position, UINT64_MAX, f.how.read_ahead(), false);
            piece_.emplace(f.reader_);
        }
    }
    if (at_) {
        if (!at_->over())
            return false;
        result_.emplace(at_->result());
        if (*result_)
            f.position += **result_;
        return true;
    }
    if (!piece_->over())
        return false;
    take_piece();
    return true;
}

awaitable<outcome<std::size_t>> file_handle::read_some(std::shared_ptr<file_handle> self, std::span<std::byte> into)
{
    pending_read_some r(std::move(self), into);
    while (!r.over()) {
        const wake w = co_await r.wait();
        r.woken(w);
    }
    co_return r.result();
}

awaitable<outcome<std::size_t>> file_handle::read(std::shared_ptr<file_handle> self, std::span<std::byte> into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        pending_read_some r(self, into.subspan(done));
        while (!r.over()) {
            const wake w = co_await r.wait();
            r.woken(w);
        }
        if (!r.result())
            co_return r.result();
        if (*r.result() == 0)
            break;
        done += *r.result();
    }
    co_return done;
}

awaitable<outcome<std::string>> file_handle::read_all(std::shared_ptr<file_handle> self, std::size_t most)
{
    std::string all;
    for (;;) {
        const std::size_t had = all.size();
        all.resize(had + std::max<std::size_t>(self->core().read_size(), had / 2));
        pending_read_some r(self, std::as_writable_bytes(std::span(all)).subspan(had));
        while (!r.over()) {
            const wake w = co_await r.wait();
            r.woken(w);
        }
        if (!r.result())
            co_return r.result().error();
        all.resize(had + *r.result());
        if (all.size() > most)
            co_return failure(errc::capture_limit,
                              printable(self->remote->path) + " has more than " + std::to_string(most) + " bytes");
        if (*r.result() == 0)
            co_return all;
    }
}

awaitable<outcome<void>> file_handle::write(std::shared_ptr<file_handle> self, byte_view from)
{
    self->stop_reading_ahead();
    const std::size_t behind = self->how.write_behind();
    pending_write_at writing(self->writer, self->position, from, behind == 0 ? bytes_of_one_call : behind);
    while (!writing.over()) {
        const wake w = co_await writing.wait();
        writing.woken(w);
    }
    if (!writing.result())
        co_return writing.result();
    self->position += from.size();
    if (behind > 0)
        co_return outcome<void>();
    pending_flush flushing(self->writer);
    while (!flushing.over()) {
        const wake w = co_await flushing.wait();
        flushing.woken(w);
    }
    co_return flushing.result();
}

awaitable<outcome<void>> file_handle::flush(std::shared_ptr<file_handle> self)
{
    pending_flush flushing(self->writer);
    while (!flushing.over()) {
        const wake w = co_await flushing.wait();
        flushing.woken(w);
    }
    co_return flushing.result();
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
        auto asking = attributes_of(self->remote);
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
    auto reading = file_handle::read_all(detail::access::self(*f), most);
    outcome<std::string> all = co_await std::move(reading);
    co_return all; // the handle closes the file without waiting
}

awaitable<outcome<void>> write_whole_file(session_ptr session, std::string path, byte_view contents, attributes initial)
{
    auto opening = file_handle::open(std::move(session), std::move(path), open_mode::overwrite, std::move(initial));
    outcome<file> f = co_await std::move(opening);
    if (!f)
        co_return f.error();
    auto writing = file_handle::write_at(detail::access::self(*f), 0, contents);
    outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return written;
    outcome<void> closed = co_await file_handle::close(detail::access::self(*f));
    co_return closed;
}

} // namespace sshoal::sftp
