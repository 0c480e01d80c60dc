// server_publickey.cpp - log-in with a key, the server's side (RFC 4252 §7). Key and signature are verified before the
// application is asked, in the same way for known and unknown users. The answer to a query is never used when the signature
// arrives.
#include "auth/server_userauth.hpp"

#include "base/listed.hpp"

#include <algorithm>

namespace sshoal::auth {
namespace {

/// Returns the key if it is valid, its type fits the algorithm, and this server accepts both; no key otherwise.
presented_key acceptable_key(const server_settings& s, const wire::msg::auth_publickey& request)
{
    if (!listed(s.signature_algorithms, request.algorithm))
        return {};
    outcome<presented_key> key = presented_key::from_blob(request.key);
    // A blob that is not the canonical encoding of its key would let one key pass under several names.
    if (!key || !equal(key->blob(), request.key) || !key->has_algorithm(request.algorithm))
        return {};
    if (key->bare().type() == key_type::rsa && key->bare().bits() < s.required_rsa_bits)
        return {};
    return std::move(*key);
}

/// Verifies the client's signature.
struct verify_work {
    verify_work(const server_userauth& st, const presented_key& k, const wire::msg::auth_publickey& request)
        : key(k), algorithm(view_of(request.algorithm)), signature(request.signature)
    {
        wire::writer w(input);
        wire::msg::write_signature_input(w, st.link.session_id(), st.header.user, st.header.service, request);
    }
    void keep()
    {
        algorithm.keep();
        signature.keep();
    }
    checked_signature operator()() const { return key.verify(text_of(algorithm.view()), input, signature.view()); }

    presented_key key;
    bytes input;
    borrowed_bytes algorithm, signature;
};

flow<outcome<ending>> serve_query(server_userauth& st, const presented_key& key, const wire::msg::auth_publickey& request)
{
    auth_attempt question;
    question.what = auth_attempt::kind::key_query;
    question.key = key;
    question.key_algorithm = request.algorithm;
    outcome<auth_decision> d = co_await decide(st, question);
    if (!d)
        co_return d.error();
    if (end_of(st, *d) != ending::accepted)
        co_return ending::rejected;
    wire::msg::userauth_pk_ok ok;
    ok.algorithm = request.algorithm;
    ok.key = request.key;
    st.answer(ok);
    co_return ending::answered;
}

} // namespace

flow<outcome<ending>> serve_publickey(server_userauth& st)
{
    const auto request = wire::msg::auth_publickey::decode(st.header.rest);
    if (!request)
        co_return st.reject(auth_refusal::bad_request);
    const presented_key key = acceptable_key(st.settings, *request);
    if (!key)
        co_return st.reject(auth_refusal::bad_key);
    st.shown_key = key;
    if (!request->has_signature) {
        outcome<ending> queried = co_await serve_query(st, key, *request);
        co_return queried;
    }
    verify_work check(st, key, *request);
    checked_signature holds;
    if (st.link.takes_work()) {
        outcome<checked_signature> checked = co_await done_elsewhere(st.link, check);
        if (!checked)
            co_return checked.error();
        holds = *checked;
    } else {
        holds = check();
    }
    if (!holds)
        co_return st.reject(auth_refusal::bad_signature);
    auth_attempt question;
    question.what = auth_attempt::kind::key;
    question.key = key;
    question.key_algorithm = request->algorithm;
    question.signature = holds;
    outcome<auth_decision> d = co_await decide(st, question);
    if (!d)
        co_return d.error();
    const ending ended = end_of(st, *d);
    if (ended != ending::rejected)
        st.accepted_key = key;
    co_return ended;
}

} // namespace sshoal::auth
