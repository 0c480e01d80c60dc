#include "catch.hpp"
#include "transport/message_policy.hpp"

using namespace sshoal;
using namespace sshoal::transport;

namespace {

constexpr phase all_phases[] = {phase::kexinit, phase::kex, phase::service, phase::auth, phase::auth_busy, phase::connected,
    phase::rekey, phase::auth_rekey, phase::closing};
constexpr role both[] = {role::client, role::server};

verdict at(role r, phase p, int number, bool strict = true) { return judge(r, p, std::uint8_t(number), strict); }

} // namespace

TEST_CASE("every number has a verdict in every phase, and nothing is handled when closing")
{
    for (const role r : both)
        for (int n = 0; n < 256; ++n) {
            CHECK(at(r, phase::closing, n) == verdict::ignore);
            for (const phase p : all_phases) {
                CHECK_FALSE(name_of(p).empty());
                if (n == 1 && p != phase::closing)
                    CHECK(at(r, p, n) == verdict::handle);
            }
        }
}

TEST_CASE("T16: in the first key exchange only its own messages pass; without strict mode 2 to 4 are tolerated")
{
    for (const role r : both)
        for (int n = 2; n < 256; ++n) {
            const bool generic = n >= 2 && n <= 4;
            const bool own = n == 21 || (n >= 30 && n <= 49);
            CHECK(at(r, phase::kex, n, true) == (own ? verdict::handle : verdict::drop));
            CHECK(at(r, phase::kex, n, false) == (own ? verdict::handle : generic ? verdict::ignore : verdict::drop));
            CHECK(at(r, phase::kexinit, n) == (n == 20 ? verdict::handle : generic ? verdict::ignore : verdict::drop));
        }
}

TEST_CASE("T19: in a rekey everything else is a violation")
{
    for (const role r : both)
        for (const phase p : {phase::rekey, phase::auth_rekey})
            for (int n = 2; n < 256; ++n) {
                const bool own = n == 21 || (n >= 30 && n <= 49);
                const bool generic = n <= 4; // 2 and 4 are told, 3 may answer what was sent before the rekey
                const verdict expected = own || generic ? verdict::handle : verdict::drop;
                CHECK(at(r, p, n) == expected);
            }
}

TEST_CASE("IGNORE and DEBUG are told wherever they are encrypted")
{
    for (const role r : both)
        for (const int n : {2, 4})
            for (const phase p : all_phases) {
                const bool clear = p == phase::kexinit || p == phase::kex;
                CHECK(at(r, p, n, false) == (clear || p == phase::closing ? verdict::ignore : verdict::handle));
            }
}

TEST_CASE("T20: key exchange messages outside of one are violations, a KEXINIT starts one")
{
    for (const role r : both)
        for (const phase p : {phase::service, phase::auth, phase::auth_busy, phase::connected}) {
            CHECK(at(r, p, 20) == verdict::handle);
            CHECK(at(r, p, 21) == verdict::drop);
            for (int n = 30; n <= 49; ++n)
                CHECK(at(r, p, n) == verdict::drop);
        }
}

TEST_CASE("T39: the server never takes a server's message, nor the client a client's")
{
    for (const phase p : all_phases) {
        if (p == phase::closing)
            continue;
        CHECK(at(role::server, p, 6) == verdict::drop);
        for (const int n : {51, 52, 53}) // behind the log-in they cannot do harm any more, and are answered
            CHECK(at(role::server, p, n) == (p == phase::connected ? verdict::unimplemented : verdict::drop));
        for (const int n : {5, 50})
            CHECK(at(role::client, p, n) == verdict::drop);
    }
}

TEST_CASE("T39: a success that nobody asked for is a violation")
{
    for (const phase p : {phase::service, phase::auth, phase::auth_rekey, phase::rekey})
        CHECK(at(role::client, p, 52) == verdict::drop);
    CHECK(at(role::client, phase::auth_busy, 52) == verdict::handle);
    CHECK(at(role::client, phase::connected, 52) == verdict::unimplemented); // late, and nothing is left to open
}

TEST_CASE("T40: no message of the connection layer passes before log-in")
{
    for (const role r : both)
        for (const phase p : all_phases) {
            if (p == phase::closing || p == phase::connected)
                continue;
            for (int n = 80; n <= 127; ++n)
                CHECK(at(r, p, n) == verdict::drop);
        }
    for (const role r : both)
        for (const int n : {80, 81, 82, 90, 94, 98, 100})
            CHECK(at(r, phase::connected, n) == verdict::handle);
}

TEST_CASE("T09: unknown numbers are answered only outside of key exchanges; UNIMPLEMENTED never is")
{
    for (const role r : both) {
        for (const int n : {9, 19, 22, 29, 128, 191, 194, 255})
            for (const phase p : {phase::service, phase::auth, phase::auth_busy, phase::connected})
                CHECK(at(r, p, n) == verdict::unimplemented);
        for (const int n : {54, 83, 101, 127})
            CHECK(at(r, phase::connected, n) == verdict::unimplemented);
        for (const phase p : all_phases) {
            const bool by_nobody = p == phase::kexinit || p == phase::kex || p == phase::closing;
            CHECK(at(r, p, 3, false) == (by_nobody ? verdict::ignore : verdict::handle));
        }
        for (const int n : {51, 52, 60, 79}) // late log-in messages
            CHECK(at(r, phase::connected, n) == verdict::unimplemented);
        CHECK(at(r, phase::connected, 0) == verdict::drop);
    }
}

TEST_CASE("log-in requests behind the success are ignored (RFC 4252 section 5.1)")
{
    CHECK(at(role::server, phase::connected, 50) == verdict::ignore);
    CHECK(at(role::server, phase::auth_busy, 50) == verdict::handle);
    CHECK(at(role::server, phase::auth, 61) == verdict::drop);
    CHECK(at(role::server, phase::auth_busy, 61) == verdict::handle);
}

TEST_CASE("T37: pings are handled only when connected")
{
    for (const role r : both) {
        CHECK(at(r, phase::connected, 192) == verdict::handle);
        for (const phase p : {phase::service, phase::auth, phase::auth_busy})
            CHECK(at(r, p, 192) == verdict::ignore);
    }
}
