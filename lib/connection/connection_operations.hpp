// connection_operations.hpp - the work of connection's members, on the strand.
#pragma once

#include "connection/channel_state.hpp"

namespace sshoal::conn::operations {

awaitable<outcome<channel>> open_channel(std::shared_ptr<connection_handle> c, std::string type, std::vector<std::byte> body);
awaitable<outcome<std::optional<std::vector<std::byte>>>> request(std::shared_ptr<connection_handle> c, std::string name,
                                                                  std::vector<std::byte> body);
awaitable<outcome<void>> notify(std::shared_ptr<connection_handle> c, std::string name, std::vector<std::byte> body);
awaitable<outcome<void>> rekey(std::shared_ptr<connection_handle> c);
awaitable<outcome<std::chrono::nanoseconds>> ping(std::shared_ptr<connection_handle> c);
awaitable<outcome<failure>> wait_closed(std::shared_ptr<connection_state> c);

/// Accepts an open of the peer that is still undecided; empty if it is not any more.
channel accept(const std::shared_ptr<connection_handle>& c, std::uint64_t token, std::span<const std::byte> body,
               std::shared_ptr<request_sink> sink = {});

} // namespace sshoal::conn::operations
