// local_signer.hpp - signers that compute in this process, and can do so away from the strand.
#pragma once

#include "sshoal/signer.hpp"

namespace sshoal::session {

class local_signer : public signer {
public:
    /// As sign(), but what takes long (decrypting a file, signing) is done on `work`; empty: here.
    virtual awaitable<outcome<std::vector<std::byte>>> sign_on(executor work, std::string algorithm, std::vector<std::byte> data)
        = 0;
    awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) final
    {
        return sign_on({}, std::move(algorithm), std::move(data));
    }
};

/// A signature as run_on() takes it.
struct signature_work {
    private_key key;
    std::string algorithm;
    std::vector<std::byte> data;
    outcome<std::vector<std::byte>> operator()() const { return key.sign(algorithm, data); }
};

} // namespace sshoal::session
