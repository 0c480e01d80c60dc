#include "sftp/client/awaited_reply.hpp"

namespace sshoal::sftp {

using sftp_protocol::packet;
using sftp_protocol::type;

failure awaited_reply::send(packet request, std::shared_ptr<block> data, outstanding_request r)
{
    r.sink = this;
    id_ = core_.send(std::move(request), std::move(data), std::move(r));
    if (id_)
        return {};
    done_ = true;
    return core_.over() ? core_.trouble() : failure(errc::too_many_pending, "SFTP requests under way");
}

failure awaited_reply::send(packet request, type expected, late_reply late)
{
    outstanding_request r;
    r.expected = expected;
    r.late = late;
    return send(std::move(request), nullptr, std::move(r));
}

failure awaited_reply::send_read(const std::string& handle, std::uint64_t offset, std::size_t n)
{
    into_ = core_.blocks().get(n);
    outstanding_request r;
    r.expected = type::data;
    r.into = into_;
    r.most = n;
    packet request(type::read, 0);
    request.string(handle).u64(offset).u32(std::uint32_t(n));
    return send(std::move(request), nullptr, std::move(r));
}

failure awaited_reply::send_write(const std::string& handle, std::uint64_t offset, byte_view data)
{
    packet request(type::write, 0, 32 + handle.size() + data.size());
    request.string(handle).u64(offset).string(data);
    return send(std::move(request), type::status);
}

failure awaited_reply::send_write(const std::string& handle, std::uint64_t offset, std::shared_ptr<block> data)
{
    packet head(type::write, 0, 32 + handle.size());
    head.string(handle).u64(offset).u32(std::uint32_t(data->size));
    outstanding_request r;
    r.expected = type::status;
    return send(std::move(head), std::move(data), std::move(r));
}

void awaited_reply::on_reply(type t, wire::reader in)
{
    kind_ = t;
    body_ = copy_of(in.rest());
    done_ = true;
    arrived_.wake_all();
}

void awaited_reply::on_lost(const failure& why)
{
    lost_ = why;
    done_ = true;
    arrived_.wake_all();
}

void awaited_reply::on_teardown() noexcept
{
    done_ = true;
    arrived_.abandon();
}

failure awaited_reply::refusal(std::string_view what) const
{
    if (lost_ || kind_ != type::status)
        return lost_;
    wire::reader in(body_);
    const sftp_protocol::status_reply s = sftp_protocol::decode_status(in);
    if (!in.ok())
        return failure(errc::malformed_message, "the server's answer cannot be read: SFTP STATUS");
    return s.code == status::ok ? failure() : sftp_protocol::failure_of(s, what);
}

} // namespace sshoal::sftp
