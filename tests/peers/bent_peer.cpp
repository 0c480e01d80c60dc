#include "bent_peer.hpp"

#include "wire/auth_messages.hpp"

namespace rig {
std::uint8_t number_of(byte_view payload) { return std::to_integer<std::uint8_t>(payload[0]); }

bytes short_message(std::uint8_t n, std::uint32_t recipient)
{
    bytes m;
    wire::writer(m).u8(n).u32(recipient);
    return m;
}

void say_data(bent_peer& p, std::uint32_t to, std::string_view text)
{
    msg::channel_data m;
    m.recipient = to;
    m.data = view_of(text);
    p.say(m);
}

void say_request(bent_peer& p, std::uint32_t to, std::string_view type, bool want_reply, byte_view body)
{
    msg::channel_request m;
    m.recipient = to;
    m.type = type;
    m.want_reply = want_reply;
    m.rest = body;
    p.say(m);
}

void say_exit(bent_peer& p, std::uint32_t to, std::uint32_t status)
{
    const bytes body = wire::encoded(msg::exit_status{status});
    say_request(p, to, msg::exit_status::name, false, body);
}

std::shared_ptr<bent_peer> bent_peer::make(role self) { return std::shared_ptr<bent_peer>(new bent_peer(self)); }

bent_peer::bent_peer(role self) : end_(self, 1), self_(self)
{
    end_.keys.push_back(host_key());
    end_.keep_payloads = false;
    end_.on_message = [this](byte_view payload) { return heard(payload); };
    end_.bend_signature = [this](bytes&) { // comes behind the peer's KEXINIT and before NEWKEYS
        if (!sends_ext_info)
            transport::test::guts(*end_.t).peer_reads_ext_info_ = false;
    };
    end_.when_keys = [this] {
        if (self_ == role::client && end_.first_keys + end_.later_keys == 1) {
            msg::service_request m;
            m.name = "ssh-userauth";
            end_.t->send(wire::encoded(m));
        }
    };
}

std::uint32_t bent_peer::sequence() const noexcept { return transport::test::guts(*end_.t).reader_.next_sequence() - 1; }

void bent_peer::unimplemented()
{
    msg::unimplemented m;
    m.sequence = sequence();
    say(m);
}

std::size_t bent_peer::count(std::uint8_t number) const
{
    std::size_t n = 0;
    for (const bytes& b : received_)
        n += number_of(b) == number;
    return n;
}

failure bent_peer::heard(byte_view payload)
{
    received_.push_back(copy_of(payload));
    if (logged_in_) {
        if (on_message)
            on_message(*this, payload);
    } else if (!(during_log_in && during_log_in(*this, payload))) {
        if (log_in_step(payload)) {
            logged_in_ = true;
            end_.t->set_phase(transport::phase::connected);
            if (on_logged_in)
                on_logged_in(*this);
        }
    }
    return {};
}

/// Returns: the log-in is over.
bool bent_peer::log_in_step(byte_view payload)
{
    switch (number_of(payload)) {
    case number::service_request: {
        end_.t->set_phase(transport::phase::auth);
        msg::service_accept m;
        m.name = "ssh-userauth";
        say(m);
        return false;
    }
    case number::service_accept: {
        end_.t->set_phase(transport::phase::auth_busy);
        msg::userauth_request m;
        m.user = "tester";
        m.service = "ssh-connection";
        msg::auth_password p;
        p.password = "right";
        m.method = p.method;
        const bytes rest = wire::encoded(p);
        m.rest = rest;
        say(m);
        return false;
    }
    case number::userauth_request:
        end_.t->set_phase(transport::phase::auth_busy);
        say(bytes{std::byte(number::userauth_success)});
        return true;
    case number::userauth_success: return true;
    default: return false;
    }
}

void bent_peer::say(byte_view payload)
{
    end_.t->send(payload);
    flush();
}

void bent_peer::hang_up()
{
    hung_up_ = true;
    if (stream_)
        stream_->close();
}

void bent_peer::flush()
{
    io_buffer& out = end_.t->output();
    while (stream_ && !hung_up_ && !out.empty()) {
        error_code ec;
        const std::size_t n = stream_->try_write(out.view(), ec);
        if (n == 0)
            return; // a full pipe: the talk goes on writing when it reads; tests keep below its capacity
        out.consume(n);
    }
}

awaitable<void> bent_peer::talk(std::unique_ptr<byte_stream> stream)
{
    const auto self = shared_from_this();
    stream_ = std::move(stream);
    if (prepare)
        prepare(end_.config);
    end_.create();
    end_.t->start(clock::now());
    flush();
    while (!hung_up_) {
        error_code ec;
        io_buffer& in = end_.t->input();
        const std::size_t n = stream_->try_read(in.prepare(64 * 1024), ec);
        if (n > 0) {
            in.commit(n);
            while (end_.t->receive(clock::now(), 1 << 20) && !hung_up_) {
            }
            flush();
        } else if (ec == asio::error::would_block) {
            (void)co_await stream_->wait_readable();
            flush();
        } else {
            break;
        }
    }
    gone_ = !hung_up_;
    stream_->close();
}

awaitable<connection> client_at(std::shared_ptr<bent_peer> server, client_options c)
{
    const executor here = co_await asio::this_coro::executor;
    auto streams = make_memory_streams(here, here, 4 << 20);
    spawn(here, server->talk(std::move(streams.second)));
    connection made = co_await connect(std::move(streams.first), "bent", std::move(c));
    co_return std::move(made);
}

awaitable<server_connection> server_for(std::shared_ptr<bent_peer> client, server_options s)
{
    const executor here = co_await asio::this_coro::executor;
    auto streams = make_memory_streams(here, here, 4 << 20);
    spawn(here, client->talk(std::move(streams.second)));
    server_connection made = co_await accept(std::move(streams.first), std::move(s));
    co_return std::move(made);
}

server_options password_setup()
{
    return server_options()
        .host_key(host_key())
        .authenticator(authenticate_password("tester", "right"))
        .auth_failure_delay(std::chrono::milliseconds(0));
}

void confirm_open(bent_peer& peer, byte_view open, std::uint32_t window)
{
    const auto o = msg::channel_open::decode(open);
    msg::channel_open_confirmation m;
    m.recipient = o.value().sender;
    m.sender = 7;
    m.window = window;
    m.max_packet = 32768;
    peer.say(m);
}

std::string request_type(byte_view channel_request)
{
    return std::string(msg::channel_request::decode(channel_request).value().type);
}

} // namespace rig
