// chat PORT FOLDER - a room for everybody who has a key: ssh -p PORT NAME@localhost. A name belongs to the key that used it first
// (FOLDER/names). FOLDER/host_key is the server's key: ssh-keygen -t ed25519 -N '' -f FOLDER/host_key
#include <sshoal/line_editor.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/task.hpp>

#include <fstream>
#include <iostream>
#include <list>
#include <map>

using namespace sshoal;

struct room {
    std::string names_file;
    std::map<std::string, public_key> owners;
    std::list<line_editor> members;

    explicit room(std::string file)
        : names_file(std::move(file))
    {
        std::ifstream in(names_file);
        for (std::string name, key; in >> name && std::getline(in >> std::ws, key);)
            owners.emplace(name, public_key::from_line(key).value());
    }
    awaitable<auth_decision> let_in(auth_request q)
    {
        const bool good = q.user.size() < 20 && q.user.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == q.user.npos;
        const auto owner = owners.find(q.user);
        if (!q.key || !good || (owner != owners.end() && owner->second != q.key.bare()))
            co_return auth_decision::reject();
        if (q.what == auth_request::kind::key && owners.emplace(q.user, q.key.bare()).second)
            std::ofstream(names_file, std::ios::app) << q.user << ' ' << q.key.bare().line() << '\n';
        co_return auth_decision::accept();
    }
    void say(const std::string& text)
    {
        std::cout << text << std::endl;
        for (line_editor& m : members)
            m.print(text + "\n");
    }
};

awaitable<void> take_part(line_editor member, std::string name, room& r)
{
    while (std::optional<std::string> line = co_await member.read_line(name + "> "))
        r.say("<" + name + "> " + printable(*line, 1000));
    co_await member.flush();
    server_session s = member.session();
    co_await s.exit(0);
}

awaitable<void> serve(server_connection client, room& r)
{
    while (auto request = co_await client.next_session()) {
        if (request->what != session_request::kind::shell)
            continue; // refused
        const auto seat = r.members.insert(r.members.end(), line_editor(request->accept()));
        r.say("* " + client.user() + " comes");
        spawn(client, take_part(*seat, client.user(), r), [&r, seat, name = client.user()](std::exception_ptr) {
            r.members.erase(seat);
            r.say("* " + name + " goes");
        });
    }
}

awaitable<void> accept_all(listener door, room& r)
{
    while (auto client = co_await door.accept())
        spawn(client, serve(client, r));
}

awaitable<void> hold(listener door, room& r)
{
    (void)co_await first_of(accept_all(door, r), termination());
    r.say("* the room closes");
    co_await door.shutdown(std::chrono::seconds(1));
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: chat PORT FOLDER\n", 2;
    room r(argv[2] + std::string("/names"));
    auto options = server_options().host_key_file(argv[2] + std::string("/host_key"));
    options.authenticator([&r](auth_request q) { return r.let_in(std::move(q)); }, {"publickey"});
    run([&](executor ex) { return hold(listener(ex, {"127.0.0.1", std::uint16_t(std::stoi(argv[1]))}, options), r); });
} catch (const std::exception& e) {
    return std::cerr << "chat: " << e.what() << '\n', 1;
}
