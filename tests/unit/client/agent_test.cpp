#include "catch.hpp"

#include "agent/protocol/agent_messages.hpp"
#include "session_support.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/signer.hpp"
#include "wire/writer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace session_test;

namespace {

using local = asio::local::stream_protocol;
const bytes message(100, std::byte(7));

/// Accepts one connection, reads one request, sends these bytes and ends, or waits for the client to.
class fake_agent {
public:
    explicit fake_agent(bytes answer, bool hold = false)
        : answer_(std::move(answer)), hold_(hold), acceptor_(ctx, local::endpoint(socket()))
    {
        asio::co_spawn(ctx, serve(), asio::detached);
    }
    std::string socket() const { return folder_ / "agent"; }

    /// Runs `work` against the agent.
    template <class T>
    T talk(awaitable<T> work)
    {
        std::optional<T> value;
        asio::co_spawn(ctx, std::move(work), asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, T v) {
                           value.emplace(std::move(v));
                           acceptor_.close();
                       }));
        ctx.run();
        return std::move(*value);
    }

    asio::io_context ctx{1};
    asio::cancellation_signal cancel;
    bool asked = false, left = false;

private:
    awaitable<void> serve()
    {
        error_code ec;
        local::socket client(ctx);
        co_await acceptor_.async_accept(client, asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            co_return;
        std::byte head[4];
        co_await asio::async_read(client, asio::buffer(head), asio::redirect_error(asio::use_awaitable, ec));
        bytes request(load_u32(head));
        co_await asio::async_read(client, asio::buffer(request), asio::redirect_error(asio::use_awaitable, ec));
        asked = !ec;
        // In pieces, so that the client has to put them together.
        for (std::size_t at = 0; at < answer_.size() && !ec; at += 1000) {
            const auto piece = asio::buffer(answer_.data() + at, std::min<std::size_t>(1000, answer_.size() - at));
            co_await asio::async_write(client, piece, asio::redirect_error(asio::use_awaitable, ec));
        }
        if (hold_) {
            co_await asio::async_read(client, asio::buffer(head), asio::redirect_error(asio::use_awaitable, ec));
            left = ec == asio::error::eof;
        }
    }

    temporary_folder folder_;
    bytes answer_;
    bool hold_;
    local::acceptor acceptor_;
};

bytes frame(const bytes& content)
{
    bytes b(4);
    store_u32(b.data(), std::uint32_t(content.size()));
    append(b, content);
    return b;
}

bytes head_of(std::uint32_t size)
{
    bytes b(4);
    store_u32(b.data(), size);
    return b;
}

bytes listing(const std::vector<bytes>& blobs)
{
    bytes b;
    wire::writer out(b);
    out.u8(12).u32(std::uint32_t(blobs.size()));
    for (const bytes& blob : blobs)
        out.string(byte_view(blob)).string(std::string_view("a\x1b comment"));
    return frame(b);
}

bytes blob_of(const public_key& k) { return copy_of(k.blob()); }

} // namespace

TEST_CASE("OpenSSH's agent takes keys of each type, and forgets one when its time is over")
{
    if (!in_path("ssh-agent")) {
        WARN("SKIPPED: ssh-agent is not installed");
        return;
    }
    const real_agent keeper;
    const agent a(keeper.socket());
    std::vector<private_key> keys;
    for (const key_type t : {key_type::ed25519, key_type::ecdsa_p256, key_type::ecdsa_p384, key_type::ecdsa_p521, key_type::rsa})
        keys.push_back(private_key::generate(t, 0, "made here").value());
    for (const private_key& k : keys)
        REQUIRE(waited(result_of(a.add(k))).has_value());
    const auto held = waited(result_of(a.identities()));
    REQUIRE(held.has_value());
    REQUIRE(held->size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        CHECK((*held)[i]->key() == keys[i].public_half());
        CHECK((*held)[i]->key().comment() == "made here");
        const std::string algorithm(keys[i].public_half().signature_algorithms().front());
        CHECK(waited((*held)[i]->sign(algorithm, message)).has_value()); // it is checked there
    }
    agent_key_limits shortly;
    shortly.lifetime = std::chrono::seconds(1);
    const private_key brief = private_key::generate(key_type::ed25519).value();
    REQUIRE(waited(result_of(a.add(brief, shortly))).has_value());
    CHECK(waited(result_of(a.identities()))->size() == keys.size() + 1);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        gone = waited(result_of(a.identities()))->size() == keys.size();
    }
    CHECK(gone);
    const agent nowhere("/no/such/agent");
    CHECK(waited(result_of(nowhere.add(brief))).error().code() == errc::agent_failure);
}

