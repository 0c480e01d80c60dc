#include "observe/sinks.hpp"

#include <utility>

namespace sshoal::observe {
namespace {

class pair_of_sinks final : public event_sink {
public:
    pair_of_sinks(std::shared_ptr<event_sink> a, std::shared_ptr<event_sink> b) noexcept : a_(std::move(a)), b_(std::move(b)) {}
    void on_event(const event_origin& from, const event& e) override
    {
        give(*a_, from, e);
        give(*b_, from, e);
    }
    bool wants_messages(log_level l) const noexcept override { return a_->wants_messages(l) || b_->wants_messages(l); }
    bool wants_packets() const noexcept override { return a_->wants_packets() || b_->wants_packets(); }

private:
    static void give(event_sink& to, const event_origin& from, const event& e)
    {
        const auto* const m = e.as<events::message>();
        if (m ? to.wants_messages(m->level) : e.kind() != event_kind::packet || to.wants_packets())
            tell(&to, from, e);
    }
    const std::shared_ptr<event_sink> a_, b_;
};

} // namespace

std::shared_ptr<event_sink> both(std::shared_ptr<event_sink> first, std::shared_ptr<event_sink> second)
{
    if (!first || !second)
        return first ? first : second;
    return std::make_shared<pair_of_sinks>(std::move(first), std::move(second));
}

void outlets::set_text(log_function to, log_level most)
{
    text = text_log(to, most);
    lines = std::move(to);
    sink = both(text, own);
}

std::shared_ptr<event_sink> outlets::sink_at(log_level most) const { return both(text_log(lines, most), own); }

void outlets::set_own(std::shared_ptr<event_sink> to)
{
    own = std::move(to);
    sink = both(text, own);
}

void tell(event_sink* sink, const event_origin& from, const event& e) noexcept
{
    if (!sink)
        return;
    try {
        sink->on_event(from, e);
    } catch (...) { // an exception of the sink must not end the connection
    }
}

void tell(event_sink* sink, const event_origin& from, log_level level, std::string_view text) noexcept
{
    if (!sink || !sink->wants_messages(level))
        return;
    events::message m;
    m.level = level;
    m.text = text;
    tell(sink, from, m);
}

} // namespace sshoal::observe
