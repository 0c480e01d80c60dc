#include "server_account.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <crypt.h>
#include <shadow.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/fsuid.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <functional>
#include <random>
#include <thread>

namespace programs {
namespace {

/// Only root can read the database of shadow(5); other users know only the account itself.
void look_at_shadow(account& a)
{
    std::vector<char> room(64 * 1024);
    struct ::spwd entry = {};
    struct ::spwd* found = nullptr;
    if (::getspnam_r(a.name.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
        return;
    a.password = entry.sp_pwdp != nullptr ? entry.sp_pwdp : "";
    a.locked = a.password.starts_with('!');
    const long today = static_cast<long>(std::time(nullptr) / 86'400);
    if (entry.sp_expire > 0 && today > entry.sp_expire)
        a.barred = "account has expired";
    else if (entry.sp_lstchg == 0)
        a.password_barred = "its password must be changed first";
    else if (entry.sp_lstchg > 0 && entry.sp_max >= 0 && today > entry.sp_lstchg + entry.sp_max)
        a.password_barred = "its password has expired";
}

void look_at_groups(account& a, sshoal::system_account& entry)
{
    if (!entry.find_groups())
        a.barred = "it is in too many groups";
    a.group_ids.assign(entry.groups.begin(), entry.groups.end());
    for (const ::gid_t id : a.group_ids)
        if (std::string name = sshoal::name_of_group(id); !name.empty())
            a.groups.push_back(std::move(name));
}

/// Changes the identity of this thread only, and for files only: the process's own identity stays root's, so that no user may
/// signal it.
/// The calls of the C library would change all threads.
bool open_files_as([[maybe_unused]] const account& a) noexcept
{
#ifdef __linux__
    if (::syscall(SYS_setgroups, a.group_ids.size(), a.group_ids.data()) != 0)
        return false;
    ::setfsgid(a.group_id);
    ::setfsuid(a.user_id);
    // These calls report no failure; a call with an impossible number returns the identity that is set.
    return ::setfsgid(static_cast<::gid_t>(-1)) == static_cast<int>(a.group_id)
           && ::setfsuid(static_cast<::uid_t>(-1)) == static_cast<int>(a.user_id);
#else
    return false; // threads have no identity of their own on this system, so root's server cannot read users' files
#endif
}

} // namespace

sshoal::executor look_up_thread(const std::string& user)
{
    using queue = sshoal::asio::strand<sshoal::asio::thread_pool::executor_type>;
    constexpr std::size_t threads = 32, queues = 251;
    static auto* const pool = new sshoal::asio::thread_pool(threads); // not destroyed: a look-up may hang when the process ends
    static auto* const all = new std::vector<queue>([] {
        std::vector<queue> made;
        for (std::size_t i = 0; i < queues; ++i)
            made.emplace_back(pool->get_executor());
        return made;
    }());
    // A client cannot choose names that share a queue with another account.
    static const auto salt = std::to_string(std::random_device()()) + std::to_string(std::random_device()());
    return (*all)[std::hash<std::string>()(salt + user) % queues];
}

std::optional<account> find_account(const std::string& name)
{
    auto found = sshoal::system_account::find(name);
    if (!found || !*found)
        return std::nullopt;
    sshoal::system_account& entry = **found;
    account a;
    a.name = entry.name;
    a.home = entry.home;
    a.shell = entry.shell.empty() ? "/bin/sh" : entry.shell;
    a.user_id = entry.user_id;
    a.group_id = entry.group_id;
    look_at_groups(a, entry);
    look_at_shadow(a);
    if (::geteuid() != 0 && a.user_id != ::geteuid())
        a.barred = "this server does not run as root, so only its own user may log in";
    else if (::access(a.shell.c_str(), F_OK) != 0)
        a.barred = "shell " + a.shell + " does not exist";
    else if (::access(a.shell.c_str(), X_OK) != 0)
        a.barred = "shell " + a.shell + " is not executable";
    else if (a.user_id != 0 && ::access("/etc/nologin", F_OK) == 0)
        a.barred = "/etc/nologin exists";
    return a;
}

sshoal::system_account entry_of(const account& a)
{
    sshoal::system_account entry;
    entry.name = a.name;
    entry.home = a.home;
    entry.shell = a.shell;
    entry.user_id = a.user_id;
    entry.group_id = a.group_id;
    return entry;
}

std::string objection(const sshoal::sshd_settings& s, const account& a, sshoal::login_facts from, bool by_password)
{
    if (!a.barred.empty())
        return a.barred;
    if (a.locked && !s.use_pam) // as under sshd, where PAM's modules judge only the password then
        return "account is locked";
    if (by_password && !a.password_barred.empty())
        return a.password_barred;
    from.user = a.name;
    from.groups = a.groups;
    if (std::string why = s.objection(from); !why.empty())
        return why;
    using sshoal::root_login;
    // The options of the key have the command of forced-commands-only, so the look-up of the key decides then.
    if (a.user_id == 0 && s.permit_root_login != root_login::yes && (by_password || s.permit_root_login == root_login::no))
        return "PermitRootLogin does not let it";
    return {};
}

bool as_user(const account& a, const std::function<void()>& work)
{
    if (::geteuid() != 0 || a.user_id == 0) {
        work();
        return true;
    }
    bool became = false;
    std::exception_ptr thrown;
    std::thread reader([&] {
        became = open_files_as(a);
        if (!became)
            return;
        try {
            work();
        } catch (...) {
            thrown = std::current_exception();
        }
    });
    reader.join();
    if (thrown)
        std::rethrow_exception(thrown);
    return became;
}

std::string usual_hash()
{
    constexpr int most_entries = 1000;
    std::string found = "$6$sshoaldsshoald$";
    if (::geteuid() != 0)
        return found;
    ::setspent();
    for (int i = 0; i < most_entries; ++i) {
        const struct ::spwd* entry = ::getspent();
        if (entry == nullptr)
            break;
        if (entry->sp_pwdp != nullptr && entry->sp_pwdp[0] == '$') {
            found = entry->sp_pwdp;
            break;
        }
    }
    ::endspent();
    return found;
}

bool password_fits(std::string given, const std::string& stored, const std::string& usual)
{
    struct ::crypt_data room = {};
    const bool real = stored.size() > 2 && stored.front() == '$';
    const char* hashed = ::crypt_r(given.c_str(), real ? stored.c_str() : usual.c_str(), &room);
    const bool comparable = real && hashed != nullptr && std::strlen(hashed) == stored.size();
    unsigned char differences = comparable ? 0 : 1;
    for (std::size_t i = 0; comparable && i < stored.size(); ++i)
        differences = static_cast<unsigned char>(differences | (hashed[i] ^ stored[i]));
    ::explicit_bzero(given.data(), given.size());
    ::explicit_bzero(&room, sizeof room);
    return differences == 0;
}

} // namespace programs
