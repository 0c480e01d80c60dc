// The sink: writes the files that a source sends, if they are allowed and lie below the target.

#include "scp/copying.hpp"
#include "scp/file_pump.hpp"
#include "scp/protocol/receiving_order.hpp"

namespace sshoal::scp {
namespace {

using scp_protocol::control;
using scp_protocol::mode_bits;
using scp_protocol::permission_bits;
using scp_protocol::record;
using sftp::attributes;

constexpr std::uint32_t owner_bits = 0700;

class sink {
public:
    sink(copying& c, receiving what)
        : c_(c)
        , target_(what.target.empty() ? "." : std::move(what.target))
        , must_be_directory_(what.must_be_directory)
        , dots_(what.asked && scp_protocol::request(*what.asked).is_dots())
        , order_(c.how.is_recursive(), c.how.max_depth(),
                 what.asked ? std::optional(scp_protocol::request(*what.asked)) : std::nullopt)
    {
    }

    awaitable<void> run()
    {
        auto looking = guarded(c_.files->stat(target_));
        const outcome<attributes> is = co_await std::move(looking);
        into_directory_ = is && is->is_directory();
        if (must_be_directory_ && !into_directory_) {
            if (is)
                throw error(failure(errc::file_error, target_ + ": not a directory"));
            throw error(failure(errc::file_error, target_ + ": " + text_of(is.error())));
        }
        auto ready = confirm();
        co_await std::move(ready);
        for (;;) {
            auto waiting = c_.peer.line();
            const std::optional<std::string> line = co_await std::move(waiting);
            if (!line)
                break;
            auto obeying = obey(*line);
            co_await std::move(obeying);
        }
        if (auto end = order_.end(); !end)
            throw error(end.error());
    }

private:
    struct level {
        std::string path;
        std::optional<std::uint32_t> final_mode; ///< the bits that are set when it is complete; without preserve(), those kept
        bool made = false;
        attributes times;
    };

    awaitable<void> confirm()
    {
        auto writing = c_.peer.write(std::string(1, '\0'));
        co_await std::move(writing);
    }

    awaitable<void> obey(const std::string& line)
    {
        outcome<control> c = scp_protocol::parse_control(line, dots_);
        if (!c && c.error().context().find(printable(line)) == std::string::npos)
            throw error(failure(c.error().code(), c.error().context() + ": " + scp_protocol::quoted_noise(line)));
        if (!c)
            throw error(c.error());
        const auto verdict = order_.check(*c);
        if (!verdict)
            throw error(verdict.error());
        if (*verdict == scp_protocol::receiving_order::verdict::too_deep) {
            times_ = attributes();
            auto telling = c_.report(path_of(*c), sftp::fail(sftp::status::failure, "directories are too deep"));
            bound_complaints();
            co_await std::move(telling);
            co_return;
        }
        auto work = act(std::move(*c));
        co_await std::move(work);
    }

    awaitable<void> act(control c)
    {
        switch (c.what) {
        case record::warning: {
            failure f(make_error_code(sftp::status::failure), c.text);
            c_.note_peer_error(levels_.empty() ? std::string() : levels_.back().path, std::move(f));
            co_return;
        }
        case record::fatal: throw error(failure(make_error_code(sftp::status::failure), c.text));
        case record::times: {
            using std::chrono::seconds;
            times_.with_times(sftp::file_time(seconds(c.atime)), sftp::file_time(seconds(c.mtime)));
            auto good = confirm();
            co_await std::move(good);
            co_return;
        }
        case record::end: {
            auto ending = end_directory();
            co_await std::move(ending);
            co_return;
        }
        case record::directory:
        case record::file: break;
        }
        if (levels_.empty() && std::exchange(any_, true) && !into_directory_)
            throw error(failure(errc::file_error, target_ + ": not a directory, and several files came for it"));
        auto work = c.what == record::file ? receive_file(std::move(c)) : begin_directory(std::move(c));
        co_await std::move(work);
    }

    std::string path_of(const control& c) const
    {
        if (!levels_.empty())
            return joined(levels_.back().path, c.name);
        const bool is_target = !into_directory_ || c.name == "." || c.name == "..";
        return is_target ? target_ : joined(target_, c.name);
    }

    std::uint32_t wanted_mode(const control& c) const { return c.mode & (c_.how.preserves() ? mode_bits : permission_bits); }

