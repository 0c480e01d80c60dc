// self_check.hpp - the results of the self-checks of the fast paths, for the log.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace sshoal::crypto {

/// The functions may be called on any thread.
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

/// Returns the report of this process. It is complete after run_self_checks().
self_check_report& self_checks();

/// Chooses the implementation of each primitive, if this has not been done. Takes less than a millisecond, once.
const self_check_report& run_self_checks();

} // namespace sshoal::crypto
