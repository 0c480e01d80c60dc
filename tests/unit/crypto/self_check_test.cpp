#include "catch.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/chacha20.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/packet_mac.hpp"
#include "crypto/poly1305.hpp"
#include "support.hpp"

using namespace sshoal;
using namespace sshoal::crypto;

namespace {

// Ways that are wrong now and then, as a broken compiler or processor would have it.
void wrong_poly1305(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag)
{
    poly1305_by_botan(key, message, tag);
    if (message.size() > 300)
        tag[15] ^= std::byte(1);
}

class wrong_gcm final : public aes_gcm {
public:
    explicit wrong_gcm(byte_view key) : gcm_(make_aes_gcm_by_botan(key)) {}
    void seal(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<std::byte, 16> tag) override
    {
        gcm_->seal(nonce, associated, from, to, tag);
    }
    bool open(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<const std::byte, 16> tag) override
    {
        static_cast<void>(gcm_->open(nonce, associated, from, to, tag));
        return true; // believes any tag
    }

private:
    std::unique_ptr<aes_gcm> gcm_;
};

std::unique_ptr<aes_gcm> make_wrong_gcm(byte_view key) { return std::make_unique<wrong_gcm>(key); }

bool never() { return false; }

} // namespace

TEST_CASE("a way that does not agree with Botan's is not used, and the report says so")
{
    self_check_report report;
    const way<poly1305_function> ways[]
        = {{"a wrong way", wrong_poly1305, nullptr}, {"a right way", poly1305_by_blocks, nullptr}};
    const auto chosen = choose_way<poly1305_function>(
        "Poly1305", ways, poly1305_by_botan, [](auto a, auto b) { return agree(a, b); }, report);
    CHECK(chosen == poly1305_by_blocks);
    CHECK(report.refused() == std::vector<std::string>{"Poly1305 by a wrong way does not agree with Botan's and is not used"});
    CHECK(report.used() == std::vector<std::string>{"Poly1305: a right way"});
}

TEST_CASE("where no way is left, Botan's own is used")
{
    self_check_report report;
    const way<aes_gcm_maker> ways[]
        = {{"a way for another processor", nullptr, never}, {"a gullible way", make_wrong_gcm, nullptr}};
    const auto chosen = choose_way<aes_gcm_maker>(
        "AES-GCM", ways, make_aes_gcm_by_botan, [](auto a, auto b) { return agree(a, b); }, report);
    CHECK(chosen == make_aes_gcm_by_botan);
    CHECK(report.refused().size() == 1);
    CHECK(report.used() == std::vector<std::string>{"AES-GCM: Botan's own"});
}

TEST_CASE("each way that this machine can go agrees with Botan's, and the first is chosen")
{
    const auto& report = run_self_checks();
    CHECK(report.refused().empty());
    CHECK(report.used().size() == 5);
    const auto first = [](const auto& ways, auto by_botan) {
        for (const auto& w : ways)
            if (!w.usable || w.usable())
                return w.make;
        return by_botan;
    };
    CHECK(chosen_counter_mode() == first(counter_mode_ways(), make_counter_mode_by_botan));
    CHECK(chosen_aes_gcm() == first(aes_gcm_ways(), make_aes_gcm_by_botan));
    CHECK(chosen_chacha20() == first(chacha20_ways(), make_chacha20_by_botan));
    CHECK(chosen_poly1305() == first(poly1305_ways(), poly1305_by_botan));
    CHECK(chosen_packet_mac() == first(packet_mac_ways(), make_packet_mac_by_botan));
    run_self_checks();
    CHECK(report.used().size() == 5); // once
}
