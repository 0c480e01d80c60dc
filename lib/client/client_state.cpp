#include "client/client_state.hpp"

#include "agent/local_signer.hpp"
#include "base/listed.hpp"
#include "net/crossing.hpp"
#include "sshoal/failure_detail.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace sshoal::client {
namespace {

/// Takes over a secret that a function of the application has returned as plain text, and wipes that text.
secret_text take_secret(std::string& typed)
{
    secret_text kept(typed);
    wipe(typed.data(), typed.size());
    return kept;
}

} // namespace

client_state::client_state(executor strand, std::unique_ptr<byte_stream> stream, std::shared_ptr<const engine::settings> settings,
                           client_options options, std::string host, std::vector<std::shared_ptr<signer>> identities,
                           std::string missing)
    : conn::connection_state(std::move(strand), std::move(stream), std::move(settings), options.get().outlets.sink,
                             options.get().work, options.get().declared),
      options_(std::move(options)), host_(std::move(host)), credentials_(std::move(identities)),
      missing_(std::move(missing)), login_done_(ready())
{
}

client_state::~client_state() = default;

failure client_state::why_refused()
{
    const failure& f = why();
    const auth::client_progress& p = *progress_;
    const bool by_peer = f.code() == errc::disconnected || f.code() == errc::connection_lost;
    if (!by_peer && f.code() != errc::authentication_failed)
        return f;
    if (options().on_refused && (p.list_known || !p.tried.empty())) {
        login_refusal r;
        r.tried = p.tried;
        r.server_methods = p.server_takes;
        try {
            options().on_refused(r);
        } catch (const std::exception& e) {
            log(log_level::warning, std::string("the function for refusals failed: ") + e.what());
        }
    }
    if (!by_peer || p.tried.empty())
        return f;
    std::string text = f.context() + (f.context().empty() ? "" : "; ") + "during the log-in, tried " + p.tried;
    if (p.keys_offered > 1)
        text += "; with fewer keys the server may go on: name one and leave out the agent's others (IdentitiesOnly)";
    failure_detail detail = detail_of(f);
    detail.tried = p.methods;
    detail.server_methods = p.server_takes;
    return with_detail(f, std::move(detail)).with_context(std::move(text));
}

void client_state::add_info(connection_info& i)
{
    i.user = options().user;
    i.auth_methods = core().client_log_in().methods;
    i.proof_given = core().client_log_in().proof_given;
    i.host_key = core().wire().host_key();
}

void client_state::ask(awaitable<void> question)
{
    asio::post(strand(),
               [ex = strand(), q = std::move(question)]() mutable { asio::co_spawn(ex, std::move(q), asio::detached); });
}

// -- host key -----------------------------------------------------------------------------------------------------------------

void client_state::on_host_key(transport::host_key_question q)
{
    ask(verify(self(), std::move(q)));
}

awaitable<void> client_state::verify(std::shared_ptr<client_state> self, transport::host_key_question q)
{
    failure refused;
    const public_key shown = q.key.bare();
    try {
        const std::string why = self->too_short(q.key.bare());
        if (!why.empty()) {
            refused = failure(errc::host_key_rejected, "the host key is an " + why);
        } else {
            host_identity who;
            who.host = self->host_;
            who.port = self->options().port;
            who.alias = self->options().host_key_alias;
            who.address = self->driver().remote();
            who.key = std::move(q.key);
            who.algorithm = std::move(q.algorithm);
            who.warn = [self](const std::string& text) { self->log(log_level::warning, text); };
            if (self->login_.by_steps)
                self->keep_offer(q.peer_init);
            if (self->options().verifier) { // handshake() may do without
                auto deciding = self->options().verifier->verify(std::move(who));
                refused = co_await std::move(deciding);
                self->key_trusted_ = !refused;
            }
        }
    } catch (const std::exception& e) {
        refused = failure(errc::host_key_rejected, std::string("the verifier failed: ") + e.what());
    } catch (...) {
        refused = failure(errc::host_key_rejected, "the verifier failed");
    }
    if (refused) {
        failure_detail detail = detail_of(refused);
        detail.shown_key = shown;
        refused = with_detail(refused, std::move(detail));
    }
    self->core().host_key_verdict(refused);
    self->kick();
}

