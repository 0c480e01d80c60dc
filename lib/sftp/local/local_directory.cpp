#include "sftp/local/local_directory.hpp"

#include "sftp/local/deliver.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <cstring>
#include <mutex>

namespace sshoal::sftp::local {
namespace {

/// The head of an entry of getdents64(2), for which glibc has no type.
struct entry_head {
    std::uint64_t inode;
    std::int64_t next;
    unsigned short size;
    unsigned char type;
};
constexpr std::size_t name_at = 19;

/// Shared with the job, which goes on when the coroutine that waits for it is gone.
class folder_reading {
public:
    folder_reading(std::shared_ptr<tree> files, opened_directory folder) : files_(std::move(files)), folder_(std::move(folder)) {}

    outcome<std::vector<directory_entry>> read(std::size_t most)
    {
        const std::lock_guard hold(guard_);
        std::vector<directory_entry> batch;
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        while (batch.size() < most) {
            if (at_ == filled_) {
                const long n = ::syscall(SYS_getdents64, folder_.fd.get(), room_.data(), room_.size());
                if (n < 0 && errno != ENOENT && batch.empty()) // ENOENT: the directory has been removed, so it is empty
                    return fail_errno(errno);
                if (n <= 0)
                    break;
                at_ = 0;
                filled_ = static_cast<std::size_t>(n);
            }
            take_one(batch, now);
        }
        return batch;
    }

private:
    void take_one(std::vector<directory_entry>& batch, file_time now)
    {
        entry_head head;
        std::memcpy(&head, room_.data() + at_, sizeof head);
        const char* name = room_.data() + at_ + name_at;
        at_ += head.size;
        struct ::stat s = {};
        if (::fstatat(folder_.fd.get(), name, &s, AT_SYMLINK_NOFOLLOW) != 0)
            return; // the file has been removed meanwhile
        directory_entry e(name, attributes_of(s));
        if (folder_.parent && e.name == "..")
            e.attrs = *folder_.parent;
        if (files_->makes_long_names()) {
            os::account_names& names = files_->names();
            const std::string user = names.user(e.attrs.uid.value_or(0)), group = names.group(e.attrs.gid.value_or(0));
            e.long_name = long_name(e, now, user, group, s.st_nlink);
        }
        batch.push_back(std::move(e));
    }

    std::mutex guard_;
    std::shared_ptr<tree> files_;
    opened_directory folder_;
    std::array<char, 32 * 1024> room_{};
    std::size_t at_ = 0, filled_ = 0;
};

class local_directory final : public directory_reader {
public:
    local_directory(std::shared_ptr<folder_reading> r, executor work) : reading_(std::move(r)), work_(std::move(work)) {}

    awaitable<outcome<std::vector<directory_entry>>> read(std::size_t most) override
    {
        return run_on(work_, [r = reading_, most] { return r->read(most); });
    }

private:
    std::shared_ptr<folder_reading> reading_;
    executor work_;
};

} // namespace

std::shared_ptr<directory_reader> make_local_directory(std::shared_ptr<tree> files, opened_directory folder, executor work)
{
    auto reading = std::make_shared<folder_reading>(std::move(files), std::move(folder));
    return std::make_shared<local_directory>(std::move(reading), std::move(work));
}

} // namespace sshoal::sftp::local
