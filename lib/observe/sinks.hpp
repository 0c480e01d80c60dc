// sinks.hpp - the sinks of events that the library has: lines of text, and a pair of sinks.
#pragma once

#include "sshoal/events.hpp"

#include <memory>

namespace sshoal::observe {

/// Returns: a sink that writes a line for each event up to the level `most`; null if `to` is empty. A line about a connection
/// begins with the connection's name.
std::shared_ptr<event_sink> text_log(log_function to, log_level most);

/// Returns: a sink that passes every event on to both; one of them if the other is null.
std::shared_ptr<event_sink> both(std::shared_ptr<event_sink> first, std::shared_ptr<event_sink> second);

/// The sinks that an object of options holds.
struct outlets {
    std::shared_ptr<event_sink> text, own;
    std::shared_ptr<event_sink> sink; ///< both sinks together; null if there is none
    log_function lines;               ///< where `text` writes to

    void set_text(log_function to, log_level most);
    void set_own(std::shared_ptr<event_sink> to);
    /// Returns: `sink` with another level for lines of text.
    std::shared_ptr<event_sink> sink_at(log_level most) const;
};

/// Sends a message of this level to `sink`, if the sink wants this level. Exceptions of the sink are ignored.
void tell(event_sink* sink, const event_origin& from, log_level level, std::string_view text) noexcept;
/// Sends an event to `sink`. Exceptions of the sink are ignored.
void tell(event_sink* sink, const event_origin& from, const event& e) noexcept;

} // namespace sshoal::observe
