#include "scp_copy.hpp"

#include "command_words.hpp"
#include "parallel.hpp"
#include "remote_glob.hpp"
#include "scp_old.hpp"
#include "sftp_output.hpp"
#include "transfer_target.hpp"

#include <sshoal/run_on.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

constexpr unsigned sources_at_once = 16;

std::optional<bool> local_directory(const std::string& path)
{
    struct ::stat a = {};
    if (::stat(path.c_str(), &a) != 0)
        return std::nullopt;
    return S_ISDIR(a.st_mode);
}

/// "~" is where sessions begin; "~user" is the server's affair.
awaitable<std::string> without_home(sftp::client client, std::string path)
{
    if (path.empty() || path == "~" || path == "~/")
        co_return std::string(".");
    if (path.starts_with("~/"))
        co_return path.substr(std::min(path.find_first_not_of('/', 1), path.size()));
    if (!path.starts_with('~'))
        co_return path;
    if (!client.supports(sftp::extension::expand_path))
        throw sshoal::error(
            sshoal::failure(sshoal::errc::not_supported, "server expand-path extension is required for ~user paths"));
    auto expanding = client.expand_path(std::move(path));
    std::string whole = co_await std::move(expanding);
    co_return whole;
}

/// Returns: the files that a source stands for. The name itself is tried first, then the name as a pattern.
awaitable<std::vector<remote_match>> matches_of(sftp::client client, std::string path)
{
    std::vector<remote_match> all;
    for (const std::string& pattern : expand_braces(path)) {
        auto looking = remote_glob(client, pattern);
        for (remote_match& m : co_await std::move(looking))
            all.push_back(std::move(m));
    }
    if (!all.empty())
        co_return all;
    auto asking = remote_stat(client, path);
    std::optional<sftp::attributes> plain = co_await std::move(asking);
    if (plain) {
        remote_match m;
        m.path = std::move(path);
        m.attrs = std::move(*plain);
        all.push_back(std::move(m));
    }
    co_return all;
}

struct copy_call {
    std::vector<std::string> words;
    bool operator()() { return sshoal::run_to_end(sshoal::child_command(std::move(words))).end.ok(); }
};

} // namespace

scp_copy::scp_copy(const scp_command_line& line, children& keep)
    : line_(line)
    , keep_(keep)
{
}

void scp_copy::failed(const std::string& what)
{
    meter_.finish();
    complain("scp: " + what);
    well_ = false;
}

void scp_copy::note(const sshoal::transfer_result& r)
{
    for (const sshoal::transfer_note& n : r.notes) {
        meter_.finish();
        complain("scp: " + words_of(n));
    }
    for (const auto& [path, why] : r.skipped)
        failed(shown(path) + ": " + words_of(sshoal::error(why)));
}

sftp::transfer_options scp_copy::options()
{
    sftp::transfer_options o;
    o.recursive(line_.recursive).preserve(line_.preserve).in_place();
    o.rate(line_.remote.rate).block(line_.remote.buffer).requests_at_once(line_.remote.requests);
    if (!line_.quiet && ::isatty(1) == 1)
        o.progress(meter_.function());
    return o;
}

awaitable<scp_copy::session> scp_copy::session_at(scp_copy& self, copy_place place, bool second)
{
    const std::string key = place.at.user.value_or("") + '@' + place.at.host + ':' + std::to_string(place.at.port.value_or(0))
                            + (second ? "/2" : "");
    const auto known = self.sessions_.find(key);
    if (known != self.sessions_.end())
        co_return known->second;
    auto opening = open_remote(self.line_.remote, place.at, self.keep_);
    session s;
    try {
        s = co_await std::move(opening);
    } catch (const sshoal::error& e) {
        // The connection is good, and what is behind it is no SFTP server.
        if (e.code() != sshoal::errc::request_refused && e.code() != sshoal::errc::protocol_error
            && e.code() != sshoal::errc::connection_lost)
            throw;
        if (e.context().find("SFTP") != std::string::npos || e.code() == sshoal::errc::request_refused)
            complain("scp: the server may have no SFTP; -O uses the old protocol instead");
        throw;
    }
    self.sessions_[key] = s;
    co_return s;
}

awaitable<void> scp_copy::download(scp_copy& self, copy_place source)
{
    const session s = co_await session_at(self, source, false);
    const std::string path = co_await without_home(s->sftp, source.path);
    const std::vector<remote_match> matches = co_await matches_of(s->sftp, path);
    if (matches.empty())
        co_return self.failed(shown(source.path) + ": No such file or directory");
    const std::string& target = self.line_.target.path;
    std::optional<bool> into = local_directory(target);
    if (matches.size() > 1 && !into.value_or(false)) {
        if (into)
            co_return self.failed("Multiple files match pattern, but destination \"" + target + "\" is not a directory");
        if (::mkdir(target.c_str(), 0777) != 0)
            co_return self.failed("local mkdir \"" + target + "\": " + std::strerror(errno));
        into = true;
    }
    for (const remote_match& m : matches) {
        if (m.is_directory() && !self.line_.recursive) {
            self.failed("download " + shown(m.path) + ": not a regular file");
            continue;
        }
        const transfer_pair pair = exactly(m.path, into.value_or(false) ? joined_path(target, base_of(m.path)) : target);
        try {
            auto moving = s->sftp.get(pair.from, pair.to, self.options());
            self.note(co_await std::move(moving));
        } catch (const boost::system::system_error& e) {
            if (!is_harmless(e.code()))
                throw;
            self.failed("download " + shown(m.path) + ": " + words_of(e));
        }
    }
}

