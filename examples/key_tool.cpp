// key_tool new FILE [PASSPHRASE] - makes an Ed25519 key, as ssh-keygen does; FILE.pub has its public half.
// key_tool show FILE...          - shows the type, size, fingerprint and comment of public keys.
// key_tool agent                 - shows the keys of the agent at $SSH_AUTH_SOCK.
#include <sshoal/executor.hpp>
#include <sshoal/signer.hpp>

#include <fstream>
#include <iostream>

using namespace sshoal;

void show(const public_key& key)
{
    std::cout << key.type_name() << ' ' << key.bits() << ' ' << key.fingerprint() << ' ' << printable(key.comment()) << '\n';
}

awaitable<void> show_agent()
{
    const agent running;
    const std::vector<std::shared_ptr<signer>> keys = co_await running.identities();
    for (const std::shared_ptr<signer>& k : keys)
        show(k->key());
    if (keys.empty())
        std::cout << "the agent has no keys\n";
}

void make(const std::string& file, const std::string& passphrase)
{
    const private_key key = private_key::generate(key_type::ed25519, 0, "made by key_tool").value();
    key.save(file, passphrase).value(); // for its owner only; fails if the file exists
    std::ofstream(file + ".pub") << key.public_half().line() << '\n';
    show(key.public_half());
}

int main(int argc, char** argv)
try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 1 && words[0] == "agent")
        run(show_agent);
    else if ((words.size() == 2 || words.size() == 3) && words[0] == "new")
        make(words[1], words.size() == 3 ? words[2] : "");
    else if (words.size() > 1 && words[0] == "show")
        for (std::size_t i = 1; i < words.size(); ++i)
            show(public_key::load(words[i]).value());
    else
        return std::cerr << "usage: key_tool new FILE [PASSPHRASE] | show FILE... | agent\n", 2;
} catch (const std::exception& e) {
    return std::cerr << "key_tool: " << e.what() << '\n', 1;
}
