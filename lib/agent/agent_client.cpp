// The user's agent over its Unix socket (draft-ietf-sshm-ssh-agent). There is no deadline: a signature may wait until the user
// presses a button.

#include "sshoal/signer.hpp"

#include "agent/protocol/agent_messages.hpp"
#include "keys/key_impl.hpp"
#include "keys/openssh_format.hpp"
#include "net/crossing.hpp"
#include "net/dialling.hpp"
#include "net/stream_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdlib>

namespace sshoal {
namespace {

namespace messages = agent_protocol;

/// Every error but a cancellation is a failure of the agent.
failure agent_failure(const std::string& path, const error_code& why, std::string_view what)
{
    if (why == asio::error::operation_aborted)
        return why;
    std::string text = "agent at " + printable(path) + ": ";
    text += what;
    if (why.failed() && why != errc::agent_failure)
        text += (what.empty() ? "" : ": ") + why.message();
    return {errc::agent_failure, std::move(text)};
}

/// Reads until the span is full. Returns: an error, also for the end of the stream.
awaitable<error_code> read_all(net::stream_io& io, byte_span into)
{
    error_code ec;
    auto reading = io.read(into, ec);
    const std::size_t n = co_await std::move(reading);
    if (n < into.size() && !ec)
        ec = asio::error::eof;
    co_return ec;
}

/// Connects to the agent and sends one frame. Returns: the answer, without its length.
awaitable<outcome<bytes>> exchange(std::string path, secure_bytes request)
{
    if (path.empty())
        co_return failure(errc::agent_failure, "no agent: SSH_AUTH_SOCK is not set");
    const executor here = co_await asio::this_coro::executor;
    auto connecting = net::dial_unix(path);
    net::stream_outcome connected = co_await std::move(connecting);
    if (!connected)
        co_return agent_failure(path, connected.error().code(), "");
    const auto io = net::make_stream_io(std::move(*connected), here);

    error_code ec;
    auto writing = io->write(request, ec);
    co_await std::move(writing);
    if (ec)
        co_return agent_failure(path, ec, "cannot send");
    std::byte head[messages::frame_head_size];
    ec = co_await read_all(*io, head);
    if (ec)
        co_return agent_failure(path, ec, "no answer");
    const result<std::size_t> size = messages::read_frame_head(head);
    if (!size)
        co_return agent_failure(path, size.error(), "an answer of an impossible size");
    bytes answer(*size);
    ec = co_await read_all(*io, answer);
    if (ec)
        co_return agent_failure(path, ec, "the answer is cut short");
    co_return answer;
}

class agent_signer final : public signer {
public:
    agent_signer(std::string path, public_key key, presented_key shown)
        : path_(std::move(path)), key_(std::move(key)), shown_(std::move(shown))
    {
    }

    const public_key& key() const override { return key_; }
    presented_key presented() const override { return shown_; }

    awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) override
    {
        if (!key_.can_verify(algorithm))
            co_return failure(errc::unknown_algorithm, "no signature of this key with " + printable(algorithm, 64));
        result<bytes> request = messages::encode_sign_request(shown_.blob(), data, messages::flags_for(algorithm));
        if (!request)
            co_return failure(request.error(), "more to sign than an agent takes");
        auto asking = exchange(path_, secure_bytes(request->begin(), request->end()));
        outcome<bytes> answer = co_await std::move(asking);
        if (!answer)
            co_return answer.error();
        result<bytes> signature = messages::decode_sign_response(*answer);
        if (!signature)
            co_return agent_failure(path_, signature.error(), "refused to sign with " + key_.fingerprint());
        // Agents from before RFC 8332 ignore the flags and sign with SHA-1; the server would count that as a failed attempt.
        if (!key_.verify(algorithm, data, *signature))
            co_return agent_failure(path_, {}, "its signature is not one with " + algorithm + " by " + key_.fingerprint());
        co_return std::move(*signature);
    }

private:
    const std::string path_;
    const public_key key_; ///< has the agent's comment
    const presented_key shown_;
};

awaitable<outcome<std::vector<std::shared_ptr<signer>>>> list_signers(std::string path)
{
    const bytes request = messages::encode_request_identities();
    auto asking = exchange(path, secure_bytes(request.begin(), request.end()));
    outcome<bytes> answer = co_await std::move(asking);
    if (!answer)
        co_return answer.error();
    const result<std::vector<messages::identity>> listed = messages::decode_identities_answer(*answer);
    if (!listed)
        co_return agent_failure(path, listed.error(), "no list of keys");
    std::vector<std::shared_ptr<signer>> signers;
    for (const messages::identity& i : *listed) {
        // Keys of types that sshoal does not read, and keys that are too small, are left out.
        outcome<presented_key> shown = presented_key::from_blob(i.key_blob);
        if (!shown)
            continue;
        auto key = keys::read_unchecked(shown->bare().blob(), printable(i.comment));
        if (key)
            signers.push_back(std::make_shared<agent_signer>(path, std::move(*key), std::move(*shown)));
    }
    co_return signers;
}

awaitable<void> add_or_throw(std::string path, private_key key, agent_key_limits limits)
{
    const secure_bytes fields = keys::private_fields(key.get().numbers);
    const auto seconds = std::uint32_t(std::clamp<std::int64_t>(limits.lifetime.count(), 0, UINT32_MAX));
    result<secure_bytes> request
        = messages::encode_add_identity(fields, key.public_half().comment(), seconds, limits.confirm);
    if (!request)
        throw error(agent_failure(path, request.error(), "a key that is larger than an agent takes"));
    auto asking = exchange(path, std::move(*request));
    outcome<bytes> answer = co_await std::move(asking);
    if (!answer)
        throw error(answer.error());
    if (const result<void> added = messages::decode_success(*answer); !added)
        throw error(agent_failure(path, added.error(), "refused to add " + key.public_half().fingerprint()));
}

awaitable<std::vector<std::shared_ptr<signer>>> signers_or_throw(std::string path)
{
    auto listing = list_signers(std::move(path));
    outcome<std::vector<std::shared_ptr<signer>>> listed = co_await std::move(listing);
    co_return net::taken(listed);
}

} // namespace

agent::agent(std::string socket_path) : path_(std::move(socket_path))
{
    if (!path_.empty())
        return;
    if (const char* const from_environment = std::getenv("SSH_AUTH_SOCK"))
        path_ = from_environment;
}

// This is no coroutine, because the object may be a temporary that is gone before the first step.
awaitable<std::vector<std::shared_ptr<signer>>> agent::identities() const { return signers_or_throw(path_); }

awaitable<void> agent::add(private_key key, agent_key_limits limits) const { return add_or_throw(path_, std::move(key), limits); }

} // namespace sshoal
