#include "auth/server_userauth.hpp"

#include "base/listed.hpp"

#include <algorithm>
#include <array>

namespace sshoal::auth {
namespace {

constexpr std::array<std::string_view, 3> implemented = {
    wire::msg::auth_publickey::method, wire::msg::auth_password::method, wire::msg::auth_keyboard_interactive::method};

} // namespace

bool server_userauth::offers(std::string_view name) const { return listed(offer, name); }

std::vector<std::string> server_userauth::known_methods(const std::vector<std::string>& names)
{
    std::vector<std::string> sound;
    for (const std::string& name : names)
        if (listed(implemented, name) && !listed(sound, name))
            sound.push_back(name);
    return sound;
}

void server_userauth::start_over()
{
    user.clear();
    passed = server_success{};
    offer = known_methods(settings.methods);
}

void server_userauth::send_banner()
{
    const std::string& text = banner ? *banner : settings.banner;
    if (std::exchange(banner_sent, true) || text.empty())
        return;
    wire::msg::userauth_banner shown;
    shown.text = text;
    send_message(link, shown);
}

flow<outcome<auth_decision>> decide(server_userauth& st, auth_attempt& question)
{
    question.user = st.user;
    question.succeeded = st.passed.methods;
    st.link.busy(true);
    st.link.ask(std::move(question));
    outcome<void> ready = co_await answer_ready(st.link);
    if (!ready)
        co_return ready.error();
    std::unique_ptr<auth_decision> made = std::exchange(st.link.answer, nullptr);
    if (!made)
        made = std::make_unique<auth_decision>(); // a missing decision rejects
    if (made->max_tries)
        st.max_tries = made->max_tries;
    if (made->banner)
        st.banner = std::move(made->banner);
    co_return std::move(*made);
}

ending end_of(server_userauth& st, auth_decision& d)
{
    st.next_offer = std::move(d.methods);
    st.granted.allowed = std::move(d.allowed);
    st.granted.data = std::move(d.data);
    switch (d.what) {
    case auth_decision::kind::accept: return ending::accepted;
    case auth_decision::kind::more: return ending::partial;
    case auth_decision::kind::reject:
    case auth_decision::kind::change_password:
    case auth_decision::kind::ask: break;
    }
    return ending::rejected;
}

} // namespace sshoal::auth
