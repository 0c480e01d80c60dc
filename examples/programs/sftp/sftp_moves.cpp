// get and put of sshoal-sftp.
#include "parallel.hpp"
#include "sftp_state.hpp"
#include "transfer_target.hpp"

#include <glob.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

constexpr unsigned files_at_once = 16;

struct move_job {
    std::string from, to;
    bool is_directory = false;
};

/// The values that get and put have in common.
struct move_work {
    sftp_state& s;
    const sftp_command& c;
    bool upload, resume, preserve, recursive, sync;
    progress_meter meter;
    std::vector<move_job> jobs;
    std::size_t next = 0;
    bool all_well = true;

    move_work(sftp_state& state, const sftp_command& command, bool up)
        : s(state)
        , c(command)
        , upload(up)
        , resume(command.resume || state.line->resume)
        , preserve(command.preserve || state.line->preserve)
        , recursive(command.recursive || state.line->recursive)
        , sync(command.sync || state.line->sync)
    {
    }
};

sftp::transfer_options options_for(move_work& w, const move_job& job)
{
    const remote_options& r = w.s.line->remote;
    sftp::transfer_options o;
    o.preserve(w.preserve).sync(w.sync).rate(r.rate).block(r.buffer).requests_at_once(r.requests);
    if (w.resume)
        o.resume();
    if (w.s.progress)
        o.progress(w.meter.function());
    if (!job.is_directory)
        return o;
    o.recursive().follow_links(false);
    o.filter([&w, top = job.from](const std::string& path, const sftp::attributes& a) {
        if (a.is_directory()) {
            if (!w.s.quiet)
                tell((w.upload ? "Entering " : "Retrieving ") + shown(joined_path(top, path)));
            return true;
        }
        if (a.type() == sftp::file_type::unknown || a.is_regular())
            return true;
        complain((w.upload ? "" : "download ") + shown(joined_path(top, path)) + ": not a regular file");
        return false;
    });
    return o;
}

void announce(const move_work& w, const move_job& job)
{
    if (w.s.quiet)
        return;
    const char* verb = w.upload ? (w.resume ? "Resuming upload of " : "Uploading ") : (w.resume ? "Resuming " : "Fetching ");
    tell(verb + shown(job.from) + " to " + shown(job.to));
    if (job.is_directory && w.recursive)
        tell((w.upload ? "Entering " : "Retrieving ") + shown(job.from));
}

awaitable<void> move_one(move_work& w, const move_job& job)
{
    announce(w, job);
    if (job.is_directory && !w.recursive) {
        complain(w.upload ? "local \"" + shown(job.from) + "\" is not a regular file"
                          : "download " + shown(job.from) + ": not a regular file");
        w.all_well = false;
        co_return;
    }
    try {
        sftp::transfer_options o = options_for(w, job);
        const transfer_pair pair = exactly(job.from, job.to);
        auto moving = w.upload ? w.s.sftp.put(pair.from, pair.to, std::move(o)) : w.s.sftp.get(pair.from, pair.to, std::move(o));
        const sshoal::transfer_result r = co_await std::move(moving);
        for (const sshoal::transfer_note& n : r.notes) {
            w.meter.finish();
            complain(words_of(n));
        }
        for (const auto& [path, why] : r.skipped) {
            w.meter.finish();
            complain(shown(path) + ": " + words_of(sshoal::error(why)));
            w.all_well = false;
        }
    } catch (const boost::system::system_error& e) {
        w.meter.finish();
        if (!is_harmless(e.code()))
            throw;
        if (words_of(e).starts_with("Unable to resume"))
            complain(words_of(e));
        else
            complain(std::string("Couldn't ") + (w.upload ? "upload \"" : "get \"") + shown(job.from) + "\": " + words_of(e));
        w.all_well = false;
    }
}

awaitable<void> move_some(move_work& w)
{
    while (w.next < w.jobs.size()) {
        const move_job& job = w.jobs[w.next++];
        co_await move_one(w, job);
    }
}

awaitable<bool> move_all(move_work& w)
{
    // Several files at once, unless they would share a limit.
    const bool together = w.jobs.size() > 1 && w.s.line->remote.rate == 0;
    const auto worker = [&w] { return move_some(w); };
    co_await side_by_side(together ? files_at_once : 1, worker);
    w.meter.finish();
    co_return w.all_well;
}

bool is_local_directory(const std::string& path)
{
    struct ::stat a = {};
    return ::stat(path.c_str(), &a) == 0 && S_ISDIR(a.st_mode);
}

/// Names that exist, or the pattern itself as a name.
std::vector<std::string> local_glob(const std::string& pattern)
{
    std::vector<std::string> names;
    ::glob_t g = {};
    if (::glob(pattern.c_str(), 0, nullptr, &g) == 0)
        names.assign(g.gl_pathv, g.gl_pathv + g.gl_pathc);
    else
        names.push_back(without_escapes(pattern));
    ::globfree(&g);
    return names;
}

} // namespace

awaitable<bool> sftp_get(sftp_state& s, const sftp_command& c)
{
    const std::string pattern = absolute_path(*c.first, with_escapes(s.folder));
    auto looking = remote_glob(s.sftp, pattern);
    const std::vector<remote_match> matches = co_await std::move(looking);
    if (matches.empty()) {
        complain("File \"" + shown(without_escapes(pattern)) + "\" not found.");
        co_return false;
    }
    const bool into = c.second && is_local_directory(*c.second);
    if (matches.size() > 1 && c.second && !into) {
        complain("Multiple source paths, but destination \"" + *c.second + "\" is not a directory");
        co_return false;
    }
    move_work w(s, c, false);
    for (const remote_match& m : matches) {
        move_job job;
        job.from = m.path;
        job.is_directory = m.is_directory();
        job.to = into ? joined_path(*c.second, base_of(m.path)) : c.second ? *c.second : base_of(m.path);
        w.jobs.push_back(std::move(job));
    }
    const bool well = co_await move_all(w);
    co_return well;
}

awaitable<bool> sftp_put(sftp_state& s, const sftp_command& c)
{
    const std::vector<std::string> names = local_glob(*c.first);
    const std::string target = c.second ? absolute_path(*c.second, s.folder) : std::string();
    bool into = false;
    if (c.second)
        into = co_await remote_is_directory(s.sftp, target);
    if (names.size() > 1 && c.second && !into) {
        complain("Multiple paths match, but destination \"" + shown(target) + "\" is not a directory");
        co_return false;
    }
    move_work w(s, c, true);
    for (const std::string& name : names) {
        struct ::stat a = {};
        if (::stat(name.c_str(), &a) != 0) {
            complain("stat " + shown(name) + ": " + std::strerror(errno));
            w.all_well = false;
            continue;
        }
        move_job job;
        job.from = name;
        job.is_directory = S_ISDIR(a.st_mode);
        job.to = into ? joined_path(target, base_of(name)) : c.second ? target : joined_path(s.folder, base_of(name));
        w.jobs.push_back(std::move(job));
    }
    const bool well = co_await move_all(w);
    co_return well;
}

} // namespace programs
