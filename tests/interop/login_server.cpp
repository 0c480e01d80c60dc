// interop-login-server PORT HOST_KEY AUTHORIZED_KEYS - a server that asks its users for more than a key; they run programs as
// whoever runs it. What each user has to show (the password and the right answer to every question is "open sesame"):
//
//     password   the password                      question   one answer
//     expired    the password, then a new one      dialogue   one answer, then two more
//     two-steps  a key, then the password
#include <sshoal/authorized_keys.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>

#include <iostream>

namespace {

using sshoal::auth_decision;
using sshoal::auth_request;
using sshoal::awaitable;
using kind = auth_request::kind;

constexpr char secret[] = "open sesame";
constexpr char new_secret[] = "close sesame";

class examiner final : public sshoal::authenticator {
public:
    explicit examiner(const std::string& path)
    {
        if (auto loaded = keys_.load(path); !loaded)
            throw sshoal::error(loaded.error());
    }

    awaitable<auth_decision> decide(auth_request r) override { co_return decision_on(r); }

private:
    auth_decision decision_on(const auth_request& r) const
    {
        const bool right_key = (r.what == kind::key || r.what == kind::key_query) && keys_.contains(r.key.bare());
        const bool right_password = r.what == kind::password && r.password == secret;
        if (r.user == "password")
            return right_password ? auth_decision::accept() : auth_decision::reject({"password"});
        if (r.user == "expired")
            return change(r, right_password);
        if (r.user == "question" || r.user == "dialogue")
            return ask(r);
        if (r.user == "two-steps" && right_key)
            return r.what == kind::key ? auth_decision::more({"password"}) : auth_decision::accept();
        if (r.user == "two-steps" && !r.succeeded.empty())
            return right_password ? auth_decision::accept() : auth_decision::reject({"password"});
        return auth_decision::reject({"publickey"});
    }

    static auth_decision change(const auth_request& r, bool right_password)
    {
        if (right_password)
            return auth_decision::change_password("The password is too old.");
        if (r.what == kind::new_password && r.password == secret && r.new_password == new_secret)
            return auth_decision::accept();
        return auth_decision::reject({"password"});
    }

    static auth_decision ask(const auth_request& r)
    {
        if (r.what == kind::interactive)
            return auth_decision::ask({{"Password: ", false}}, "Who are you?", "Login");
        if (r.what != kind::answers)
            return auth_decision::reject({"keyboard-interactive"});
        for (const std::string& a : r.answers)
            if (a != secret)
                return auth_decision::reject({"keyboard-interactive"});
        if (r.user == "dialogue" && r.round == 1)
            return auth_decision::ask({{"Second password: ", false}, {"Third, in the open, password: ", true}});
        return auth_decision::accept();
    }

    sshoal::authorized_keys keys_;
};

awaitable<void> serve(sshoal::server_connection client)
{
    while (auto request = co_await client.next_session())
        spawn(client, sshoal::run_program(std::move(*request)));
}

awaitable<void> serve_all(sshoal::executor ex, sshoal::server_options options, std::uint16_t port)
{
    sshoal::listener l(ex, {"127.0.0.1", port}, options);
    for (;;) {
        sshoal::server_connection client = co_await l.accept();
        spawn(client, serve(client));
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: interop-login-server PORT HOST_KEY AUTHORIZED_KEYS\n";
        return 2;
    }
    try {
        auto options = sshoal::server_options().host_key_file(argv[2]).authenticator(std::make_shared<examiner>(argv[3]));
        options.log([](sshoal::log_level, std::string_view line) { std::cerr << line << '\n'; }, sshoal::log_level::debug);
        sshoal::run([&](sshoal::executor ex) { return serve_all(ex, options, std::uint16_t(std::stoi(argv[1]))); });
    } catch (const std::exception& e) {
        std::cerr << "interop-login-server: " << e.what() << '\n';
        return 1;
    }
}
