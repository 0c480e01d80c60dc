// self_check.hpp - what the self-checks of the fast paths found, for the log.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace sshoal::crypto {

/// Safe from any thread.
class self_check_report {
public:
    void use(const char* primitive, const char* way);
    void refuse(const char* primitive, const char* way);

    std::vector<std::string> used() const;    ///< "AES-GCM: VAES and VPCLMULQDQ"
    std::vector<std::string> refused() const; ///< "AES-GCM by VAES and VPCLMULQDQ does not agree with Botan's and is not used"

private:
    mutable std::mutex mutex_;
    std::vector<std::string> used_, refused_;
};

/// Of this process. Complete once run_self_checks() has been called.
self_check_report& self_checks();

/// Chooses the way to compute each primitive, unless that has been done: less than a millisecond, once.
const self_check_report& run_self_checks();

} // namespace sshoal::crypto