// -- log-in -------------------------------------------------------------------------------------------------------------------

void client_state::on_established()
{
    const client_options::impl& o = options();
    login_.user = o.user;
    login_.methods = o.methods;
    login_.refuse_no_proof = o.refuse_no_proof;
    login_.has_password = bool(o.password);
    login_.has_interactive = bool(o.interactive) || bool(o.password);
    login_.missing = missing_;
    login_.progress = progress_;
    if (logs(log_level::debug))
        login_.log = [this](const std::string& text) { log(log_level::debug, text); }; // the engine belongs to this object
    login_.password_prompts = o.password_prompts;
    if (!login_.by_steps)
        use_all_keys();
    core().log_in(login_);
    established_ = true;
    login_done_.wake_all();
}

void client_state::use_all_keys()
{
    for (auto& s : std::exchange(credentials_, {})) {
        const std::string why = too_short(s->key());
        if (why.empty())
            use_key(std::move(s));
        else
            log(log_level::warning, "left out an " + why);
    }
    // A person is asked, for a passphrase or for a touch, only for a key that the server takes.
    const auto* const only = identities_.size() == 1 ? dynamic_cast<const signing::local_signer*>(identities_.front().get()) : nullptr;
    login_.sign_at_once = only != nullptr && only->is_open();
    // Guessing the method could cost one of the server's few attempts.
    login_.probe_none = options().try_none || login_.identities.empty();
}

void client_state::use_key(std::shared_ptr<signer> key)
{
    login_.identities.push_back(key->key() ? identity_of(*key) : auth::identity());
    identities_.push_back(std::move(key));
}

std::string client_state::too_short(const public_key& key) const
{
    if (!key || key.type() != key_type::rsa || key.bits() >= options().required_rsa_bits)
        return {};
    return "RSA key of " + std::to_string(key.bits()) + " bits; at least " + std::to_string(options().required_rsa_bits)
           + " are required (RequiredRSASize)";
}

auth::identity client_state::identity_of(const signer& s) const
{
    const auto& allowed = options().algorithms.public_keys();
    auth::identity id;
    id.key = s.presented();
    // A certificate's algorithm is allowed by its own name or by that of its key's signatures.
    for (std::string& a : s.algorithms())
        if (listed(allowed, a) || listed(allowed, presented_key::signature_algorithm(a)))
            id.algorithms.push_back(std::move(a));
    return id;
}

void client_state::on_banner(std::string text)
{
    if (options().on_banner) {
        const callback_scope scope(*this);
        try {
            options().on_banner(text);
        } catch (const std::exception& e) {
            log(log_level::warning, std::string("the banner function failed: ") + e.what());
        }
    } else
        log(log_level::info, "banner: " + printable(text, 1024));
}

void client_state::on_authenticated()
{
    login_done_.wake_all();
}

void client_state::on_client_question(auth::client_question q)
{
    if (auto* asked = std::get_if<auth::step_question>(&q)) {
        step_ = std::move(*asked);
        step_asked_ = true;
        login_done_.wake_all();
        return;
    }
    awaitable<void> answering;
    if (auto* s = std::get_if<auth::sign_question>(&q))
        answering = sign(self(), std::move(*s));
    else if (auto* p = std::get_if<auth::password_question>(&q))
        answering = ask_password(self(), std::move(*p));
    else if (auto* k = std::get_if<auth::open_question>(&q))
        answering = open_key(self(), *k);
    else
        answering = ask_prompts(self(), std::move(std::get<auth::prompts_question>(q)));
    ask(std::move(answering));
}

awaitable<void> client_state::sign(std::shared_ptr<client_state> self, auth::sign_question q)
{
    outcome<bytes> signature = failure(errc::agent_failure);
    try {
        const std::shared_ptr<signer> s = self->identities_.at(q.identity);
        auto* const local = dynamic_cast<signing::local_signer*>(s.get());
        auto signing = local ? local->sign_on(self->options().work, std::move(q.algorithm), std::move(q.data))
                             : s->sign(std::move(q.algorithm), std::move(q.data));
        signature = co_await std::move(signing);
        if (signature)
            self->used_key_ = s;
    } catch (const std::exception& e) {
        signature = failure(errc::agent_failure, std::string("the signer failed: ") + e.what());
    } catch (...) {
        signature = failure(errc::agent_failure, "the signer failed");
    }
    if (!signature)
        self->log(log_level::warning,
                  "cannot sign with key " + std::to_string(q.identity + 1) + ": " + signature.error().message());
    self->core().answer(std::move(signature));
    self->kick();
}

