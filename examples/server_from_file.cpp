// server_from_file SSHD_CONFIG - a server as a file of sshd says: address, host keys, algorithms, limits, and who may log in.
#include <sshoal/authorized_keys.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>
#include <sshoal/sshd_config.hpp>

using namespace sshoal;

auth_decision decide(const sshd_config& file, const auth_request& r)
{
    login_facts who;
    who.user = r.user;
    who.address = r.remote.address();
    const sshd_settings s = file.settings_for(who).value(); // with Match
    const auto account = system_account::find(r.user).value();
    authorized_keys keys;
    for (const std::string& path : account ? s.authorized_keys_paths(*account) : std::vector<std::string>())
        (void)keys.load(path, authorized_keys_options().strict_modes(account->user_id, account->home));
    return s.objection(who).empty() && keys.contains(r.key.bare()) ? auth_decision::accept() : auth_decision::reject();
}

awaitable<void> serve(server_connection c)
{
    while (auto request = co_await c.next_session())
        spawn(c, run_program(std::move(*request), program_options().user(c.user())));
}

int main(int, char** argv)
{
    const sshd_config file = sshd_config::load(argv[1]).value(); // an error has the file, the line and the column
    const sshd_settings s = file.settings().value();
    auto options = server_options::from(s).authenticator(
        [file](auth_request r) -> awaitable<auth_decision> { co_return decide(file, r); }, {"publickey"});
    run([&](executor ex) -> awaitable<void> {
        listener l(ex, {s.listen.at(0).host, s.listen.at(0).port.value_or(s.ports.at(0))}, options);
        for (;;) {
            server_connection c = co_await l.accept();
            spawn(c, serve(c));
        }
    });
}
