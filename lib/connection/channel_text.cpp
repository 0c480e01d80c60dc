// The text that is read from a channel.

#include "connection/channel_state.hpp"
#include "sshoal/lines.hpp"

namespace sshoal {
namespace {

using conn::channel_state;

class channel_text final : public detail::text_source {
public:
    channel_text(std::shared_ptr<channel_state> state, data_stream from, channel keep)
        : state_(std::move(state)), from_(from), keep_(std::move(keep))
    {
    }
    executor strand() const override { return state_->strand(); }
    std::size_t try_read(std::span<std::byte> into) override { return state_->try_read(into, from_); }
    awaitable<outcome<std::size_t>> read_some(std::span<std::byte> into) override
    {
        return channel_state::read_some(state_, into, from_);
    }
    void put_back(std::string_view unread) override { state_->put_back(std::as_bytes(std::span(unread)), from_); }
    void put_back_from_elsewhere(std::string unread) override
    {
        // A read that begins after the cancelled one has returned reaches the strand after the bytes are back.
        state_->link().perform([c = state_, from = from_, unread = std::move(unread)](conn::connection_state&) {
            c->put_back(std::as_bytes(std::span(unread)), from);
        });
    }

private:
    std::shared_ptr<channel_state> state_;
    data_stream from_;
    channel keep_;
};

std::shared_ptr<detail::text_source> text_of(const std::shared_ptr<channel_state>& c, data_stream from, channel keep = {})
{
    return c ? std::make_shared<channel_text>(c, from, std::move(keep)) : nullptr;
}

} // namespace

awaitable<std::optional<std::string>> channel::read_line(data_stream from, std::size_t limit)
{
    return detail::read_line(text_of(state(), from), limit);
}
awaitable<std::string> channel::read_until(std::string text, data_stream from, std::size_t limit)
{
    return detail::read_until(text_of(state(), from), std::move(text), limit);
}
line_reader channel::lines(data_stream from, std::size_t limit) const
{
    return line_reader(text_of(state(), from, *this), limit);
}

} // namespace sshoal