awaitable<void> client_state::open_key(std::shared_ptr<client_state> self, auth::open_question q)
{
    outcome<auth::identity> found = failure(errc::bad_key);
    try {
        const std::shared_ptr<signer> s = self->identities_.at(q.identity);
        auto* const hidden = dynamic_cast<signing::hidden_signer*>(s.get());
        outcome<void> opened = failure(errc::bad_key, "a signer without a key");
        if (hidden) {
            auto opening = hidden->open(self->options().work);
            opened = co_await std::move(opening);
        }
        if (opened && !self->too_short(s->key()).empty())
            found = failure(errc::bad_key, self->too_short(s->key()));
        else if (opened)
            found = self->identity_of(*s);
        else
            found = opened.error();
    } catch (const std::exception& e) {
        found = failure(errc::bad_key, std::string("the passphrase function failed: ") + e.what());
    } catch (...) {
        found = failure(errc::bad_key, "the passphrase function failed");
    }
    if (!found)
        self->log(log_level::warning, "key " + std::to_string(q.identity + 1) + " is left out: " + found.error().message());
    self->core().answer(std::move(found));
    self->kick();
}

std::string client_state::prompt_for(std::string_view what) const
{
    return printable(options().user, 64) + "@" + printable(host_) + "'s " + std::string(what) + ": ";
}

awaitable<void> client_state::ask_password(std::shared_ptr<client_state> self, auth::password_question q)
{
    auth::password_answer a;
    try {
        if (q.change) {
            if (self->options().new_password) {
                std::string prompt = q.prompt.empty() ? self->prompt_for("new password") : std::move(q.prompt);
                auto asking = self->options().new_password(std::move(prompt), q.attempt);
                std::optional<std::string> typed = co_await std::move(asking);
                if (typed) {
                    a.new_password = take_secret(*typed);
                    a.password.emplace(); // the flow knows the old one
                }
            }
        } else {
            auto asking = self->options().password(self->prompt_for("password"), q.attempt);
            std::optional<std::string> typed = co_await std::move(asking);
            if (typed)
                a.password.emplace(take_secret(*typed));
        }
    } catch (const std::exception& e) {
        self->log(log_level::warning, std::string("the password function failed: ") + e.what());
    } catch (...) {
        self->log(log_level::warning, "the password function failed");
    }
    self->core().answer(std::move(a));
    self->kick();
}

awaitable<void> client_state::ask_prompts(std::shared_ptr<client_state> self, auth::prompts_question q)
{
    std::optional<std::vector<secret_text>> a;
    try {
        if (self->options().interactive) {
            interactive_prompts shown;
            shown.name = std::move(q.name);
            shown.instruction = std::move(q.instruction);
            shown.attempt = q.attempt;
            for (auto& p : q.prompts)
                shown.prompts.push_back({std::move(p.text), p.echo});
            auto asking = self->options().interactive(std::move(shown));
            std::optional<std::vector<std::string>> typed = co_await std::move(asking);
            if (typed) {
                a.emplace();
                for (std::string& t : *typed)
                    a->push_back(take_secret(t));
            }
        } else if (q.prompts.empty()) {
            a.emplace();
        } else if (q.prompts.size() == 1 && !q.prompts[0].echo && self->options().password) {
            std::string prompt = q.prompts[0].text.empty() ? self->prompt_for("password") : std::move(q.prompts[0].text);
            auto asking = self->options().password(std::move(prompt), self->hidden_prompts_++);
            std::optional<std::string> typed = co_await std::move(asking);
            if (typed) {
                a.emplace();
                a->push_back(take_secret(*typed));
            }
        }
    } catch (const std::exception& e) {
        self->log(log_level::warning, std::string("the dialogue function failed: ") + e.what());
    } catch (...) {
        self->log(log_level::warning, "the dialogue function failed");
    }
    self->core().answer(std::move(a));
    self->kick();
}

} // namespace sshoal::client
