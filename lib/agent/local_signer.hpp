// local_signer.hpp - signers that compute in this process, and can do so away from the strand.
#pragma once

#include "sshoal/signer.hpp"

namespace sshoal::signing {

class local_signer : public signer {
public:
    /// Signs as sign() does, but does the long computations (decrypting a file, signing) on `work`; on this executor if `work` is
    /// empty.
    virtual awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data)
        = 0;
    /// Returns: whether a signature needs no question to a person, so that it may be made before the server says that it takes
    /// the key.
    virtual bool is_open() const { return false; }
    /// Returns: the private key, once it is decrypted; none before.
    virtual private_key opened_key() const = 0;
    awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) final
    {
        return sign_on({}, std::move(algorithm), std::move(data));
    }
};

/// The signer of a file whose format hides the public half: key() is empty until the file is opened. It serves one connection
/// only.
class hidden_signer : public local_signer {
public:
    /// Asks for the passphrase. Errors: as for a signature.
    virtual awaitable<outcome<void>> open(executor work) = 0;
};

/// A named key file: the private half if this process can read it, and the public half if it is known without the private one.
struct key_file {
    std::shared_ptr<signer> key; ///< may be a hidden_signer
    public_key half;             ///< of `key`, or of a public key file that was named or lies in the place of the private one
};

/// Loads an identity file as ssh does. Errors: as load_signer(), but a file that hides its public half is no error. If only a
/// public half can be found, `half` and `why_not` are set.
outcome<key_file> load_key_file(const std::string& path, const passphrase_function& passphrase, failure& why_not);

/// A signature as a function object for run_on().
struct signature_work {
    private_key key;
    std::string algorithm;
    std::vector<std::byte> data;
    outcome<std::vector<std::byte>> operator()() const { return key.sign(algorithm, data); }
};

} // namespace sshoal::signing
