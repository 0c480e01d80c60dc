// local_signer.hpp - signers that compute in this process, and can do so away from the strand.
#pragma once

#include "sshoal/signer.hpp"

namespace sshoal::signing {

class local_signer : public signer {
public:
    /// As sign(), but what takes long (decrypting a file, signing) is done on `work`; empty: here.
    virtual awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data)
        = 0;
    /// Whether a signature needs no question to a person: then it may be made before the server says that it takes the key.
    virtual bool is_open() const { return false; }
    awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) final
    {
        return sign_on({}, std::move(algorithm), std::move(data));
    }
};

/// A file whose format hides the public half: key() is there once it is opened. For one connection only.
class hidden_signer : public local_signer {
public:
    /// Asks for the passphrase. Errors: as those of a signature.
    virtual awaitable<outcome<void>> open(executor work) = 0;
};

/// A named key file: the private half where this process can have it, and the public half where it is known without.
struct key_file {
    std::shared_ptr<signer> key; ///< may be a hidden_signer
    public_key half;             ///< of `key`, or of a public key file that was named, or lies where the private one should
};

/// Loads what ssh makes of an identity file. Errors: as load_signer(), but that a file which hides its public half is no error;
/// where there is only a public half, it is there and so is `why_not`.
outcome<key_file> load_key_file(const std::string& path, const passphrase_function& passphrase, failure& why_not);

/// A signature as run_on() takes it.
struct signature_work {
    private_key key;
    std::string algorithm;
    std::vector<std::byte> data;
    outcome<std::vector<std::byte>> operator()() const { return key.sign(algorithm, data); }
};

} // namespace sshoal::signing
