#include "driven_pair.hpp"

namespace sshoal::net::test {

driven_end::driven_end(asio::io_context& ctx, role self, executor work)
    : told(self, self == role::client ? 1 : 2), ctx_(ctx), work_(std::move(work))
{
}

void driven_end::start()
{
    link.emplace(executor(asio::make_strand(ctx_)), std::make_unique<scripted_stream>(script), told.options, told,
                 told.hands_over ? work_ : executor());
    told.attach(link->core());
    if (told.hands_over)
        told.carry_job = [this](std::shared_ptr<job> j) { link->hand_over(std::move(j)); };
    link->start(shared_from_this());
}

driven_pair::driven_pair()
    : client(std::make_shared<driven_end>(ctx, role::client, work_ctx.get_executor()))
    , server(std::make_shared<driven_end>(ctx, role::server, work_ctx.get_executor()))
{
}

driven_pair::~driven_pair() = default;

void driven_pair::start()
{
    client->start();
    server->start();
}

void driven_pair::run_ready()
{
    while (ctx.poll() > 0) {
    }
}

std::size_t driven_pair::deliver(driven_end& from, std::size_t n)
{
    std::vector<std::byte>& sent = from.script->sent;
    n = std::min(n, sent.size());
    if (n == 0)
        return 0;
    const std::vector<std::byte> moving(sent.begin(), sent.begin() + std::ptrdiff_t(n));
    sent.erase(sent.begin(), sent.begin() + std::ptrdiff_t(n));
    other(from).script->arrive(moving);
    return n;
}

bool driven_pair::answer_one()
{
    work_ctx.restart();
    if (work_ctx.poll_one() > 0)
        return true;
    for (driven_end* e : {client.get(), server.get()})
        if (e->told.settle()) {
            e->kick();
            return true;
        }
    return false;
}

void driven_pair::settle()
{
    for (;;) {
        run_ready();
        const std::size_t moved = deliver(*client) + deliver(*server);
        run_ready();
        if (moved == 0 && !answer_one())
            return;
    }
}

} // namespace sshoal::net::test
