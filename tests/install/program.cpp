// What a user's program needs of the installed library: headers without warnings, exceptions that pass its border, and symbols.
#include <sshoal/client.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/scp.hpp>
#include <sshoal/sftp.hpp>
#include <sshoal/sftp_server.hpp>

#include <cstdio>

namespace {

sshoal::awaitable<bool> refuses_to_trust_nobody()
{
    auto options = sshoal::client_options().user("nobody");
    try {
        auto connection = co_await sshoal::connect("localhost", options);
    } catch (const sshoal::error& e) {
        std::printf("%s\n", e.what());
        co_return e.code() == sshoal::errc::no_host_key_verifier;
    }
    co_return false;
}

} // namespace

int main()
{
    const bool good = sshoal::run(refuses_to_trust_nobody);
    return good ? 0 : 1;
}
