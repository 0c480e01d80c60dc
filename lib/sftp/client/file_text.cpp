// The text that is read from a file, from its position on.

#include "sftp/client/file_state.hpp"

#include <boost/asio/post.hpp>

namespace sshoal::sftp {
namespace {

class file_text final : public detail::text_source {
public:
    explicit file_text(std::shared_ptr<file_handle> f) : file_(std::move(f)) {}
    executor strand() const override { return file_->core().strand(); }
    std::size_t try_read(std::span<std::byte>) override { return 0; }
    awaitable<outcome<std::size_t>> read_some(std::span<std::byte> into) override { return file_handle::read_some(file_, into); }
    void put_back(std::string_view unread) override { file_->unread(unread.size()); }
    void put_back_from_elsewhere(std::string unread) override
    {
        if (const executor ex = strand()) // empty: the io_context is gone, and nothing can be read any more
            asio::post(ex, [f = file_, n = unread.size()] { f->unread(n); });
    }

private:
    std::shared_ptr<file_handle> file_;
};

} // namespace

void file_handle::unread(std::size_t n)
{
    if (n == 0)
        return;
    position -= n;
    if (current_ && n <= taken_)
        taken_ -= n;
    else
        stop_reading_ahead(); // the server is asked for these bytes once more
}

awaitable<std::optional<std::string>> file::read_line(std::size_t limit)
{
    return sshoal::detail::read_line(std::make_shared<file_text>(non_empty(self_)), limit);
}
awaitable<std::string> file::read_until(std::string text, std::size_t limit)
{
    return sshoal::detail::read_until(std::make_shared<file_text>(non_empty(self_)), std::move(text), limit);
}
line_reader file::lines(std::size_t limit) const
{
    return line_reader(std::make_shared<file_text>(non_empty(self_)), limit);
}

} // namespace sshoal::sftp