TEST_CASE("an agent that refuses a key is an error")
{
    fake_agent refusing(frame({std::byte(5)}));
    const auto added = refusing.talk(result_of(agent(refusing.socket()).add(private_key::generate(key_type::ed25519).value())));
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error().code() == errc::agent_failure);
    CHECK(added.error().context().find("refused to add") != std::string::npos);
}

TEST_CASE("OpenSSH's agent lists its keys and signs with them")
{
    if (!in_path("ssh-agent") || !in_path("ssh-add")) {
        WARN("SKIPPED: ssh-agent and ssh-add are not installed");
        return;
    }
    real_agent keeper;
    const agent a(keeper.socket());
    const auto empty = waited(result_of(a.identities()));
    REQUIRE(empty.has_value());
    CHECK(empty->empty());

    const std::vector<std::string> names{"ed25519", "rsa", "ecdsa_p256", "ecdsa_p384", "ecdsa_p521"};
    for (const auto& name : names)
        REQUIRE(keeper.add(name));
    const auto held = waited(result_of(a.identities()));
    REQUIRE(held.has_value());
    REQUIRE(held->size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        signer& s = *(*held)[i];
        CHECK(s.key() == known_key(names[i]));
        CHECK(s.key().comment() == known_key(names[i]).comment());
        for (const std::string_view algorithm : s.key().signature_algorithms()) {
            const auto signature = waited(s.sign(std::string(algorithm), message));
            if (algorithm == "ssh-rsa" && !signature)
                continue; // SHA-1, which agents may refuse
            REQUIRE(signature.has_value());
            CHECK(s.key().verify(algorithm, message, *signature));
        }
        CHECK(waited(s.sign("ssh-dss", message)).error().code() == errc::unknown_algorithm);
    }

    // The agent was told to forget its keys: the signers outlive them and say so.
    REQUIRE(finish_program(start_program({"ssh-add", "-q", "-D"}, keeper.socket())) == 0);
    CHECK(waited((*held)[0]->sign("ssh-ed25519", message)).error().code() == errc::agent_failure);
}

TEST_CASE("Without an agent there is an error that says what was tried")
{
    const temporary_folder folder;
    const auto nobody = waited(result_of(agent(folder / "nobody").identities()));
    REQUIRE(nobody.has_error());
    CHECK(nobody.error().code() == errc::agent_failure);
    CHECK(nobody.error().context().find(folder / "nobody") != std::string::npos);
    CHECK_THROWS_AS(waited(agent(folder / "nobody").identities()), error);
    CHECK(waited(result_of(agent(std::string(500, 'x')).identities())).error().code() == errc::agent_failure);

    const char* const old = ::getenv("SSH_AUTH_SOCK");
    const std::string kept = old != nullptr ? old : "";
    ::unsetenv("SSH_AUTH_SOCK");
    CHECK(waited(result_of(agent().identities())).error().context().find("SSH_AUTH_SOCK") != std::string::npos);
    ::setenv("SSH_AUTH_SOCK", "/run/somewhere", 1);
    CHECK(agent().socket_path() == "/run/somewhere");
    if (old != nullptr)
        ::setenv("SSH_AUTH_SOCK", kept.c_str(), 1);
    else
        ::unsetenv("SSH_AUTH_SOCK");
}

