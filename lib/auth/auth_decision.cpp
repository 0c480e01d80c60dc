#include "sshoal/auth_decision.hpp"

#include "base/secure.hpp"

namespace sshoal {
namespace {

/// Also what is left behind of a text that was moved or is shorter now.
void wipe_text(std::string& s) noexcept
{
    s.resize(s.capacity());
    wipe(s.data(), s.size());
}

} // namespace

auth_attempt::auth_attempt() = default;
auth_attempt::auth_attempt(const auth_attempt&) = default;
auth_attempt::auth_attempt(auth_attempt&&) noexcept = default;
auth_attempt& auth_attempt::operator=(const auth_attempt&) = default;
auth_attempt& auth_attempt::operator=(auth_attempt&&) noexcept = default;

auth_attempt::~auth_attempt()
{
    wipe_text(password);
    wipe_text(new_password);
    for (std::string& a : answers)
        wipe_text(a);
}

auth_decision auth_decision::accept()
{
    auth_decision d;
    d.what = kind::accept;
    return d;
}

auth_decision auth_decision::accept(permissions allowed, std::any data)
{
    auth_decision d = accept();
    d.allowed = std::make_shared<const permissions>(std::move(allowed));
    d.data = std::move(data);
    return d;
}

auth_decision auth_decision::reject(std::vector<std::string> methods)
{
    auth_decision d;
    d.methods = std::move(methods);
    return d;
}

auth_decision auth_decision::more(std::vector<std::string> methods)
{
    auth_decision d;
    d.what = kind::more;
    d.methods = std::move(methods);
    return d;
}

auth_decision auth_decision::more(std::vector<std::string> methods, permissions allowed, std::any data)
{
    auth_decision d = more(std::move(methods));
    d.allowed = std::make_shared<const permissions>(std::move(allowed));
    d.data = std::move(data);
    return d;
}

auth_decision auth_decision::change_password(std::string prompt)
{
    auth_decision d;
    d.what = kind::change_password;
    d.text = std::move(prompt);
    return d;
}

auth_decision auth_decision::ask(std::vector<prompt> prompts, std::string instruction, std::string name)
{
    auth_decision d;
    d.what = kind::ask;
    d.prompts = std::move(prompts);
    d.text = std::move(instruction);
    d.name = std::move(name);
    return d;
}

} // namespace sshoal