awaitable<void> scp_copy::upload(scp_copy& self, copy_place source)
{
    const session s = co_await session_at(self, self.line_.target, true);
    const std::string target = co_await without_home(s->sftp, self.line_.target.path);
    const bool into = co_await remote_is_directory(s->sftp, target);
    if (self.many() && !into)
        throw usage_stop("target directory \"" + shown(target) + "\" does not exist");
    const std::optional<bool> is_directory = local_directory(source.path);
    if (!is_directory)
        co_return self.failed("stat local \"" + source.path + "\": " + std::strerror(errno));
    if (*is_directory && !self.line_.recursive)
        co_return self.failed("local \"" + source.path + "\" is not a regular file");
    const transfer_pair pair = exactly(source.path, into ? joined_path(target, base_of(source.path)) : target);
    try {
        auto moving = s->sftp.put(pair.from, pair.to, self.options());
        self.note(co_await std::move(moving));
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        self.failed("upload " + source.path + " to " + shown(target) + ": " + words_of(e));
    }
}

awaitable<void> scp_copy::between(scp_copy& self, copy_place source)
{
    const session from = co_await session_at(self, source, false);
    const session to = co_await session_at(self, self.line_.target, true);
    const std::string path = co_await without_home(from->sftp, source.path);
    const std::string target = co_await without_home(to->sftp, self.line_.target.path);
    const std::vector<remote_match> matches = co_await matches_of(from->sftp, path);
    if (matches.empty())
        co_return self.failed(shown(source.path) + ": No such file or directory");
    const bool into = co_await remote_is_directory(to->sftp, target);
    if (self.many() && !into)
        co_return self.failed(shown(target) + ": destination is not a directory");
    if (matches.size() > 1 && !into)
        co_return self.failed("Multiple files match pattern, but destination \"" + shown(target) + "\" is not a directory");
    for (const remote_match& m : matches) {
        if (m.is_directory() && !self.line_.recursive) {
            self.failed("download " + shown(m.path) + ": not a regular file");
            continue;
        }
        const transfer_pair pair = exactly(m.path, into ? joined_path(target, base_of(m.path)) : target);
        try {
            auto moving = from->sftp.copy_to(to->sftp, pair.from, pair.to, self.options());
            self.note(co_await std::move(moving));
        } catch (const boost::system::system_error& e) {
            if (!is_harmless(e.code()))
                throw;
            self.failed(shown(m.path) + ": " + words_of(e));
        }
    }
}

awaitable<void> scp_copy::copy_here(scp_copy& self, copy_place source)
{
    copy_call call;
    call.words = {"cp"};
    if (self.line_.recursive)
        call.words.push_back("-r");
    if (self.line_.preserve)
        call.words.push_back("-p");
    call.words.push_back("--");
    call.words.push_back(source.path);
    call.words.push_back(self.line_.target.path);
    auto running = sshoal::run_on(sshoal::disk_threads(), std::move(call));
    const bool copied = co_await std::move(running);
    self.well_ = self.well_ && copied;
}

awaitable<void> scp_copy::one(scp_copy& self, copy_place source)
{
    const bool to_remote = self.line_.target.is_remote();
    if (source.is_remote() && to_remote)
        co_await between(self, source);
    else if (source.is_remote())
        co_await download(self, source);
    else if (to_remote)
        co_await upload(self, source);
    else
        co_await copy_here(self, source);
}

awaitable<void> scp_copy::old_way(scp_copy& self)
{
    scp_old old(self.line_, self.keep_, self.line_.quiet || ::isatty(1) != 1 ? nullptr : &self.meter_);
    std::vector<std::string> local;
    for (const copy_place& source : self.line_.sources) {
        if (!source.is_remote() && !self.line_.target.is_remote()) {
            co_await copy_here(self, source);
        } else if (!source.is_remote()) {
            local.push_back(source.path);
        } else {
            auto copying = self.line_.target.is_remote() ? scp_old::between(old, source) : scp_old::receive(old, source);
            self.note(co_await std::move(copying));
        }
    }
    if (!local.empty()) {
        auto sending = scp_old::send(old, std::move(local));
        self.note(co_await std::move(sending));
    }
}

awaitable<void> scp_copy::some(scp_copy& self, std::size_t& next)
{
    while (next < self.line_.sources.size()) {
        const copy_place& source = self.line_.sources[next++];
        co_await one(self, source);
    }
}

awaitable<int> scp_copy::run(scp_copy& self)
{
    if (self.many() && !self.line_.target.is_remote()) {
        const std::optional<bool> is_directory = local_directory(self.line_.target.path);
        if (!is_directory.value_or(false))
            throw usage_stop(self.line_.target.path + ": " + std::strerror(is_directory ? ENOTDIR : errno));
    }
    if (self.line_.old_protocol) {
        co_await old_way(self);
    } else {
        // One session for each server, before several copies begin side by side.
        for (const copy_place& source : self.line_.sources)
            if (source.is_remote())
                co_await session_at(self, source, false);
        const bool uploads = self.line_.target.is_remote();
        if (uploads)
            co_await session_at(self, self.line_.target, true);
        std::size_t next = 0;
        const auto worker = [&self, &next] { return some(self, next); };
        co_await side_by_side(self.many() && self.line_.remote.rate == 0 ? sources_at_once : 1, worker);
    }
    self.meter_.finish();
    for (auto& [key, s] : self.sessions_) {
        s->sftp.close();
        if (s->own)
            s->own->connection.disconnect(sshoal::disconnect_reason::by_application, "disconnected by user");
    }
    co_return self.well_ ? 0 : 1;
}

} // namespace programs
