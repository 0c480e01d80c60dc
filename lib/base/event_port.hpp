// event_port.hpp - the interface through which a room without a connection of its own reports events.
#pragma once

#include "sshoal/events.hpp"

namespace sshoal {

class event_port {
public:
    /// Events that cost anything to make are made only where this is true. The answer never changes.
    virtual bool wants_events() const noexcept { return false; }
    virtual bool wants_packets() const noexcept { return false; } ///< events::packet as well
    virtual void on_event(const event&) {}

protected:
    ~event_port() = default;
};

} // namespace sshoal
