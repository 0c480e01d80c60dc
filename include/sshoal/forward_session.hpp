// forward_session.hpp - what a client lends to the programs that it starts at a server: its agent (OpenSSH's PROTOCOL.agent, as
// draft-ietf-sshm-ssh-agent §10 describes it).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/forward.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sshoal SSHOAL_API {
namespace forward {

/// Makes a stream for each connection that arrives. Errors: exceptions; the connection is refused then.
/// Executor: the connection's strand. Cancellation: terminal, when the forwarding ends.
using stream_source = std::function<awaitable<std::unique_ptr<byte_stream>>()>;

/// Lends the agent to the programs that are started on this connection from now on (ssh -A): each session asks for the agent
/// with auth-agent-req@openssh.com, and every connection to the socket that the server makes is carried to the agent's socket
/// here. An empty path means $SSH_AUTH_SOCK. Whoever can act as the user at the server, such as its administrator, can sign with
/// the agent's keys for as long as the connection lasts; a jump host (client_options::jump()) needs no such trust.
/// Returns: a handle, which has no address; dropping the last one ends the forwarding. A server that refuses the request does so
/// silently. Errors: errc::agent_failure if there is neither a path nor $SSH_AUTH_SOCK; errc::operation_in_progress if the agent
/// is forwarded already, or the program has an acceptor for auth-agent@openssh.com; the failure that ended the connection.
/// Cancellation: none; agent() does not wait for the network. Executor: any; the forwarding runs on the connection's strand.
awaitable<forwarding> agent(connection through, std::string socket_path = {}, options how = {});
/// The same with an agent of the program's own: `source` makes one end of a stream for each connection, and the program speaks
/// the agent's protocol at the other end.
awaitable<forwarding> agent(connection through, stream_source source, options how = {});

} // namespace forward
} // namespace sshoal