TEST_CASE("Answers that are nonsense are a failure of the agent and cost no memory")
{
    bytes odd;
    SECTION("nothing at all") {}
    SECTION("a length that is cut short") { odd = bytes(3); }
    SECTION("length 0") { odd = head_of(0); }
    SECTION("length 256 KiB + 1") { odd = head_of(256 * 1024 + 1); }
    SECTION("length 2^32 - 1") { odd = head_of(0xffffffff); }
    SECTION("an answer that is cut short") { odd = head_of(1000); odd.push_back(std::byte(12)); }
    SECTION("refusal") { odd = frame({std::byte(5)}); }
    SECTION("another answer") { odd = frame({std::byte(14), std::byte(0), std::byte(0), std::byte(0), std::byte(0)}); }
    SECTION("a list that is cut short") { odd = frame({std::byte(12), std::byte(0), std::byte(0), std::byte(0), std::byte(9)}); }
    fake_agent liar(odd);
    const auto got = liar.talk(result_of(agent(liar.socket()).identities()));
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::agent_failure);
    CHECK(got.error().context().find(liar.socket()) != std::string::npos);
    CHECK(liar.asked);
}

TEST_CASE("Keys of types that are not known are passed over, and comments are printable")
{
    const public_key good = fresh_key();
    bytes strange;
    wire::writer(strange).string(std::string_view("sk-ssh-ed25519@openssh.com")).string(std::string_view("x"));
    std::vector<bytes> blobs{strange, bytes(), bytes(5), blob_of(good)};
    for (int i = 0; i < 100; ++i)
        blobs.push_back(strange);
    fake_agent mixed(listing(blobs));
    const auto got = mixed.talk(result_of(agent(mixed.socket()).identities()));
    REQUIRE(got.has_value());
    REQUIRE(got->size() == 1);
    CHECK((*got)[0]->key() == good);
    CHECK((*got)[0]->key().comment().find('\x1b') == std::string::npos);
}

TEST_CASE("A signature that is not what was asked for is not passed on")
{
    const auto key = private_key::generate(key_type::ed25519).value();
    bytes signature;
    SECTION("by another key")
    {
        const auto other = private_key::generate(key_type::ed25519).value();
        signature = other.sign("ssh-ed25519", message).value();
    }
    SECTION("over something else") { signature = key.sign("ssh-ed25519", bytes(3)).value(); }
    SECTION("no signature") { signature = bytes(30); }

    // One agent that lists and one that signs, one after the other at the same place.
    bytes answer;
    wire::writer(answer).u8(14).string(byte_view(signature));
    fake_agent lister(listing({blob_of(key.public_half())}));
    const std::string path = lister.socket();
    const auto held = lister.talk(result_of(agent(path).identities())).value();
    REQUIRE(held.size() == 1);
    fake_agent forger(frame(answer));
    std::filesystem::remove(path);
    std::filesystem::create_symlink(forger.socket(), path);
    const auto got = forger.talk(held[0]->sign("ssh-ed25519", message));
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::agent_failure);
    CHECK(forger.asked);
}

TEST_CASE("Waiting for an agent has no end of its own and can be cancelled")
{
    fake_agent slow({}, true);
    asio::steady_timer later(slow.ctx, std::chrono::milliseconds(100));
    later.async_wait([&](error_code) { slow.cancel.emit(asio::cancellation_type::terminal); });
    const auto got = slow.talk(result_of(agent(slow.socket()).identities()));
    REQUIRE(got.has_error());
    CHECK(got.error().code() == asio::error::operation_aborted);
    CHECK(slow.asked);
    CHECK(slow.left);
}

TEST_CASE("More to sign than an agent takes is refused before it is asked")
{
    const auto key = fresh_key();
    fake_agent lister(listing({blob_of(key)}));
    const auto held = lister.talk(result_of(agent(lister.socket()).identities())).value();
    REQUIRE(held.size() == 1);
    CHECK(waited(held[0]->sign("ssh-ed25519", bytes(256 * 1024))).error().code() == errc::invalid_argument);
}
