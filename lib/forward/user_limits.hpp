// user_limits.hpp - the streams and listeners that users have.
#pragma once

#include "sshoal/forward_server.hpp"

#include <mutex>
#include <unordered_map>

namespace sshoal::forward {

struct user_limits::impl {
    struct numbers {
        std::size_t streams = 0, listeners = 0;
    };
    impl(std::size_t streams, std::size_t listeners) : most{streams, listeners} {}

    const numbers most;
    std::mutex lock;
    std::unordered_map<std::string, numbers> users;
};

/// The place of a stream or of a listener among those of its user.
class user_place {
public:
    enum class kind : unsigned char { stream, listener };

    user_place() = default;
    user_place(user_place&& other) noexcept = default;
    user_place& operator=(user_place&&) = delete;
    ~user_place();

    /// Returns: a place, or an empty object if the user has as many as the limit allows. Without limits there is always a place.
    static std::optional<user_place> take(std::shared_ptr<user_limits::impl> among, const std::string& user, kind what);

private:
    std::shared_ptr<user_limits::impl> among_;
    std::string user_;
    kind what_ = kind::stream;
};

} // namespace sshoal::forward
