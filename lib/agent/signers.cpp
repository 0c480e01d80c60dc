// Signers whose keys are in this process: in memory, or in a file until the first signature.

#include "agent/local_signer.hpp"

#include "base/secure.hpp"
#include "os/home_directory.hpp"
#include "keys/key_impl.hpp"
#include "keys/public_half.hpp"
#include "os/regular_file.hpp"
#include "sshoal/run_on.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>

#include <unistd.h>

namespace sshoal {
namespace {

constexpr std::size_t most_file_bytes = 1024 * 1024;
constexpr unsigned most_attempts = 3;

failure with_path(const std::string& path, const failure& f)
{
    return {f.code(), printable(path) + (f.context().empty() ? "" : ": ") + f.context()};
}

/// Returns: the key of a public key file.
outcome<public_key> first_key_in(std::string_view text)
{
    text = keys::without_mark(text);
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto words = keys::trimmed(line);
        if (!words.empty() && words.front() != '#')
            return public_key::from_line(words);
    }
    return failure(errc::bad_key);
}

/// Opens an encrypted file, which takes long by design.
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

class memory_signer final : public signing::local_signer {
public:
    explicit memory_signer(private_key k) noexcept : key_(std::move(k)) {}

    const public_key& key() const override { return key_.public_half(); }
    awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data) override
    {
        return run_on(std::move(work), signing::signature_work{key_, std::move(algorithm), std::move(data)});
    }
    bool is_open() const override { return true; }
    private_key opened_key() const override { return key_; }

private:
    private_key key_;
};

/// Asks for the passphrase until it opens the file.
awaitable<outcome<private_key>> ask_and_open(std::string path, std::shared_ptr<const secure_bytes> text, passphrase_function ask,
                                             executor work)
{
    if (!ask)
        co_return failure(errc::passphrase_required,
                          printable(path) + " is encrypted and no client_options::passphrase() was given");
    failure last(errc::passphrase_required, printable(path) + ": no passphrase was given");
    for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
        auto asking = ask(path, attempt);
        std::optional<std::string> passphrase = co_await std::move(asking);
        if (!passphrase)
            break;
        auto unlocking = run_on(work, unlock_work(text, *passphrase));
        outcome<private_key> key = co_await std::move(unlocking);
        if (key)
            co_return key;
        last = with_path(path, key.error());
        if (last.code() != errc::bad_passphrase && last.code() != errc::passphrase_required)
            break;
        last = failure(errc::bad_passphrase, printable(path) + ": wrong passphrase"
                                                 + (attempt == 0 ? "" : " (" + std::to_string(attempt + 1) + " times)"));
    }
    co_return last;
}

/// The signer of an encrypted file. The text is read once, so that both halves come from the same text.
class file_signer final : public signing::local_signer {
public:
    file_signer(std::string path, secure_bytes text, public_key half, passphrase_function ask)
        : path_(std::move(path)), half_(std::move(half)), ask_(std::move(ask)),
          text_(std::make_shared<const secure_bytes>(std::move(text)))
    {
    }

    const public_key& key() const override { return half_; }

    awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data) override
    {
        private_key key = opened_key();
        if (!key) {
            outcome<private_key> now = co_await unlock(work);
            if (!now)
                co_return now.error();
            key = std::move(*now);
        }
        signing::signature_work to_sign{std::move(key), std::move(algorithm), std::move(data)};
        auto signing = run_on(std::move(work), std::move(to_sign));
        outcome<std::vector<std::byte>> signature = co_await std::move(signing);
        co_return signature;
    }

    private_key opened_key() const override
    {
        const std::lock_guard lock(mutex_);
        return private_;
    }

private:

    awaitable<outcome<private_key>> unlock(executor work)
    {
        // Another connection may drop the text while the user of this one still types.
        const std::shared_ptr<const secure_bytes> text = sealed();
        if (!text)
            co_return opened_key();
        auto opening = ask_and_open(path_, text, ask_, std::move(work));
        outcome<private_key> key = co_await std::move(opening);
        if (!key)
            co_return key;
        co_return keep(std::move(*key));
    }

    std::shared_ptr<const secure_bytes> sealed() const
    {
        const std::lock_guard lock(mutex_);
        return text_;
    }

    outcome<private_key> keep(private_key key)
    {
        // The server was asked about half_; a signature with another key would only use up an attempt.
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
    std::shared_ptr<const secure_bytes> text_; ///< null once it is decrypted
    private_key private_;
};

