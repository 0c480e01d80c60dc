#include "auth_info_file.hpp"

#include "program_log.hpp"

#include <sshoal/owned_descriptor.hpp>
#include <sshoal/system_account.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace programs {
namespace {

std::string lines_of(const std::vector<std::string>& methods, const sshoal::presented_key& key)
{
    std::string all;
    for (const std::string& m : methods) {
        all += m;
        if (m == "publickey" && key)
            all += ' ' + std::string(key.bare().type_name()) + ' ' + key.bare().base64();
        all += '\n';
    }
    return all;
}

} // namespace

auth_info_file::auth_info_file(const std::vector<std::string>& methods, const sshoal::presented_key& key, const std::string& account)
{
    std::string name = "/tmp/sshauth.XXXXXXXXXXXXXXX"; // style: allow(path) sshd's own, whatever TMPDIR says
    const sshoal::owned_descriptor file(::mkostemp(name.data(), O_CLOEXEC));
    const std::string text = lines_of(methods, key);
    const auto found = sshoal::system_account::find(account);
    const bool made = file && ::write(file.get(), text.data(), text.size()) == static_cast<::ssize_t>(text.size()) && found && *found
                      && (::geteuid() != 0 || ::fchown(file.get(), (*found)->user_id, (*found)->group_id) == 0);
    if (made)
        path_ = std::move(name);
    else {
        say(verbosity::error, std::string("cannot write ") + name + " for ExposeAuthInfo: " + std::strerror(errno));
        if (file)
            ::unlink(name.c_str());
    }
}

auth_info_file::~auth_info_file()
{
    if (!path_.empty())
        ::unlink(path_.c_str());
}

} // namespace programs
