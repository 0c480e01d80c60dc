// connection_operations.hpp - the functions behind connection's members. They run on the strand.
#pragma once

#include "connection/channel_state.hpp"

namespace sshoal::conn::operations {

awaitable<outcome<channel>> open_channel(std::shared_ptr<connection_handle> c, std::string type, std::vector<std::byte> body,
                                         channel_options options = {});
awaitable<outcome<std::optional<std::vector<std::byte>>>> request(std::shared_ptr<connection_handle> c, std::string name,
                                                                  std::vector<std::byte> body);
awaitable<outcome<void>> notify(std::shared_ptr<connection_handle> c, std::string name, std::vector<std::byte> body);
awaitable<outcome<void>> rekey(std::shared_ptr<connection_handle> c);
awaitable<outcome<std::chrono::nanoseconds>> ping(std::shared_ptr<connection_handle> c);
awaitable<outcome<failure>> wait_closed(std::shared_ptr<connection_state> c);
awaitable<outcome<void>> until_closed(std::shared_ptr<connection_state> c);

/// Accepts a channel of the peer. Returns: the channel; empty if it is decided already.
channel accept(const std::shared_ptr<connection_handle>& c, std::uint64_t token, std::span<const std::byte> body,
               std::shared_ptr<request_sink> sink = {});

} // namespace sshoal::conn::operations
