#include "pair.hpp"

#include <algorithm>

namespace sshoal::engine::test {
namespace {

private_key make_key() { return private_key::generate(key_type::ed25519).value(); }

} // namespace

const private_key& host_key()
{
    static auto& key = *new private_key(make_key()); // outlives the cryptographic library's own statics
    return key;
}
const private_key& user_key()
{
    static auto& key = *new private_key(make_key());
    return key;
}
const private_key& other_key()
{
    static auto& key = *new private_key(make_key());
    return key;
}

auth::identity identity_of(const private_key& key)
{
    auth::identity id;
    id.key = key.public_half();
    id.algorithms = {"ssh-ed25519"};
    return id;
}

algorithms lean_algorithms()
{
    algorithms a;
    a.kex("curve25519-sha256").host_keys("ssh-ed25519").ciphers("aes128-gcm@openssh.com").macs("hmac-sha2-256");
    a.compression("none").public_keys("ssh-ed25519");
    return a;
}

end::end(role self, std::uint64_t seed) : random_(seed)
{
    options.transport.self = self;
    options.transport.algos = lean_algorithms();
    options.server_auth.signature_algorithms = {"ssh-ed25519"};
    if (self == role::server)
        options.transport.host_keys.push_back(host_key().public_half());
    login.user = "alice";
}

void end::complete_login()
{
    for (const private_key& key : keys)
        login.identities.push_back(identity_of(key));
    if (login.methods.empty())
        login.methods = {"password"};
    login.has_password = login.has_interactive = true;
}

void end::create()
{
    complete_login();
    core = std::make_shared<engine::core>(options, random_, *this);
}

void end::attach(engine::core& elsewhere)
{
    complete_login();
    core = std::shared_ptr<engine::core>(std::shared_ptr<engine::core>(), &elsewhere);
}

void end::heard()
{
    ++told;
    told_after_end += ends > 0;
    if (hook)
        hook();
}

void end::on_host_key(transport::host_key_question q)
{
    host_key_asked = std::move(q);
    heard();
    if (answer_at_once)
        settle();
}

void end::on_sign(transport::host_sign_question q)
{
    sign_asked = std::move(q);
    heard();
    if (answer_at_once)
        settle();
}

void end::on_established()
{
    ++established;
    heard();
    if (options.transport.self == role::client && log_in_at_once)
        core->log_in(login);
}

void end::on_client_question(auth::client_question q)
{
    question = std::move(q);
    heard();
    if (answer_at_once)
        settle();
}

void end::on_server_attempt(auth_attempt a)
{
    attempt = std::move(a);
    heard();
    if (answer_at_once)
        settle();
}

void end::on_event(const event& e)
{
    if (const auto* const p = e.as<events::packet>()) {
        trace.push_back(*p);
        return;
    }
    events_told.push_back(e.kind());
    if (const auto* const m = e.as<events::message>(); m && m->level == log_level::warning) {
        warnings.emplace_back(m->text);
    } else if (const auto* const r = e.as<events::auth_refused>(); r && options.transport.self == role::server) {
        rejected.emplace_back(r->method);
        heard();
    } else if (e.kind() == event_kind::peer_debug) {
        ++debugs;
        heard();
    } else if (e.kind() == event_kind::peer_ignore) {
        ++ignores;
        heard();
    }
}

void end::on_banner(std::string text)
{
    banners.push_back(std::move(text));
    heard();
}

void end::on_authenticated()
{
    ++authenticated;
    heard();
}

void end::on_open(const mux::incoming_open& o)
{
    const std::uint64_t token = o.token;
    heard();
    if (!accepts) {
        undecided.push_back(token);
        return;
    }
    tubes.push_back(std::make_unique<tube>(hook));
    tube& t = *tubes.back();
    t.channel = core->channels().accept(token, t);
    if (!t.channel)
        tubes.pop_back(); // the hook ended the connection
    else if (at_accept)
        at_accept(t);
}

void end::on_global_request(const mux::incoming_global_request& r)
{
    ++globals;
    const mux::incoming_global_request copy = r;
    heard();
    if (!copy.want_reply)
        return;
    if (answers_global)
        core->channels().reply_global(copy.token, false);
    else
        global_tokens.push_back(copy.token);
}

void end::on_global_reply(std::uint64_t token, bool success, byte_view)
{
    global_replies.emplace_back(token, success);
    heard();
}

void end::on_pong(std::uint64_t token)
{
    pongs.push_back(token);
    heard();
}

void end::on_rekey(bool finished)
{
    ++(finished ? rekeys_done : rekeys_begun);
    heard();
}

void end::on_end(const failure& f)
{
    why = f;
    heard();
    ++ends;
}

void end::on_work(std::shared_ptr<job> j)
{
    ++jobs_given;
    if (carry_job)
        return carry_job(std::move(j));
    jobs.push_back(std::move(j));
    heard();
    if (jobs_at_once)
        do_job();
}

bool end::do_job()
{
    if (jobs.empty())
        return false;
    const std::shared_ptr<job> first = jobs.front();
    jobs.erase(jobs.begin());
    first->run();
    core->work_done(*first);
    return true;
}

bool end::settle()
{
    if (host_key_asked) {
        host_key_asked.reset();
        core->host_key_verdict(host_key_verdict);
        return true;
    }
    if (sign_asked) {
        const transport::host_sign_question q = std::move(*sign_asked);
        sign_asked.reset();
        if (sign_fails)
            core->host_signature(failure(errc::agent_failure));
        else
            core->host_signature(host_key().sign(q.algorithm, q.data));
        return true;
    }
    if (question) {
        const auth::client_question q = std::move(*question);
        question.reset();
        core->answer(answer_to(q));
        return true;
    }
    if (attempt) {
        const auth_attempt a = std::move(*attempt);
        attempt.reset();
        core->decide(decide(a));
        return true;
    }
    return false;
}

auth::client_answer end::answer_to(const auth::client_question& q) const
{
    if (const auto* sign = std::get_if<auth::sign_question>(&q))
        return keys.at(sign->identity).sign(sign->algorithm, sign->data);
    if (std::get_if<auth::password_question>(&q)) {
        auth::password_answer a;
        a.password.emplace(password);
        return a;
    }
    const std::size_t n = std::get<auth::prompts_question>(q).prompts.size();
    return std::optional<std::vector<secret_text>>(std::vector<secret_text>(n, secret_text(password)));
}

auth_decision end::decide(const auth_attempt& a) const
{
    auth_decision d;
    const auto pass = [&](std::string_view method) {
        d.what = auth_decision::kind::accept;
        for (const std::string& needed : factors)
            if (needed != method && std::find(a.succeeded.begin(), a.succeeded.end(), needed) == a.succeeded.end())
                d.methods.push_back(needed);
        if (!d.methods.empty())
            d.what = auth_decision::kind::more;
    };
    switch (a.what) {
    case auth_attempt::kind::none:
        if (let_in_without_proof)
            d.what = auth_decision::kind::accept;
        break;
    case auth_attempt::kind::key_query:
        if (a.key == user_key().public_half())
            d.what = auth_decision::kind::accept;
        break;
    case auth_attempt::kind::key:
        if (a.key == user_key().public_half())
            pass("publickey");
        break;
    case auth_attempt::kind::password:
    case auth_attempt::kind::new_password:
        if (a.password == "right")
            pass("password");
        break;
    case auth_attempt::kind::interactive:
        d.what = auth_decision::kind::ask;
        d.prompts.resize(2);
        d.prompts[0].text = "one";
        d.prompts[1].text = "two";
        break;
    case auth_attempt::kind::answers:
        if (a.answers.size() == 2 && a.answers[1] == "right")
            pass("keyboard-interactive");
        break;
    }
    return d;
}

tube& end::open(std::string_view type)
{
    tubes.push_back(std::make_unique<tube>(hook));
    tube& t = *tubes.back();
    t.channel = core->channels().open(type, {}, t).value();
    return t;
}

std::size_t end::count_sent(std::uint8_t number) const
{
    std::size_t n = 0;
    for (const auto& e : trace)
        n += e.outgoing && e.number == number;
    return n;
}

std::size_t end::count_heard(std::uint8_t number) const
{
    std::size_t n = 0;
    for (const auto& e : trace)
        n += !e.outgoing && e.number == number;
    return n;
}

} // namespace sshoal::engine::test
