// awaited_reply.hpp - one request under way, and the coroutine that waits for its answer.
#pragma once

#include "sftp/client/client_core.hpp"

namespace sshoal::sftp {

/// If this object is destroyed before the answer has come, the answer is dropped, and a handle in the answer is closed.
class awaited_reply final : public reply_sink {
public:
    explicit awaited_reply(client_core& core) : core_(core), arrived_(core.ready()) {}
    awaited_reply(const awaited_reply&) = delete;
    ~awaited_reply()
    {
        if (id_ && !done_)
            core_.forget(*id_);
    }

    failure send(sftp_protocol::packet request, sftp_protocol::type expected, late_reply late = late_reply::drop);
    /// Sends READ of `n` bytes into a block of the session.
    failure send_read(const std::string& handle, std::uint64_t offset, std::size_t n);
    /// Sends WRITE with a copy of the data.
    failure send_write(const std::string& handle, std::uint64_t offset, byte_view data);
    /// Sends WRITE with the whole block, which must not change until the answer has come.
    failure send_write(const std::string& handle, std::uint64_t offset, std::shared_ptr<block> data);

    bool done() const noexcept { return done_; }
    /// To be awaited until done().
    auto wait() { return arrived_.wait(); }

    /// Returns: the failure of a STATUS, or the reason why no answer can come any more; none for STATUS ok and for the expected
    /// answer.
    failure refusal(std::string_view what) const;
    sftp_protocol::type kind() const noexcept { return kind_; }
    bytes& body() noexcept { return body_; }
    const std::shared_ptr<block>& data() const noexcept { return into_; }

private:
    failure send(sftp_protocol::packet request, std::shared_ptr<block> data, outstanding_request r);
    void on_reply(sftp_protocol::type t, wire::reader in) override;
    void on_lost(const failure& why) override;
    void on_teardown() noexcept override;

    client_core& core_;
    gate arrived_;
    std::optional<std::uint32_t> id_;
    sftp_protocol::type kind_ = sftp_protocol::type::status;
    bytes body_;
    std::shared_ptr<block> into_;
    failure lost_;
    bool done_ = false;
};

} // namespace sshoal::sftp
