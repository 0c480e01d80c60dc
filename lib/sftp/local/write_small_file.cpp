#include "sftp/local/write_small_file.hpp"

#include "sftp/local/page_cache.hpp"

namespace sshoal::sftp::local {
namespace {

failure set_on(int fd, const attributes& a)
{
    if (a == attributes())
        return {};
    const outcome<void> set = apply_to_open(fd, a);
    return set ? failure() : set.error();
}

outcome<void> give_final_name(tree& files, const small_file& f)
{
    const place from = files.space().place_of(f.path);
    if (!from)
        return fail_errno(errno);
    const place to = files.space().place_of(f.final_path);
    return to ? files.replace(from, to) : outcome<void>(fail_errno(errno));
}

void remove_unfinished(tree& files, const small_file& f)
{
    if (f.final_path.empty())
        return;
    if (const place at = files.space().place_of(f.path))
        (void)files.remove(at);
}

/// Everything up to the end of the descriptor.
void fill(const small_file& f, opened_file& file, small_file_result& r)
{
    const int fd = file.fd.get();
    const moved m = write_fully(fd, 0, byte_view(f.contents.get(), f.size));
    if (m.error != 0) {
        r.step = "write";
        r.trouble = fail_errno(m.error);
        return;
    }
    attributes mode, times = f.last;
    mode.permissions = std::exchange(times.permissions, std::nullopt);
    r.mode = set_on(fd, mode);
    r.times = set_on(fd, times);
    if (f.sync && ::fsync(fd) != 0)
        r.sync = fail_errno(errno);
    if (::close(file.fd.release()) != 0 && errno != EINTR) { // Linux closes the file all the same
        r.step = "close";
        r.trouble = fail_errno(errno);
    }
}

} // namespace

small_file_result write_small_file(tree& files, const small_file& f, outcome<opened_file> opened)
{
    small_file_result r;
    if (!opened) {
        r.step = "open";
        r.trouble = opened.error();
        return r;
    }
    fill(f, *opened, r);
    if (!r.trouble && !f.final_path.empty())
        if (const outcome<void> named = give_final_name(files, f); !named) {
            r.step = "rename";
            r.trouble = named.error();
        }
    if (r.trouble)
        remove_unfinished(files, f);
    return r;
}

} // namespace sshoal::sftp::local
