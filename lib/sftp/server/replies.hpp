// replies.hpp - the server's packets, written into the output.
#pragma once

#include "sftp/protocol/messages.hpp"
#include "sftp/server/output.hpp"

namespace sshoal::sftp {

/// The status code of version 3 for a failure, and the text with it.
std::pair<status, std::string> status_for(const failure& f);
failure failure_from(const std::exception_ptr& thrown);

class replies {
public:
    explicit replies(output& to) noexcept
        : to_(to)
    {
    }

    void status_of(std::uint32_t id, status code, std::string_view text = {});
    void done(std::uint32_t id) { status_of(id, status::ok); }
    void failed(std::uint32_t id, const failure& f);
    void handle(std::uint32_t id, byte_view name);
    void attrs(std::uint32_t id, const attributes& a);
    /// Writes one name without attributes, as for REALPATH.
    void name(std::uint32_t id, std::string_view path);
    /// Returns: how many of the entries found room, at least one.
    std::size_t names(std::uint32_t id, std::span<const directory_entry> entries);
    void file_system(std::uint32_t id, const file_system_info& info);
    void limits(std::uint32_t id, const server_limits& l);
    void owners(std::uint32_t id, const std::vector<std::string>& users, const std::vector<std::string>& groups);
    void check_file(std::uint32_t id, std::string_view algorithm, byte_view digests);

private:
    wire::writer begin(sftp_protocol::type t, std::uint32_t id);
    void end();

    output& to_;
    bytes packet_;
};

} // namespace sshoal::sftp
