// fuzz_server_config.cpp - an sshd_config that somebody else wrote: each error has a place, and each answer can be shown.
#include "base/bytes.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/sshd_config.hpp"
#include "sshoal/system_account.hpp"

#include <cstdlib>

using namespace sshoal;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void use(const outcome<sshd_settings>& s, const login_facts& who)
{
    if (!s) {
        require(s.error().code() == errc::bad_configuration && s.error().detail() != nullptr);
        return;
    }
    require(s->describe().ends_with('\n'));
    require(s->startups_begin <= s->startups_full && s->startups_rate <= 100 && !s->ports.empty());
    (void)s->objection(who);
    require(!s->is_enough({}));
    (void)s->next_methods({"publickey"});
    system_account a;
    a.name = "alice";
    a.home = "/home/alice";
    for (const std::string& path : s->authorized_keys_paths(a))
        require(path.starts_with('/'));
    const auto root = s->chroot_path(a);
    require(!root || root->empty() || root->starts_with('/'));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    config_reading how;
    how.deepest_include = 0; // no file of this machine is read
    const auto read = sshd_config::parse(text_of(view_of(std::span(data, size))), "fuzz", how);
    if (!read) {
        require(read.error().code() == errc::bad_configuration && read.error().detail() != nullptr);
        return 0;
    }
    login_facts who;
    use(read->settings(), who);
    use(read->settings_for(who), who);
    who.user = "alice";
    who.groups = {"staff"};
    who.host = who.address = "192.0.2.7";
    who.local_address = "2001:db8::1";
    who.local_port = std::uint16_t(22);
    use(read->settings_for(who), who);
    return 0;
}
