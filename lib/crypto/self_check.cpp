#include "crypto/self_check.hpp"

#include "crypto/aes_gcm.hpp"
#include "crypto/chacha20.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/packet_mac.hpp"
#include "crypto/poly1305.hpp"

namespace sshoal::crypto {

void self_check_report::use(const char* primitive, const char* way)
{
    const std::lock_guard lock(mutex_);
    used_.push_back(std::string(primitive) + ": " + way);
}

void self_check_report::refuse(const char* primitive, const char* way)
{
    const std::lock_guard lock(mutex_);
    refused_.push_back(std::string(primitive) + " by " + way + " does not agree with Botan's and is not used");
}

std::vector<std::string> self_check_report::used() const
{
    const std::lock_guard lock(mutex_);
    return used_;
}

std::vector<std::string> self_check_report::refused() const
{
    const std::lock_guard lock(mutex_);
    return refused_;
}

self_check_report& self_checks()
{
    static self_check_report report;
    return report;
}

const self_check_report& run_self_checks()
{
    chosen_counter_mode();
    chosen_aes_gcm();
    chosen_chacha20();
    chosen_poly1305();
    chosen_packet_mac();
    return self_checks();
}

} // namespace sshoal::crypto
