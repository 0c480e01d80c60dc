// AddKeysToAgent: adds the key of a log-in to an agent.
#include "client/agent_keeping.hpp"

#include "agent/local_signer.hpp"
#include "sshoal/result_of.hpp"

namespace sshoal {
namespace client {

awaitable<void> keep_in_agent(std::shared_ptr<client_state> state, std::shared_ptr<const agent_keeper> how)
{
    const auto* const used = dynamic_cast<const signing::local_signer*>(state->used_key().get());
    const private_key key = used != nullptr ? used->opened_key() : private_key();
    if (!key)
        co_return;
    if (how->ask) {
        auto asking = how->ask(key.public_half());
        const bool may = co_await std::move(asking);
        if (!may)
            co_return;
    }
    const sshoal::agent to(how->socket_path);
    auto adding = result_of(to.add(key, how->limits));
    const outcome<void> added = co_await std::move(adding);
    const std::string name = printable(key.public_half().comment(), 256) + ' ' + key.public_half().fingerprint();
    if (added)
        state->log(log_level::debug, "the key " + name + " was added to the agent");
    else
        state->log(log_level::warning, "the key " + name + " was not added to the agent: " + added.error().message());
}

} // namespace client

client_options& client_options::add_keys_to_agent(agent_key_limits limits, std::string socket_path, confirm_function ask)
{
    auto keeper = std::make_shared<agent_keeper>();
    keeper->limits = limits;
    keeper->socket_path = std::move(socket_path);
    keeper->ask = std::move(ask);
    edit().keeper = std::move(keeper);
    return *this;
}

} // namespace sshoal