    /// The peer can cause any number of failures of this kind, so they count as errors of the peer.
    void bound_complaints()
    {
        if (++complaints_ > 100'000)
            throw error(failure(errc::protocol_error, "too many errors"));
    }

    awaitable<void> refuse(std::string path, failure f)
    {
        bound_complaints();
        auto telling = c_.report(std::move(path), std::move(f));
        co_await std::move(telling);
    }

    awaitable<void> receive_file(control c)
    {
        attributes times = std::exchange(times_, attributes());
        std::string path = path_of(c);
        const std::uint32_t mode = wanted_mode(c);
        // The file is not emptied at once: source and target may be the same file.
        using sftp::open_mode;
        attributes initial;
        initial.with_permissions(mode);
        if (c_.announced) {
            attributes said = times;
            c_.announced(said.with_size(c.size).with_permissions(mode));
        }
        auto opening = guarded(c_.files->open(path, open_mode::write | open_mode::create, std::move(initial)));
        const outcome<std::shared_ptr<sftp::open_file>> opened = co_await std::move(opening);
        if (!opened) {
            auto refusing = refuse(std::move(path), opened.error());
            co_await std::move(refusing);
            co_return;
        }
        sftp::open_file& file = **opened;
        auto looking = guarded(file.stat());
        const outcome<attributes> before = co_await std::move(looking);
        c_.progress.begin(path, c.size);
        auto good = confirm();
        co_await std::move(good);
        auto moving = receive_bytes(c_, file, c.size);
        failure trouble = co_await std::move(moving);
        const bool longer = !before || before->size.value_or(c.size + 1) > c.size;
        if (!trouble) {
            auto finishing = finish(file, c.size, longer, before && before->size, mode, std::move(times));
            trouble = co_await std::move(finishing);
        }
        auto ending = end_file(std::move(path), std::move(trouble));
        co_await std::move(ending);
    }

    /// Sets size, mode and times. Returns: the first failure.
    awaitable<failure> finish(sftp::open_file& file, std::uint64_t size, bool longer, bool sure, std::uint32_t mode,
                              attributes last)
    {
        if (longer) {
            attributes length;
            length.with_size(size);
            auto cutting = guarded(file.set_attributes(std::move(length)));
            const outcome<void> cut = co_await std::move(cutting);
            if (!cut && sure)
                co_return cut.error();
        }
        if (c_.how.preserves())
            last.with_permissions(mode);
        if (last != attributes()) {
            auto setting = guarded(file.set_attributes(std::move(last)));
            const outcome<void> set = co_await std::move(setting);
            if (!set)
                co_return failure(set.error().code(), "set mode and times: " + text_of(set.error()));
        }
        auto closing = guarded(file.close());
        const outcome<void> closed = co_await std::move(closing);
        co_return closed || closed.error().code() == sftp::status::op_unsupported ? failure() : closed.error();
    }

    /// Reads the source's word on whether the data is good, and answers with the fate of the file.
    awaitable<void> end_file(std::string path, failure trouble)
    {
        auto waiting = c_.peer.answer();
        failure theirs = co_await std::move(waiting);
        const bool complete = !trouble && !theirs;
        c_.progress.end(complete);
        if (theirs)
            c_.note_peer_error(path, theirs);
        if (complete)
            ++c_.done.files;
        auto answer = trouble ? refuse(std::move(path), std::move(trouble)) : confirm();
        co_await std::move(answer);
    }

    awaitable<void> begin_directory(control c)
    {
        level l;
        l.times = std::exchange(times_, attributes());
        l.path = path_of(c);
        const std::uint32_t mode = wanted_mode(c);
        auto looking = guarded(c_.files->stat(l.path));
        const outcome<attributes> is = co_await std::move(looking);
        failure f;
        if (!is) {
            attributes initial;
            initial.with_permissions(mode | owner_bits); // so that files can be written into it
            auto making = guarded(c_.files->make_directory(l.path, std::move(initial)));
            const outcome<void> made = co_await std::move(making);
            if (made)
                l.made = true;
            else
                f = made.error();
        } else if (!is->is_directory()) {
            f = sftp::fail(sftp::status::not_a_directory);
        }
        if (f) {
            order_.not_entered();
            auto refusing = refuse(std::move(l.path), std::move(f));
            co_await std::move(refusing);
            co_return;
        }
        if (c_.how.preserves() || (l.made && (mode & owner_bits) != owner_bits))
            l.final_mode = mode;
        levels_.push_back(std::move(l));
        auto good = confirm();
        co_await std::move(good);
    }

    awaitable<void> end_directory()
    {
        level l = std::move(levels_.back());
        levels_.pop_back();
        ++c_.done.directories;
        attributes last = std::move(l.times);
        if (l.final_mode && c_.how.preserves()) {
            last.with_permissions(*l.final_mode);
        } else if (l.final_mode) { // the bits that the umask has left, without those that were needed for writing into it
            auto looking = guarded(c_.files->stat(l.path));
            const outcome<attributes> is = co_await std::move(looking);
            if (is && is->permissions)
                last.with_permissions(*is->permissions & mode_bits & (*l.final_mode | ~owner_bits));
        }
        outcome<void> set;
        if (last != attributes()) {
            auto setting = guarded(c_.files->set_attributes(l.path, std::move(last)));
            set = co_await std::move(setting);
        }
        auto answer = set ? confirm() : refuse(std::move(l.path), set.error());
        co_await std::move(answer);
    }

    copying& c_;
    const std::string target_;
    const bool must_be_directory_, dots_;
    scp_protocol::receiving_order order_;
    bool into_directory_ = false, any_ = false;
    std::uint32_t complaints_ = 0;
    attributes times_;
    std::vector<level> levels_;
};

} // namespace

awaitable<void> receive_all(copying& c, receiving what)
{
    sink s(c, std::move(what));
    auto running = s.run();
    co_await std::move(running);
}

} // namespace sshoal::scp
