// role.hpp - the two ends of a connection.
#pragma once

namespace sshoal {

enum class role { client, server };

inline constexpr role other(role r) noexcept { return r == role::client ? role::server : role::client; }

} // namespace sshoal
