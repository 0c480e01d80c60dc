// Signers whose keys are in this process: in memory, or in a file until the first signature.

#include "session/local_signer.hpp"

#include "base/secure.hpp"
#include "config/host_name.hpp"
#include "keys/public_half.hpp"
#include "keys/regular_file.hpp"
#include "sshoal/run_on.hpp"

#include <mutex>

namespace sshoal {
namespace {

constexpr std::size_t most_file_bytes = 1024 * 1024;
constexpr unsigned most_attempts = 3;

failure with_path(const std::string& path, const failure& f)
{
    return {f.code(), printable(path) + (f.context().empty() ? "" : ": ") + f.context()};
}

/// Opens an encrypted file, which is made to take long.
class unlock_work {
public:
    unlock_work(std::shared_ptr<const secure_bytes> text, std::string& passphrase)
        : text_(std::move(text))
        , passphrase_(passphrase)
    {
        wipe(passphrase.data(), passphrase.size());
    }
    outcome<private_key> operator()() const { return private_key::parse(text_of(byte_view(*text_)), passphrase_.view()); }

private:
    std::shared_ptr<const secure_bytes> text_;
    secret_text passphrase_;
};

class memory_signer final : public session::local_signer {
public:
    explicit memory_signer(private_key k) noexcept : key_(std::move(k)) {}

    const public_key& key() const override { return key_.public_half(); }
    awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data) override
    {
        return run_on(std::move(work), session::signature_work{key_, std::move(algorithm), std::move(data)});
    }

private:
    private_key key_;
};

/// A file that is encrypted. The text was read once, so that what is decrypted is what the public half was taken from.
class file_signer final : public session::local_signer {
public:
    file_signer(std::string path, secure_bytes text, public_key half, passphrase_function ask)
        : path_(std::move(path)), half_(std::move(half)), ask_(std::move(ask)),
          text_(std::make_shared<const secure_bytes>(std::move(text)))
    {
    }

    const public_key& key() const override { return half_; }

    awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data) override
    {
        private_key key = opened();
        if (!key) {
            outcome<private_key> now = co_await unlock(work);
            if (!now)
                co_return now.error();
            key = std::move(*now);
        }
        session::signature_work to_sign{std::move(key), std::move(algorithm), std::move(data)};
        auto signing = run_on(std::move(work), std::move(to_sign));
        outcome<std::vector<std::byte>> signature = co_await std::move(signing);
        co_return signature;
    }

private:
    private_key opened() const
    {
        const std::lock_guard lock(mutex_);
        return private_;
    }

    awaitable<outcome<private_key>> unlock(executor work)
    {
        // Another connection may be done with the text while our user still types.
        const std::shared_ptr<const secure_bytes> text = sealed();
        if (!text)
            co_return opened();
        if (!ask_)
            co_return failure(errc::passphrase_required,
                              printable(path_) + " is encrypted and no client_options::passphrase() was given");
        failure last(errc::passphrase_required, printable(path_) + ": no passphrase was given");
        for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
            std::optional<std::string> passphrase = co_await ask_(path_, attempt);
            if (!passphrase)
                break;
            auto unlocking = run_on(work, unlock_work(text, *passphrase));
            outcome<private_key> key = co_await std::move(unlocking);
            if (key)
                co_return keep(std::move(*key));
            last = with_path(path_, key.error());
            if (last.code() != errc::bad_passphrase && last.code() != errc::passphrase_required)
                break;
            last = failure(errc::bad_passphrase, printable(path_) + ": wrong passphrase"
                                                     + (attempt == 0 ? "" : " (" + std::to_string(attempt + 1) + " times)"));
        }
        co_return last;
    }

    std::shared_ptr<const secure_bytes> sealed() const
    {
        const std::lock_guard lock(mutex_);
        return text_;
    }

    outcome<private_key> keep(private_key key)
    {
        // The server was asked about half_; a signature with another key would only use up one of its attempts.
        if (!(key.public_half() == half_))
            return failure(errc::bad_key, printable(path_) + ": the .pub file beside it is that of another key");
        const std::lock_guard lock(mutex_);
        private_ = key;
        text_.reset();
        return key;
    }

    const std::string path_;
    const public_key half_;
    const passphrase_function ask_;
    mutable std::mutex mutex_; // one signer may serve connections on several threads
    std::shared_ptr<const secure_bytes> text_; ///< until it is decrypted
    private_key private_;
};

} // namespace

std::vector<std::byte> signer::blob() const
{
    const auto b = key().blob();
    return {b.begin(), b.end()};
}

std::shared_ptr<signer> make_signer(private_key key) { return std::make_shared<memory_signer>(std::move(key)); }

outcome<std::shared_ptr<signer>> load_signer(const std::string& as_written, passphrase_function passphrase)
{
    const std::string path = config::with_home(as_written);
    auto content = keys::read_file(path, most_file_bytes);
    if (!content)
        return content.error();
    const std::string_view text = text_of(byte_view(*content));
    auto plain = private_key::parse(text);
    if (plain)
        return make_signer(std::move(*plain));
    if (plain.error().code() != errc::passphrase_required)
        return with_path(path, plain.error());

    // The file's own word counts; the .pub file adds the comment, which is encrypted here, and stands in where the format hides
    // the public half.
    auto half = keys::public_half_of_text(text);
    if (!half && half.error().code() != errc::passphrase_required)
        return with_path(path, half.error());
    auto beside = public_key::load(path + ".pub");
    if (beside && (!half || *half == *beside))
        half = std::move(beside);
    if (!half)
        return failure(errc::passphrase_required,
                       printable(path) + ": its format hides the public half, and no .pub file that can be used is beside it");
    return std::shared_ptr<signer>(
        std::make_shared<file_signer>(path, std::move(*content), std::move(*half), std::move(passphrase)));
}

} // namespace sshoal
