#include "auth_rig.hpp"

#include <array>
#include <cctype>

namespace sshoal::auth::test {

void client_rig::begin_accepted()
{
    begin();
    take();
    wire::msg::service_accept accept;
    accept.name = "ssh-userauth";
    feed_message(accept);
}

void client_rig::reply(client_answer a)
{
    question.reset();
    answer = std::make_unique<client_answer>(std::move(a));
    put(wake::kind::answer, {});
}

bool client_rig::settle()
{
    if (!question || result || !decide)
        return false;
    reply(decide(*question));
    return true;
}

void client_rig::feed_failure(std::vector<std::string_view> methods, bool partial)
{
    wire::msg::userauth_failure m;
    m.methods.names = std::move(methods);
    m.partial_success = partial;
    feed_message(m);
}

void server_rig::begin_accepted()
{
    begin();
    wire::msg::service_request request;
    request.name = "ssh-userauth";
    feed_message(request);
    take();
}

void server_rig::reply(auth_decision d)
{
    question.reset();
    answer = std::make_unique<auth_decision>(std::move(d));
    put(wake::kind::answer, {});
}

void server_rig::reply(auth_decision::kind what) { reply(simple(what)); }

bool server_rig::settle()
{
    if (!question || result || !decide)
        return false;
    reply(decide(*question));
    return true;
}

void server_rig::feed_password(std::string_view password, std::string_view user)
{
    wire::msg::auth_password m;
    m.password = password;
    feed_request(user, m);
}

void server_rig::feed_raw(std::string_view user, std::string_view service, std::string_view method, byte_view rest)
{
    wire::msg::userauth_request m;
    m.user = user;
    m.service = service;
    m.method = method;
    m.rest = rest;
    bytes out;
    wire::writer w(out);
    wire::encode(w, m);
    feed(std::move(out));
}

void server_rig::feed_answers(std::vector<std::string_view> answers)
{
    wire::msg::userauth_info_response m;
    m.responses = std::move(answers);
    bytes out;
    wire::encode_to(out, m);
    feed(std::move(out));
}

pair_rig::pair_rig()
{
    client.settings.user = "alice";
    client.settings.methods = {"publickey", "keyboard-interactive", "password"};
    server.settings.signature_algorithms = {"ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"};
    server.decide = [](auth_attempt&) { return auth_decision{}; };
}

bool pair_rig::step()
{
    if (client.settle() || server.settle())
        return true;
    if (server.listening() && !client.sent.empty()) {
        server.feed(client.take());
        return true;
    }
    if (client.listening() && !server.sent.empty()) {
        client.feed(server.take());
        return true;
    }
    if (!server.result && server.deadline != never) {
        server.time = client.time = server.deadline;
        server.tick();
        return true;
    }
    return false;
}

void pair_rig::run()
{
    server.begin();
    client.begin();
    while (step()) {
    }
}

namespace {

private_key made(key_type type)
{
    outcome<private_key> key = private_key::generate(type, type == key_type::rsa ? 2048 : 0);
    return std::move(key.value());
}

} // namespace

const private_key& test_key(std::size_t n)
{
    static const std::array<private_key, 4> keys = {
        made(key_type::ed25519), made(key_type::ed25519), made(key_type::ed25519), made(key_type::ed25519)};
    return keys.at(n);
}

const private_key& rsa_key()
{
    static const private_key key = made(key_type::rsa);
    return key;
}

identity identity_of(const private_key& key)
{
    identity id;
    id.key = key.public_half();
    for (const std::string_view algorithm : id.key.algorithms())
        if (algorithm != "ssh-rsa")
            id.algorithms.emplace_back(algorithm);
    return id;
}

std::function<client_answer(client_question&)> usual_answers(std::vector<private_key> keys, std::string password)
{
    return [keys = std::move(keys), password = std::move(password)](client_question& q) -> client_answer {
        if (const auto* sign = std::get_if<sign_question>(&q))
            return keys.at(sign->identity).sign(sign->algorithm, sign->data);
        if (const auto* wanted = std::get_if<password_question>(&q)) {
            password_answer a;
            a.password.emplace(wanted->change ? "" : password);
            if (wanted->change)
                a.new_password = secret_text("brand new");
            return a;
        }
        std::vector<secret_text> typed;
        for (const prompt& p : std::get<prompts_question>(q).prompts) {
            std::string loud = p.text;
            for (char& c : loud)
                c = char(std::toupper(static_cast<unsigned char>(c)));
            typed.emplace_back(loud);
        }
        return std::optional<std::vector<secret_text>>(std::move(typed));
    };
}

auth_decision simple(auth_decision::kind what)
{
    auth_decision d;
    d.what = what;
    return d;
}

wire::msg::auth_publickey signed_request(
    bytes& signature, const private_key& key, std::string_view algorithm, std::string_view user, byte_view session)
{
    wire::msg::auth_publickey m;
    m.algorithm = algorithm;
    m.key = key.public_half().blob();
    bytes input;
    wire::writer w(input);
    wire::msg::write_signature_input(w, session, user, "ssh-connection", m);
    signature = key.sign(algorithm, input).value();
    m.has_signature = true;
    m.signature = signature;
    return m;
}

} // namespace sshoal::auth::test
