// client_publickey.cpp - log-in with a key (RFC 4252 §7): the client asks whether the server accepts the key, then signs. RSA
// keys have several algorithms (RFC 8332 §3).
#include "auth/client_userauth.hpp"
#include "base/listed.hpp"
#include "keys/signature_algorithms.hpp"

#include <algorithm>

namespace sshoal::auth {
namespace {

constexpr std::string_view publickey_method = wire::msg::auth_publickey::method;

/// Returns the algorithms to try, in order. For RSA keys, which have several, the server's list of algorithms decides; a server
/// without a list is asked about each algorithm.
std::vector<std::string> algorithms_to_try(const client_userauth& st, const identity& id)
{
    if (id.key.algorithms().size() < 2 || !st.link.has_server_sig_algs())
        return id.algorithms;
    for (const std::string& algorithm : id.algorithms)
        if (listed(st.link.server_sig_algs(), algorithm)
            || listed(st.link.server_sig_algs(), presented_key::signature_algorithm(algorithm)))
            return {algorithm};
    return {};
}

/// Keys of one type may have several algorithms (RFC 8332 §3).
bool same_key_type(std::string_view a, std::string_view b)
{
    const auto* const first = keys::find_signature_algorithm(presented_key::signature_algorithm(a));
    const auto* const second = keys::find_signature_algorithm(presented_key::signature_algorithm(b));
    return a == b || (first && second && first->type == second->type);
}

/// The same key may come from a file and from an agent.
bool offered_before(const client_userauth& st, const identity& id)
{
    const auto same = [&](const bytes& blob) { return equal(blob, id.key.blob()); };
    return std::any_of(st.offered.begin(), st.offered.end(), same);
}

wire::msg::auth_publickey request_for(const identity& id, std::string_view algorithm)
{
    wire::msg::auth_publickey request;
    request.algorithm = algorithm;
    request.key = id.key.blob();
    return request;
}

void tell(const client_userauth& st, const char* what, const identity& id)
{
    if (st.settings.log && id.key)
        st.settings.log(std::string(what) + std::string(id.key.type_name()) + ' ' + id.key.fingerprint());
}

/// Asks whether the server accepts the key; step::proceed means that it does.
flow<outcome<step>> query(client_userauth& st, const identity& id, std::string_view algorithm)
{
    send_request(st, request_for(id, algorithm));
    outcome<received> reply = co_await next_reply(st);
    if (!reply)
        co_return reply.error();
    outcome<step> ended = conclude(st, publickey_method, *reply, wire::number::userauth_pk_ok);
    if (!ended || *ended != step::proceed)
        co_return ended;
    // The server's answer only repeats the request. Some servers name another algorithm of the same key; a wrong algorithm is no
    // reason to give up the remaining keys.
    const auto ok = wire::msg::userauth_pk_ok::decode(reply->payload());
    if (ok && equal(ok->key, id.key.blob()) && same_key_type(ok->algorithm, algorithm)) {
        tell(st, "Server accepts key: ", id);
        co_return step::proceed;
    }
    st.note = "a key was left out, as the server's answer to its offer was about another key";
    co_return step::gave_up;
}

flow<outcome<step>> sign_and_send(client_userauth& st, const identity& id, std::size_t index, std::string_view algorithm)
{
    wire::msg::auth_publickey request = request_for(id, algorithm);
    sign_question to_sign;
    to_sign.identity = index;
    to_sign.algorithm = presented_key::signature_algorithm(algorithm);
    wire::writer input(to_sign.data);
    wire::msg::write_signature_input(input, st.link.session_id(), st.settings.user, connection_service, request);
    client_question question(std::move(to_sign));
    outcome<outcome<bytes>> answer = co_await ask<outcome<bytes>>(st, question);
    if (!answer)
        co_return answer.error();
    const outcome<bytes>& signature = *answer;
    if (!signature) {
        const failure& why = signature.error();
        st.note = "a key could not sign: " + (why.context().empty() ? why.code().message() : why.context());
        co_return step::gave_up;
    }
    request.has_signature = true;
    request.signature = *signature;
    st.proof_sent = true;
    send_request(st, request);
    outcome<received> reply = co_await next_reply(st);
    if (!reply)
        co_return reply.error();
    co_return conclude(st, publickey_method, *reply);
}

} // namespace

flow<outcome<step>> attempt_publickey(client_userauth& st)
{
    const std::size_t index = st.next_identity++;
    identity opened;
    if (!st.settings.identities[index].key) {
        open_question which;
        which.identity = index;
        client_question question(std::move(which));
        outcome<outcome<identity>> answer = co_await ask<outcome<identity>>(st, question);
        if (!answer)
            co_return answer.error();
        outcome<identity>& key = *answer;
        if (!key) {
            st.note = "a key was left out: " + key.error().message();
            co_return step::gave_up;
        }
        opened = std::move(*key);
    }
    const identity& id = opened.key ? opened : st.settings.identities[index];
    if (offered_before(st, id))
        co_return step::gave_up;
    st.offered.push_back(copy_of(byte_view(id.key.blob())));
    st.tried_key = id.key;
    const std::vector<std::string> algorithms = algorithms_to_try(st, id);
    if (algorithms.empty()) {
        st.note = "a key was left out, as the server verifies none of its signature algorithms";
        co_return step::gave_up;
    }
    ++st.keys_offered;
    tell(st, "Offering public key: ", id);
    const bool ask_first = !st.settings.sign_at_once || algorithms.size() > 1;
    for (const std::string& algorithm : algorithms) {
        if (ask_first) {
            outcome<step> would_do = co_await query(st, id, algorithm);
            if (!would_do)
                co_return would_do;
            if (*would_do == step::failed && &algorithm != &algorithms.back() && st.server_takes(publickey_method))
                continue;
            if (*would_do != step::proceed)
                co_return would_do;
        }
        outcome<step> ended = co_await sign_and_send(st, id, index, algorithm);
        co_return ended;
    }
    co_return step::failed;
}

} // namespace sshoal::auth
