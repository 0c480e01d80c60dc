// hostile_server.hpp - a server that rejects everything, for scripts of a client that cheats.
#pragma once

#include "auth_rig.hpp"
#include "catch.hpp"

namespace sshoal::auth::test {

struct hostile_server : server_rig {
    hostile_server()
    {
        settings.signature_algorithms = {"ssh-ed25519", "rsa-sha2-512"};
        settings.max_tries = 100;
        decide = [](auth_attempt&) { return auth_decision{}; };
    }
    /// Expects a plain FAILURE and says what it offers.
    std::vector<std::string> expect_failure(bool partial = false)
    {
        const bytes reply_bytes = take();
        const auto m = wire::msg::userauth_failure::decode(reply_bytes);
        REQUIRE(m.has_value());
        CHECK(m->partial_success == partial);
        CHECK(listening());
        return {m->methods.begin(), m->methods.end()};
    }
    void expect_rejected_unasked()
    {
        CHECK_FALSE(question);
        expect_failure();
    }
};

} // namespace sshoal::auth::test
