// Verifiers that need no file: fixed keys, a function of the program, and acceptance of every key.

#include "os/home_directory.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/host_key_verifier.hpp"
#include "sshoal/revoked_keys.hpp"
#include "sshoal/run_on.hpp"

#include <algorithm>

namespace sshoal {

std::vector<std::string> algorithms_of(const std::vector<public_key>& keys)
{
    std::vector<std::string> names;
    for (const public_key& k : keys)
        for (const std::string_view a : k.signature_algorithms())
            if (std::find(names.begin(), names.end(), a) == names.end())
                names.emplace_back(a);
    return names;
}

namespace {

std::string offered(const host_identity& server)
{
    return std::string(server.key.type_name()) + ' ' + server.key.fingerprint() + " of " + printable(server.host);
}

class fixed_keys final : public host_key_verifier {
public:
    explicit fixed_keys(std::vector<public_key> keys) : keys_(std::move(keys))
    {
        std::erase_if(keys_, [](const public_key& k) { return !k; });
    }

    awaitable<failure> verify(host_identity server) override
    {
        if (server.key && std::find(keys_.begin(), keys_.end(), server.key.bare()) != keys_.end())
            co_return failure();
        std::string text = "host key " + offered(server) + " is not the expected one";
        const char* before = ": ";
        for (const public_key& k : keys_) {
            text += before + std::string(k.type_name()) + ' ' + k.fingerprint();
            before = ", ";
        }
        failure_detail detail;
        detail.shown_key = server.key.bare();
        detail.expected_keys = keys_;
        co_return with_detail(failure(errc::host_key_rejected, std::move(text)), std::move(detail));
    }

    std::vector<std::string> preferred_algorithms(const host_identity&) const override { return algorithms_of(keys_); }

private:
    std::vector<public_key> keys_;
};

class decided final : public host_key_verifier {
public:
    explicit decided(verify_function decide) : decide_(std::move(decide)) {}

    awaitable<failure> verify(host_identity server) override
    {
        const std::string what = offered(server);
        bool accepted = false;
        if (decide_)
            accepted = co_await decide_(std::move(server));
        co_return accepted ? failure() : failure(errc::host_key_rejected, "host key " + what + " was not accepted");
    }

private:
    verify_function decide_;
};

class without_revoked final : public host_key_verifier {
public:
    without_revoked(std::shared_ptr<host_key_verifier> others, std::vector<std::string> files)
        : others_(std::move(others)), files_(std::move(files))
    {
    }

    awaitable<failure> verify(host_identity server) override
    {
        look_up search{server.key.bare(), files_};
        auto looking = run_on(disk_threads(), std::move(search));
        std::string why = co_await std::move(looking);
        if (!why.empty())
            co_return failure(errc::host_key_rejected, "host key " + offered(server) + ": " + why);
        auto deciding = others_->verify(std::move(server));
        failure verdict = co_await std::move(deciding);
        co_return verdict;
    }

    std::vector<std::string> preferred_algorithms(const host_identity& server) const override
    {
        return others_->preferred_algorithms(server);
    }
    bool preference_waits() const override { return others_->preference_waits(); }

private:
    struct look_up {
        public_key key;
        std::vector<std::string> files;
        std::string operator()() const { return why_revoked(key, files); }
    };

    const std::shared_ptr<host_key_verifier> others_;
    const std::vector<std::string> files_;
};

class everything final : public host_key_verifier {
public:
    awaitable<failure> verify(host_identity) override { co_return failure(); }
};

} // namespace

std::vector<std::string> host_key_verifier::preferred_algorithms(const host_identity&) const { return {}; }

std::shared_ptr<host_key_verifier> trust_key(public_key key)
{
    std::vector<public_key> one;
    one.push_back(std::move(key));
    return trust_keys(std::move(one));
}

std::shared_ptr<host_key_verifier> trust_keys(std::vector<public_key> keys)
{
    return std::make_shared<fixed_keys>(std::move(keys));
}

std::shared_ptr<host_key_verifier> trust_if(verify_function decide) { return std::make_shared<decided>(std::move(decide)); }

std::shared_ptr<host_key_verifier> refuse_revoked(std::shared_ptr<host_key_verifier> others, std::vector<std::string> files)
{
    for (std::string& file : files)
        file = os::with_home(std::move(file));
    return std::make_shared<without_revoked>(std::move(others), std::move(files));
}

std::shared_ptr<host_key_verifier> trust_any_host_key_insecurely() { return std::make_shared<everything>(); }

} // namespace sshoal
