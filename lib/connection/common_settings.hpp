// common_settings.hpp - the values behind common_options, and its setters, which client_options.cpp and server_options.cpp
// instantiate.
#pragma once

#include "connection/declared_arrivals.hpp"
#include "connection/settings_from.hpp"
#include "observe/sinks.hpp"
#include "sshoal/common_options.hpp"

#include <optional>

namespace sshoal::conn {

struct common_settings {
    common_settings(const char* preferred_compression, bool serves) noexcept
        : compression_edit(preferred_compression), takes_sessions(serves)
    {
    }

    sshoal::algorithms algorithms;
    sshoal::limits limits;
    traffic_classes traffic;
    std::string software = "sshoal"; ///< with the comment
    unsigned required_rsa_bits = 2048;
    declared_arrivals declared;
    executor work;             ///< empty: the strand
    observe::outlets outlets;  ///< log() and events()
    std::optional<std::size_t> dump; ///< dump_packets(): the most bytes of data
    failure problem;           ///< the first setter that was given a value it cannot use

    // compression() and keepalive() are parts of algorithms() and limits(); they hold in whatever order all four are called.
    const char* compression_edit; ///< the change to the list of compressions that compression() stands for
    bool compress = false;
    bool own_keepalive = false;
    bool takes_sessions; ///< channels of type "session" belong to next_session()

    void complain(std::string text)
    {
        if (!problem)
            problem = failure(errc::invalid_argument, std::move(text));
    }
};

} // namespace sshoal::conn

namespace sshoal {

template <class Options>
conn::common_settings& common_options<Options>::common()
{
    return static_cast<Options&>(*this).edit();
}

template <class Options>
Options& common_options<Options>::algorithms(sshoal::algorithms a)
{
    conn::common_settings& o = common();
    o.algorithms = std::move(a);
    if (o.compress)
        o.algorithms.compression(o.compression_edit);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::compression(bool on)
{
    conn::common_settings& o = common();
    if (o.compress && !on)
        o.algorithms.compression("none");
    o.compress = on;
    if (on)
        o.algorithms.compression(o.compression_edit);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::limits(sshoal::limits l)
{
    conn::common_settings& o = common();
    if (o.own_keepalive) {
        l.keepalive_interval = o.limits.keepalive_interval;
        l.keepalive_count = o.limits.keepalive_count;
    }
    o.limits = l;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::keepalive(std::chrono::milliseconds interval, unsigned count)
{
    conn::common_settings& o = common();
    o.own_keepalive = true;
    o.limits.keepalive_interval = interval;
    o.limits.keepalive_count = count;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::traffic(traffic_classes classes)
{
    conn::common_settings& o = common();
    for (const int octet : {classes.interactive, classes.bulk})
        if (octet < -1 || octet > 255)
            o.complain("traffic(" + std::to_string(octet) + "): not an octet");
    o.traffic = classes;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::software(std::string version, std::string comment)
{
    conn::common_settings& o = common();
    if (failure f = conn::check_software(version, comment))
        o.complain(f.context());
    o.software = std::move(version) + (comment.empty() ? "" : " ") + comment;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::required_rsa_bits(unsigned n)
{
    common().required_rsa_bits = n;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::listen_channels(std::string type, std::size_t most_waiting)
{
    conn::common_settings& o = common();
    if (o.takes_sessions && type == "session")
        o.complain("listen_channels(\"session\"): sessions come from next_session()");
    conn::declared_arrivals::declare(o.declared.channels, std::move(type), most_waiting);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::listen_requests(std::string name, std::size_t most_waiting)
{
    conn::declared_arrivals::declare(common().declared.requests, std::move(name), most_waiting);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::work_executor(executor ex)
{
    common().work = std::move(ex);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::log(log_function f, log_level most)
{
    common().outlets.set_text(std::move(f), most);
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::dump_packets(std::size_t most_data)
{
    common().dump = most_data;
    return static_cast<Options&>(*this);
}

template <class Options>
Options& common_options<Options>::events(std::shared_ptr<event_sink> to)
{
    common().outlets.set_own(std::move(to));
    return static_cast<Options&>(*this);
}

} // namespace sshoal