class hidden_file_signer final : public signing::hidden_signer {
public:
    hidden_file_signer(std::string path, secure_bytes text, passphrase_function ask)
        : path_(std::move(path)), ask_(std::move(ask)), text_(std::make_shared<const secure_bytes>(std::move(text)))
    {
    }

    const public_key& key() const override { return key_.public_half(); }

    awaitable<outcome<void>> open(executor work) override
    {
        auto opening = ask_and_open(path_, text_, ask_, std::move(work));
        outcome<private_key> key = co_await std::move(opening);
        if (!key)
            co_return key.error();
        key_ = std::move(*key);
        text_.reset();
        co_return outcome<void>();
    }

    awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data) override
    {
        return run_on(std::move(work), signing::signature_work{key_, std::move(algorithm), std::move(data)});
    }

    private_key opened_key() const override { return key_; }

private:
    const std::string path_;
    const passphrase_function ask_;
    std::shared_ptr<const secure_bytes> text_;
    private_key key_;
};

/// Errors: file_error, also if other users may read the file, which ssh refuses too.
outcome<secure_bytes> read_private(const std::string& path)
{
    auto file = os::regular_file::open(path);
    if (!file)
        return file.error();
    if (!*file)
        return os::file_failure(path, ENOENT);
    auto content = (*file)->read(most_file_bytes);
    const auto mode = (*file)->status().st_mode & 0777;
    if (!content || (*file)->status().st_uid != ::getuid() || (mode & 077) == 0)
        return content;
    // Other users may read a public key, but not a private one.
    if (first_key_in(text_of(byte_view(*content))))
        return content;
    char octal[8];
    std::snprintf(octal, sizeof octal, "%04o", unsigned(mode));
    return failure(errc::file_error, printable(path) + ": permissions " + octal
                                         + " are too open: others may read this private key, so it is not used; chmod 600 helps");
}

} // namespace

presented_key signer::presented() const { return key(); }

std::vector<std::string> signer::algorithms() const
{
    const presented_key shown = presented();
    const auto names = shown.algorithms();
    return {names.begin(), names.end()};
}

std::shared_ptr<signer> make_signer(private_key key) { return std::make_shared<memory_signer>(std::move(key)); }

namespace signing {

outcome<key_file> load_key_file(const std::string& as_written, const passphrase_function& passphrase, failure& why_not)
{
    const std::string path = os::with_home(as_written);
    key_file found;
    auto content = read_private(path);
    auto beside = public_key::load(path + ".pub");
    if (!content) {
        if (!beside)
            return content.error();
        found.half = std::move(*beside);
        why_not = content.error();
        return found;
    }
    const std::string_view text = text_of(byte_view(*content));
    if (auto named = first_key_in(text)) {
        found.half = std::move(*named);
        why_not = failure(errc::bad_key, printable(path) + ": this is a public key, and no agent has its private half");
        return found;
    }
    auto plain = private_key::parse(text);
    if (plain) {
        found.half = plain->public_half();
        found.key = make_signer(std::move(*plain));
        return found;
    }
    if (plain.error().code() != errc::passphrase_required)
        return with_path(path, plain.error());

    // The public half in the file counts. The .pub file adds the comment, which is encrypted in the file, and gives the public
    // half if the file's format hides it.
    auto half = keys::public_half_of_text(text);
    if (!half && half.error().code() != errc::passphrase_required)
        return with_path(path, half.error());
    if (beside && (!half || *half == *beside))
        half = std::move(beside);
    if (half) {
        found.half = *half;
        found.key = std::make_shared<file_signer>(path, std::move(*content), std::move(*half), passphrase);
    } else
        found.key = std::make_shared<hidden_file_signer>(path, std::move(*content), passphrase);
    return found;
}

} // namespace signing

outcome<std::shared_ptr<signer>> load_signer(const std::string& path, passphrase_function passphrase)
{
    failure why_not;
    auto found = signing::load_key_file(path, passphrase, why_not);
    if (!found)
        return found.error();
    if (!found->key)
        return why_not;
    if (!found->half)
        return failure(errc::passphrase_required, printable(os::with_home(path))
                                                      + ": its format hides the public half, and no .pub file that can be used is "
                                                        "beside it");
    return std::move(found->key);
}

} // namespace sshoal
