#include "sftp/client/client_core.hpp"

namespace sshoal::sftp {

using sftp_protocol::type;

client_core::client_core(made_by_make, std::unique_ptr<stream_io> over, client_options options)
    : lot(over->get_executor())
    , stream_(std::move(over))
    , options_(std::move(options))
    , in_(options_.max_packet())
{
}

std::shared_ptr<client_core> client_core::make(std::unique_ptr<stream_io> over, client_options options)
{
    auto made = std::make_shared<client_core>(made_by_make(), std::move(over), std::move(options));
    made->open(made);
    return made;
}

client_core::~client_core() { abandon_all(); }

bool client_core::supports(std::string_view extension_name) const noexcept
{
    return std::any_of(extensions.begin(), extensions.end(), [&](const auto& e) { return e.name == extension_name; });
}

namespace {

/// Returns: whether the path begins with a drive of Windows: "C:", "C:/x", "C:\\x".
bool has_drive(std::string_view path) noexcept
{
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return path.size() >= 2 && letter(path[0]) && path[1] == ':' && (path.size() == 2 || path[2] == '/' || path[2] == '\\');
}
bool has_drive_behind_slash(std::string_view path) noexcept { return path.starts_with('/') && has_drive(path.substr(1)); }

} // namespace

bool client_core::is_absolute(std::string_view real_path) noexcept { return real_path.starts_with('/') || has_drive(real_path); }

std::string client_core::without_nul(std::string path)
{
    if (path.find('\0') != std::string::npos) // OpenSSH's server ends the session for one
        throw error(failure(errc::invalid_argument, "the path \"" + printable(path) + "\" has a NUL in it; nothing was sent"));
    return path;
}

/// If the server shows drives, a path with a drive is absolute, and gets the form that the server uses.
std::string client_core::resolve(std::string path) const
{
    path = without_nul(std::move(path));
    const std::lock_guard lock(directory_mutex_);
    const bool slashed = has_drive_behind_slash(directory_);
    if (has_drive(directory_) && has_drive_behind_slash(path))
        return path.substr(1);
    if ((slashed || has_drive(directory_)) && has_drive(path))
        return slashed ? '/' + path : path;
    if (path.starts_with('/') || directory_.empty())
        return path;
    return path.empty() || path == "." ? directory_ : directory_ + (directory_.ends_with('/') ? "" : "/") + path;
}

void client_core::change_directory(std::string path)
{
    const std::lock_guard lock(directory_mutex_);
    directory_ = std::move(path);
}

void client_core::resume_all()
{
    while (!ready().empty())
        resume();
}

/// Requests that are made during the turn are gathered and sent at its end.
void client_core::resume_and_flush()
{
    const turn_mark mark(*this);
    resume_all();
    flush();
}

void client_core::turn() { resume_and_flush(); }

// -- receiving ----------------------------------------------------------------------------------------------------------------

/// The data of an answer to READ goes straight into the block of the request, without passing through the input buffer.
bool client_core::is_read_answer(std::size_t& length, std::uint32_t& id)
{
    const byte_view head = in_.pending();
    if (head.size() < sftp_protocol::data_head_bytes || head[4] != std::byte(type::data))
        return false;
    id = load_u32(&head[5]);
    length = load_u32(&head[9]);
    const outstanding_request* const r = table_.find(id);
    return r && r->into && length <= r->most && load_u32(&head[0]) == sftp_protocol::data_head_bytes - 4 + length;
}

awaitable<outcome<void>> client_core::receive_data(client_core& self)
{
    std::size_t length = 0;
    std::uint32_t id = 0;
    while (self.is_read_answer(length, id)) {
        const std::shared_ptr<block> into = self.table_.find(id)->into; // kept, since the request may be given up
        const byte_view there = self.in_.pending().subspan(sftp_protocol::data_head_bytes);
        std::size_t have = std::min(there.size(), length);
        std::copy_n(there.data(), have, into->data());
        self.in_.skip(sftp_protocol::data_head_bytes + have);
        while (have < length) {
            const std::span<std::byte> rest(into->data() + have, length - have);
            std::size_t n = self.stream_->try_read(rest);
            if (n == 0) {
                self.resume_and_flush();
                error_code ec;
                n = co_await self.stream_->read_some(rest, ec);
                if (ec)
                    co_return failure(ec);
                if (n == 0)
                    co_return failure(errc::connection_lost, "SFTP ended in the middle of a packet");
            }
            have += n;
        }
        into->size = length;
        const turn_mark mark(self);
        if (failure f = self.answer(id, type::data, wire::reader({})))
            co_return f;
    }
    co_return outcome<void>();
}

/// The room is small unless a packet is known to be long, so that the data of a READ does not come into this buffer.
std::span<std::byte> client_core::room_for_packets()
{
    constexpr std::size_t little = 1024;
    const byte_view begun = in_.pending();
    std::size_t wanted = little;
    if (begun.size() > 4 && begun[4] != std::byte(type::data)) {
        const std::size_t whole = 4 + std::min<std::size_t>(load_u32(begun.data()), options_.max_packet());
        wanted = std::max(little, whole - std::min(whole, begun.size()));
    }
    const std::span<std::byte> room = in_.prepare(wanted);
    return room.first(std::min(room.size(), wanted));
}

failure client_core::take_packets()
{
    std::size_t length = 0;
    std::uint32_t id = 0;
    for (;;) {
        if (is_read_answer(length, id))
            return {}; // receive_data() takes this packet
        const auto packet = in_.next();
        if (!packet) // here a failure ends the session; errc::malformed_message is kept for failures of one request
            return packet.error() == make_error_code(errc::malformed_message) ? failure(errc::protocol_error, "SFTP packet")
                                                                              : failure(packet.error(), "SFTP packet");
        if (!*packet)
            return {};
        if (failure f = take(**packet))
            return f;
    }
}

failure client_core::take(byte_view packet)
{
    wire::reader in(packet);
    const type t = type(in.u8());
    const std::uint32_t id = in.u32();
    if (!in.ok())
        return failure(errc::protocol_error, "SFTP answer without an id");
    return answer(id, t, in);
}

void client_core::note_round_trip(std::uint32_t id)
{
    if (id != alone_)
        return;
    const auto took = std::chrono::steady_clock::now() - alone_since_;
    if (idle_round_trip_.count() == 0 || took < idle_round_trip_)
        idle_round_trip_ = took;
    alone_.reset();
}

failure client_core::answer(std::uint32_t id, type t, wire::reader body)
{
    note_round_trip(id);
    const outstanding_request* const found = table_.find(id);
    if (!found)
        return failure(errc::protocol_error, "SFTP " + name_of(t) + " for a request that was never made");
    bool fits = t == found->expected || t == type::status;
    if (t == type::status && found->expected != type::status && found->expected != type::extended_reply) {
        wire::reader look = body; // STATUS ok in place of a body is wrong; only extensions may answer with either
        fits = status(look.u32()) != status::ok || !look.ok();
    }
    if (t == type::data && found->expected == type::data && body.left() > 0) { // not taken by receive_data()
        const byte_view data = body.string();
        if (!body.ok() || data.size() > found->most)
            return failure(errc::protocol_error, "SFTP DATA is longer than what was asked for");
        std::copy_n(data.data(), data.size(), found->into->data());
        found->into->size = data.size();
    }
    const outstanding_request r = table_.take(id);
    send_waiting();
    if (!fits) {
        const failure f(errc::protocol_error, "SFTP " + name_of(t) + " where " + name_of(r.expected) + " was expected");
        if (r.sink)
            r.sink->on_lost(f);
        return f;
    }
    if (r.sink) {
        r.sink->on_reply(t, body);
    } else if (t == type::handle && r.late == late_reply::close_handle) {
        close_unwanted(body);
    }
    return {};
}

void client_core::close_unwanted(wire::reader handle)
{
    sftp_protocol::packet request(type::close, 0);
    request.string(handle.string());
    send_unanswered(std::move(request));
}

awaitable<void> client_core::read_loop(std::shared_ptr<client_core> self)
{
    failure why;
    for (;;) {
        {
            const turn_mark mark(*self);
            why = self->take_packets();
            self->resume_all();
            self->flush();
        }
        if (why)
            break;
        outcome<void> received = co_await receive_data(*self);
        if (!received) {
            why = received.error();
            break;
        }
        if (const byte_view p = self->in_.pending(); p.size() > 4 && load_u32(p.data()) <= p.size() - 4)
            continue;
        std::size_t length = 0;
        std::uint32_t id = 0;
        if (self->is_read_answer(length, id))
            continue;
        const std::span<std::byte> room = self->room_for_packets();
        std::size_t n = self->stream_->try_read(room);
        if (n == 0) {
            self->resume_and_flush();
            error_code ec;
            n = co_await self->stream_->read_some(room, ec);
            if (ec || n == 0) {
                why = ec ? failure(ec) : failure(errc::connection_lost, "the server has ended SFTP");
                break;
            }
        }
        self->in_.commit(n);
    }
    self->end(why);
    const turn_mark mark(*self);
    self->resume_all();
}

void client_core::end(failure why)
{
    if (over_.exchange(true))
        return;
    trouble_ = std::move(why);
    stream_->close();
    room_.wake_all();
    waiting_.clear();
    for (std::uint32_t id = 0; id < table_.capacity(); ++id)
        if (table_.find(id)) {
            const outstanding_request r = table_.take(id);
            if (r.sink)
                r.sink->on_lost(trouble_);
        }
}

/// Handles may outlive the io_context, so nothing may refer to it from now on.
void client_core::gone() noexcept
{
    abandon_all();
    stream_.reset();
}

void client_core::abandon_all() noexcept
{
    over_ = true;
    ready().abandon();
    waiting_.clear();
    for (std::uint32_t id = 0; id < table_.capacity(); ++id)
        if (table_.find(id)) {
            const outstanding_request r = table_.take(id);
            if (r.sink)
                r.sink->on_teardown();
        }
    room_.abandon();
    while (!gates_.empty()) {
        gate* const g = gates_.back();
        gates_.pop_back();
        g->abandon();
    }
}

} // namespace sshoal::sftp
