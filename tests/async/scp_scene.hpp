// scp_scene.hpp - a connection whose server serves scp over a shelf, and a client with a shelf of its own.
#pragma once

#include "shelf.hpp"
#include "sshoal/scp.hpp"

namespace rig {

constexpr std::size_t block = 256 * 1024; ///< what scp reads and writes at once

/// Thirteen files and four folders below /tree.
inline void fill_tree(shelf& s)
{
    s.folder("/tree", 0750).mtime = 5000;
    s.folder("/tree/empty", 0500).mtime = 6000;
    s.folder("/tree/sub").mtime = 7000;
    s.folder("/tree/sub/deeper");
    for (int i = 0; i < 10; ++i)
        s.file("/tree/sub/" + std::to_string(i), pattern(std::size_t(i) * 1000), 0640, 1000 + i);
    s.file("/tree/program", "#!", 04755);
    s.file("/tree/nothing", "", 0600);
    s.file("/tree/sub/deeper/a b'c\"$x;\\", "odd");
}

class scp_scene {
public:
    pair link;
    std::shared_ptr<shelf> here = std::make_shared<shelf>(), there = std::make_shared<shelf>();
    std::shared_ptr<std::vector<std::string>> commands = std::make_shared<std::vector<std::string>>();

    scp::options how() const { return scp::options().files(here); }
    /// Every command is scp's.
    void serve_scp(scp::options options = {})
    {
        serve(link.server, [files = there, said = commands, options](server_session s, session_request q) -> awaitable<void> {
            said->push_back(q.command);
            return scp::serve(std::move(s), q.command, files, options);
        });
    }
    /// Every command is answered with this text, whatever the client says, and then with a status.
    void serve_text(std::string text, std::string errors = {}, std::uint32_t status = 0)
    {
        auto heard = replies;
        auto said = commands;
        serve(link.server, [=](server_session s, session_request q) -> awaitable<void> {
            said->push_back(q.command);
            return recite(std::move(s), text, errors, status, heard);
        });
    }
    std::shared_ptr<std::string> replies = std::make_shared<std::string>(); ///< what the client has said to serve_text()

private:
    static awaitable<void> recite(server_session s, std::string text, std::string errors, std::uint32_t status,
                                  std::shared_ptr<std::string> heard)
    {
        spawn(s, speak(s, std::move(text), std::move(errors)));
        std::vector<std::byte> buffer(4096);
        for (;;) {
            const std::size_t n = co_await s.read_some(buffer);
            if (n == 0)
                break;
            heard->append(reinterpret_cast<const char*>(buffer.data()), n);
        }
        co_await s.exit(status);
    }
    static awaitable<void> speak(server_session s, std::string text, std::string errors)
    {
        co_await s.write(text);
        if (!errors.empty())
            co_await s.write_error(errors);
        co_await s.io().send_eof();
    }
};

inline awaitable<scp_scene> scp_over(server_options s = server_setup(), client_options c = client_setup())
{
    scp_scene scene;
    auto connecting = connected(std::move(s), std::move(c));
    scene.link = co_await std::move(connecting);
    co_return std::move(scene);
}

/// What a client says to the server's program, all at once, and what comes back.
class conversation {
public:
    conversation() {}
    std::string out, err;
    exit_info exit;
};
inline awaitable<conversation> converse(connection client, std::string command, std::string text)
{
    conversation c;
    auto running = client.run(std::move(command), run_options().input(std::move(text)));
    run_result r = co_await std::move(running);
    c.out = std::move(r.out);
    c.err = std::move(r.err);
    c.exit = r.exit;
    co_return std::move(c);
}

} // namespace rig
