// A library for LD_PRELOAD: the account of whoever runs the program has the home directory $INTEROP_HOME, the shell /bin/sh and
// the password whose hash is $INTEROP_HASH, and everybody is in $INTEROP_GROUPS groups. Servers that take these from the system's
// databases can so be tested without touching them, and what the user's own shell does at its start has no part in the tests.
#include <dlfcn.h>
#include <pwd.h>
#include <shadow.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

struct ::passwd* altered(struct ::passwd* entry)
{
    static char shell[] = "/bin/sh", hash_is_elsewhere[] = "x";
    char* home = std::getenv("INTEROP_HOME");
    if (entry == nullptr || home == nullptr || entry->pw_uid != ::getuid())
        return entry;
    entry->pw_dir = home;
    entry->pw_shell = shell;
    entry->pw_passwd = hash_is_elsewhere;
    return entry;
}

template <class F>
F next(const char* name)
{
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

struct ::passwd* getpwnam(const char* name)
{
    return altered(next<struct ::passwd* (*)(const char*)>("getpwnam")(name));
}

struct ::passwd* getpwuid(::uid_t id)
{
    return altered(next<struct ::passwd* (*)(::uid_t)>("getpwuid")(id));
}

int getpwnam_r(const char* name, struct ::passwd* entry, char* room, std::size_t size, struct ::passwd** found)
{
    using function = int (*)(const char*, struct ::passwd*, char*, std::size_t, struct ::passwd**);
    const int status = next<function>("getpwnam_r")(name, entry, room, size, found);
    altered(*found);
    return status;
}

int getpwuid_r(::uid_t id, struct ::passwd* entry, char* room, std::size_t size, struct ::passwd** found)
{
    using function = int (*)(::uid_t, struct ::passwd*, char*, std::size_t, struct ::passwd**);
    const int status = next<function>("getpwuid_r")(id, entry, room, size, found);
    altered(*found);
    return status;
}

/// $INTEROP_GROUPS: in so many groups is everybody.
int getgrouplist(const char* name, ::gid_t own, ::gid_t* list, int* count)
{
    using function = int (*)(const char*, ::gid_t, ::gid_t*, int*);
    const char* many = std::getenv("INTEROP_GROUPS");
    if (many == nullptr)
        return next<function>("getgrouplist")(name, own, list, count);
    const int all = std::atoi(many), room = *count;
    for (int i = 0; i < all && i < room; ++i)
        list[i] = i == 0 ? own : 70'000u + static_cast<::gid_t>(i);
    *count = all;
    return room < all ? -1 : all;
}

struct ::spwd* getspnam(const char* name)
{
    static struct ::spwd entry;
    static char own_name[256];
    char* hash = std::getenv("INTEROP_HASH");
    const struct ::passwd* who = ::getpwnam(name);
    if (hash == nullptr || who == nullptr || who->pw_uid != ::getuid())
        return nullptr;
    std::strncpy(own_name, name, sizeof own_name - 1);
    entry = {};
    entry.sp_namp = own_name;
    entry.sp_pwdp = hash;
    entry.sp_lstchg = 1;
    entry.sp_max = entry.sp_inact = entry.sp_expire = -1;
    return &entry;
}

int getspnam_r(const char* name, struct ::spwd* entry, char*, std::size_t, struct ::spwd** found)
{
    *found = nullptr;
    if (const struct ::spwd* known = ::getspnam(name)) {
        *entry = *known;
        *found = entry;
    }
    return 0;
}

struct ::spwd* getspent()
{
    const struct ::passwd* who = ::getpwuid(::getuid());
    return who != nullptr ? ::getspnam(who->pw_name) : nullptr;
}
}
