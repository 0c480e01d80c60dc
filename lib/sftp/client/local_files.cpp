#include "sftp/client/local_files.hpp"

#include "sftp/local/local_file_system.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

files_ptr files_of_this_machine(executor work)
{
    local_options how;
    how.start(".").work(std::move(work));
    return local::make_file_system(how, local::resolution::best, local::listing::names_only);
}

failure failure_thrown(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const error& e) {
        return e.why();
    } catch (const boost::system::system_error& e) {
        return failure(e.code());
    } catch (const std::exception& e) {
        return fail(status::failure, e.what());
    } catch (...) {
        return fail(status::failure, "an exception of unknown type");
    }
}

bool is_missing_file(const failure& f) noexcept { return f.code() == boost::system::errc::no_such_file_or_directory; }
bool is_unsupported(const failure& f) noexcept { return f.code() == make_error_code(status::op_unsupported); }

failure local_failure(const failure& why, const char* what, const std::string& path)
{
    if (why.code() == asio::error::operation_aborted)
        return why;
    const std::string text = why.context().empty() ? why.code().message() : why.context();
    return failure(errc::file_error, std::string(what) + ' ' + printable(path, 4096) + ": " + text);
}

awaitable<outcome<void>> to_its_end(awaitable<outcome<void>> operation)
{
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const asio::cancellation_state at_first = co_await asio::this_coro::cancellation_state;
    const asio::cancellation_type had = at_first.cancelled();
    // The state notes a cancellation, and does not pass it on to the operation.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation(), asio::disable_cancellation());
    outcome<void> result = co_await guarded(std::move(operation));
    const asio::cancellation_state at_last = co_await asio::this_coro::cancellation_state;
    const bool cancelled = (had | at_last.cancelled()) != asio::cancellation_type::none; // the next reset makes both states forget
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await asio::this_coro::throw_if_cancelled(threw);
    if (result && cancelled)
        co_return failure(error_code(asio::error::operation_aborted));
    co_return result;
}

awaitable<outcome<local_source>> local_source::open(files_ptr files, std::string path, std::optional<attributes> known)
{
    local_source s;
    auto opening = guarded(files->open(path, open_mode::read, attributes()));
    outcome<std::shared_ptr<open_file>> opened = co_await std::move(opening);
    if (!opened)
        co_return local_failure(opened.error(), "open", path);
    s.file = std::move(*opened);
    auto looking = guarded(s.file->stat());
    outcome<attributes> a = co_await std::move(looking);
    if (!a && !is_unsupported(a.error()))
        co_return local_failure(a.error(), "stat", path);
    if (a)
        s.attrs = std::move(*a);
    else if (known)
        s.attrs = std::move(*known);
    if (s.attrs.is_directory())
        co_return failure(errc::file_error, printable(path) + " is a directory");
    s.path = std::move(path);
    co_return s;
}

awaitable<outcome<void>> local_source::read(const local_source& from, std::uint64_t offset, std::shared_ptr<block> into,
                                            std::size_t n)
{
    while (into->size < n) {
        const std::size_t rest = n - into->size;
        std::shared_ptr<std::byte> at(into, into->data() + into->size);
        auto reading = guarded(from.file->read_shared(offset + into->size, std::move(at), rest));
        const outcome<std::size_t> got = co_await std::move(reading);
        if (!got)
            co_return local_failure(got.error(), "read", from.path);
        if (*got > rest)
            co_return failure(errc::file_error, "read " + printable(from.path) + ": the file system read more than asked");
        if (*got == 0)
            break;
        into->size += *got;
    }
    co_return outcome<void>();
}

awaitable<std::optional<std::uint64_t>> local_source::size_now(const local_source& of)
{
    auto asking = guarded(of.file->stat());
    const outcome<attributes> a = co_await std::move(asking);
    co_return a ? a->size : std::nullopt;
}

awaitable<outcome<std::vector<directory_entry>>> list_local(files_ptr files, std::string path)
{
    constexpr std::size_t at_once = 512;
    auto opening = guarded(files->open_directory(path));
    const outcome<std::shared_ptr<directory_reader>> opened = co_await std::move(opening);
    if (!opened)
        co_return local_failure(opened.error(), "open directory", path);
    std::vector<directory_entry> all;
    for (;;) {
        auto reading = guarded((*opened)->read(at_once));
        outcome<std::vector<directory_entry>> some = co_await std::move(reading);
        if (!some)
            co_return local_failure(some.error(), "read directory", path);
        if (some->empty())
            break;
        for (directory_entry& e : *some)
            if (is_plain_name(e.name))
                all.push_back(std::move(e));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    co_return all;
}

} // namespace sshoal::sftp
